/** Starting with and without the compiled code that the build keeps. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const GROUPS = ['core', 'line', 'vm'];

let folder: string;
let root: string;

/** An install of our own to spoil. */
function install(name: string): { dist: string; caches: string[]; qm(...args: string[]): string } {
  const dist = join(folder, name, 'dist');
  mkdirSync(join(folder, name));
  cpSync(join(project, 'dist'), dist, { recursive: true });
  cpSync(join(project, 'bin'), join(folder, name, 'bin'), { recursive: true });
  const caches = readdirSync(dist).filter((file) => file.endsWith('.cache'));
  const env = { PATH: process.env.PATH, PAVE_ROOT: root, PAVE_NODE: 'n1', LC_ALL: 'C.UTF-8' };
  return {
    dist,
    caches: caches.map((file) => join(dist, file)),
    qm: (...args) =>
      execFileSync(join(folder, name, 'bin/qm'), args, { env, encoding: 'utf8', stdio: 'pipe' }),
  };
}

const WORDS = [['list'], ['config', '100'], ['set', '100', '--cores', '2', '--dry-run']];

function checkWorks(qm: (...args: string[]) => string): void {
  expect(qm('list')).toMatch(/^ +100 startup +stopped +512 /m);
  expect(qm('config', '100')).toBe('memory: 512\nname: startup\n');
  expect(qm('set', '100', '--cores', '2', '--dry-run')).toContain('+cores: 2');
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pave-startup-'));
  root = join(folder, 'root');
  const conf = join(root, 'etc/pve/nodes/n1/qemu-server');
  mkdirSync(conf, { recursive: true });
  writeFileSync(join(conf, '100.conf'), 'memory: 512\nname: startup\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('compiled code', () => {
  it('is there for the node that built, for every group, and V8 takes it', () => {
    const { dist, caches } = install('taken');
    const own = `.${process.version}-${process.arch}.cache`;
    const groups = caches
      .filter((file) => file.endsWith(own))
      .map((file) => file.split('/').at(-1)!);
    expect(groups.map((file) => file.split('.')[0]).sort()).toEqual(GROUPS);
    const script = `const group = require('./groups.cjs');
      process.exit = () => {};
      process.argv = [process.execPath, 'qm', ...${JSON.stringify(WORDS[2])}];
      group('core', 'qm').run().then(() => {
        const rejected = Object.entries(group.groups).map(([n, g]) => [n, g.script.cachedDataRejected]);
        require('fs').writeSync(2, JSON.stringify(Object.fromEntries(rejected)));
      });`;
    const file = join(dist, 'ask.cjs');
    writeFileSync(file, script);
    const env = { PATH: process.env.PATH, PAVE_ROOT: root, PAVE_NODE: 'n1' };
    const said = execFileSync('bash', ['-c', '"$0" "$1" 2>&1 >/dev/null', process.execPath, file], {
      env,
      encoding: 'utf8',
    });
    expect(JSON.parse(said.split('\n').at(-1)!)).toEqual({ core: false, line: false, vm: false });
  });

  it('is not needed', () => {
    const { caches, qm } = install('without');
    for (const file of caches) rmSync(file);
    checkWorks(qm);
  });

  it('of another version, cut short or emptied by a power cut does no harm', () => {
    const { caches, qm } = install('spoilt');
    for (const spoil of [
      (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1),
      (bytes: Buffer) => bytes.subarray(0, 0),
      (bytes: Buffer) => Buffer.alloc(bytes.length),
      // The header names V8's version and flags.
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(12), bytes.subarray(16)]),
    ]) {
      const whole = caches.map((file) => [file, readFileSync(file)] as const);
      for (const [file, bytes] of whole) writeFileSync(file, spoil(bytes));
      checkWorks(qm);
      for (const [file, bytes] of whole) writeFileSync(file, bytes);
    }
  });

  it('is made again after an update of node, and left alone where it is there', () => {
    const { dist, caches, qm } = install('renewed');
    const renew = () =>
      execFileSync(process.execPath, [join(project, 'scripts/code-cache.mjs'), dist]);
    const before = readFileSync(caches[0]!);
    renew();
    expect(readFileSync(caches[0]!).equals(before)).toBe(true);
    for (const file of caches) rmSync(file);
    renew();
    expect(readdirSync(dist).filter((file) => file.endsWith('.cache'))).toHaveLength(GROUPS.length);
    checkWorks(qm);
  });

  it('may lie where nobody can write', () => {
    const { dist, qm } = install('read-only');
    chmodSync(dist, 0o555);
    const before = readdirSync(dist).sort();
    checkWorks(qm);
    expect(readdirSync(dist).sort()).toEqual(before);
  });
});
