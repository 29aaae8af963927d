/**
 * What people and broken machines feed the tools: each gets a reason, where there is one a way out,
 * a non-zero exit, no stack trace, and changes nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../unit/random.js';
import { type Result, type Sandbox, sandbox } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');
const tools = Object.keys(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).bin);
let box: Sandbox;

beforeAll(async () => {
  box = sandbox();
  await box.ok('create', '100', '--name', 'one', '--memory', '512');
});
afterAll(() => box.dispose());

const STACK = /^\s+at .*:\d+:\d+/m;

/** Wrong input: status 255, nothing on stdout, no stack. */
async function refused(tool: string, ...args: string[]): Promise<string> {
  const result = await box.run(tool, ...args);
  expect(result.code, result.stderr).toBe(255);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toMatch(STACK);
  expect(result.stderr).not.toContain('internal error');
  return result.stderr;
}

describe('words that make no sense', () => {
  it('commands: none, unknown, ambiguous, incomplete', async () => {
    expect(await refused('qm')).toMatch(/^ERROR: no command specified\nUSAGE: qm <COMMAND>/);
    const typo = await refused('qm', 'strat', '100');
    expect(typo).toMatch(/^ERROR: unknown command 'qm strat'\nUSAGE: qm <COMMAND>/);
    expect(typo).toMatch(/\nhint: did you mean 'qm start'\?\n$/);
    const ambiguous = await refused('qm', 'st', '100');
    expect(ambiguous).toMatch(/^ERROR: unknown command 'qm st'\n/);
    expect(ambiguous).toMatch(/hint: did you mean 'qm start', 'qm status' or 'qm stop'\?\n$/);
    expect(await refused('qm', 'disk')).toMatch(/^ERROR: incomplete command 'qm disk'\n/);
    expect(await refused('pvesm', 'xyzzy')).not.toContain('hint:');
  });

  it('options: unknown, ambiguous, without a value, no boolean', async () => {
    expect(await refused('qm', 'start', '100', '--skiplok')).toBe(
      'Unknown option: skiplok\n400 unable to parse option\nUSAGE: qm start <vmid> [OPTIONS]\n' +
        "hint: did you mean '--skiplock'?\n",
    );
    expect(await refused('qm', 'create', '101', '--nam', 'x')).toMatch(
      /^Option nam is ambiguous \(name, nameserver\)\n400 unable to parse option\n/,
    );
    expect(await refused('qm', 'config', '100', '--snapshot')).toMatch(
      /^Option snapshot requires an argument\n/,
    );
    const flag = await refused('qm', 'list', '--full', 'maybe');
    expect(flag).toMatch(/^400 unable to parse boolean option\n/);
    expect(flag).toContain("hint: 'full' takes 1, on, yes, true or 0, off, no, false");
    const two = await refused('qm', 'create', '101', '--foo', '1', '--bar', '2');
    expect(two).toMatch(/^Unknown option: foo\nUnknown option: bar\n/);
  });

  it('arguments: too few, too many, of the wrong type, out of range', async () => {
    expect(await refused('qm', 'start')).toBe(
      '400 not enough arguments\nUSAGE: qm start <vmid> [OPTIONS]\n',
    );
    expect(await refused('qm', 'start', '100', '200')).toMatch(/^400 too many arguments\n/);
    expect(await refused('qm', 'start', 'abc')).toBe(
      "400 Parameter verification failed.\nvmid: type check ('integer') failed - got 'abc'\n" +
        'USAGE: qm start <vmid> [OPTIONS]\n',
    );
    expect(await refused('qm', 'start', '99')).toContain('vmid: ');
    expect(await refused('qm', 'set', '100', '--cores', '0')).toContain(
      'cores: value must have a minimum value of 1\n',
    );
    expect(await refused('pvesm', 'list', 'no/storage')).toContain('storage: ');
  });

  it('several mistakes are told at once', async () => {
    const said = await refused(
      ...(['qm', 'create', '101', '--cores', '0', '--memory', 'lots', '--ostype', 'beos'] as const),
      ...['--net0', 'bridge=vmbr0', '--name', 'a b', '--output-format', 'xml'].slice(0, 4),
    );
    const named = [...said.matchAll(/^([\w.]+): /gm)].map((match) => match[1]);
    for (const key of ['cores', 'memory', 'name', 'net0', 'ostype']) expect(named).toContain(key);
    expect(box.config(101)).toBeUndefined();
  });

  it.each([
    ['--cpu', 'pentium9', "cpu: .*'pentium9' is not defined"],
    ['--cpu', 'custom-none', "cpu: .*'none' not found"],
    ['--startdate', '2026-02-30', 'startdate: there is no such date'],
    ['--args', '-name "a b', 'args: a quotation mark is not closed'],
    ['--hostpci0', 'pcie=1', "hostpci0: either 'host' or 'mapping' must be set"],
    ['--usb0', 'usb3=1', "usb0: either 'host' or 'mapping' must be set"],
    ['--sshkeys', '/nowhere/keys', "sshkeys: unable to open file '/nowhere/keys'"],
    ['--unused0', 'local:100/none.raw', "unused0: volume 'local:100/none.raw' does not exist"],
    ['--balloon', '513', 'balloon: balloon value too large'],
    ['--delete', 'foo,bar', "delete: unknown option 'foo', unknown option 'bar'"],
    ['--net32', 'virtio', 'hint: there are --net0 to --net31'],
  ])('qm set %s %s', async (option, value, reason) => {
    const before = box.config(100);
    expect(await refused('qm', 'set', '100', option, value)).toMatch(new RegExp(reason));
    expect(box.config(100)).toBe(before);
  });

  it('a start names all that cannot be, and leaves nothing half started', async () => {
    await box.ok('create', '102', '--kvm', '0', '--memory', '16', '--scsi0', 'local:1');
    const volume = /^scsi0: ([^,]*)/m.exec(box.config(102)!)![1]!;
    await box.ok(
      ...['set', '102', '--net0', 'virtio,bridge=none0', '--net1', 'e1000,bridge=none1'],
      ...['--serial0', '/dev/nothing', '--vcpus', '9', '--hostpci0', '0f:00.0'],
      ...['--virtio0', volume],
    );
    const { code, stderr } = await box.qm('start', '102');
    expect(code).toBe(255);
    const named = [...stderr.matchAll(/^(\w+\d?): /gm)].map((match) => match[1]);
    for (const key of ['net0', 'net1', 'serial0', 'vcpus', 'hostpci0', 'virtio0', 'hint'])
      expect(named).toContain(key);
    expect(box.leftovers(102)).toEqual([]);
  });

  it('a guest, storage, volume or task that is not there', async () => {
    const missing = await box.qm('config', '555');
    expect(missing.code).toBe(2);
    expect(missing.stderr).toBe(
      "Configuration file 'nodes/n1/qemu-server/555.conf' does not exist\n",
    );
    expect(await refused('pvesm', 'list', 'nowhere')).toContain("storage 'nowhere' does not exist");
    expect(await refused('pvesm', 'path', 'local:')).toContain("'local:'");
    expect(await refused('pvenode', 'task', 'log', 'UPID:nonsense')).toContain(
      'upid: unable to parse worker upid',
    );
  });

  it('a digest that is not the file’s any more', async () => {
    const before = box.config(100);
    const stale = '0'.repeat(40);
    const said = await refused('qm', 'set', '100', '--memory', '1024', '--digest', stale);
    expect(said).toContain('checksum mismatch (file change by other user?)');
    expect(box.config(100)).toBe(before);
    const storage = await refused('pvesm', 'set', 'local', '--content', 'iso', '--digest', stale);
    expect(storage).toContain('detected modified configuration');
  });
});

describe('help', () => {
  for (const tool of tools) {
    it(`of ${tool} and of each of its commands`, { timeout: 600_000 }, async () => {
      const overview = await box.run(tool, '--help');
      expect(overview.code, overview.stderr).toBe(0);
      const usage = await box.run(tool, 'help');
      expect(usage.code, usage.stderr).toBe(0);
      const { default: spec } = await import(`../../src/commands/${tool}/index.ts`);
      for (const name of Object.keys(spec.commands)) {
        const words = name.split(' ').filter(Boolean);
        const help = await box.run(tool, ...words, '--help');
        expect(help.code, help.stderr).toBe(0);
        expect(help.stderr).toBe('');
        expect(help.stdout).toMatch(new RegExp(`^Usage: ${tool} ?${name}`));
        if (name !== '') expect(overview.stdout).toContain(`  ${name} `);
      }
      const full = await box.run(tool, 'help', '--verbose');
      expect(full.code).toBe(0);
      expect(full.stdout).not.toMatch(/undefined|\[object/);
    });
  }
});

describe('where the output goes', () => {
  const shell = (script: string): Result => {
    const run = spawnSync(
      'bash',
      ['--norc', '-c', `set -o pipefail; PATH=${project}/bin:$PATH; ${script}`],
      {
        env: box.env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return { code: run.status ?? -1, stdout: run.stdout, stderr: run.stderr };
  };

  it('a pipe that closes early', () => {
    for (let vmid = 200; vmid < 1200; vmid++) box.writeConfig(vmid, `name: guest${vmid}\n`);
    const list = shell('qm list | head -1');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^ +VMID NAME/);
    const json = shell('qm list --output-format json-pretty | true');
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(shell('qm help --verbose | head -2')).toMatchObject({ code: 0, stderr: '' });
    execFileSync('bash', ['-c', `rm ${box.root}/etc/pve/nodes/n1/qemu-server/{2..9}??.conf`]);
    execFileSync('bash', ['-c', `rm ${box.root}/etc/pve/nodes/n1/qemu-server/1[01]?*.conf`]);
    box.writeConfig(100, 'memory: 512\nname: one\n');
  });

  it('a reader that has gone does not undo a change', () => {
    // The command starts when nobody can read any more.
    const unread = (command: string) =>
      shell(`exec 3> >(exec <&-; echo gone >"$PAVE_ROOT/gone"; exec sleep 600 >/dev/null 2>&1)
        until [ -s "$PAVE_ROOT/gone" ]; do sleep 0.1; done
        ${command} >&3; code=$?; kill $!; rm "$PAVE_ROOT/gone"; exit $code`);
    const create = 'qm create 130 --memory 64 --scsi0 local:1';
    expect(unread(`${create} --dry-run`)).toMatchObject({ code: 0, stderr: '' });
    expect(box.config(130)).toBeUndefined();
    expect(unread(create)).toMatchObject({ code: 0, stderr: '' });
    expect(box.config(130)).toContain('scsi0: local:130/vm-130-disk-0.raw,size=1G');
    expect(unread('qm destroy 130')).toMatchObject({ code: 0, stderr: '' });
    expect(box.config(130)).toBeUndefined();
  });

  it('a full disk', () => {
    const full = shell('qm list >/dev/full');
    expect(full).toMatchObject({
      code: 255,
      stderr: "unable to write 'standard output' - No space left on device\n",
    });
    expect(shell('qm frobnicate 2>/dev/full').code).toBe(255);
  });

  it('nowhere: a cron job says nothing unless something is wrong', () => {
    const quiet = shell('qm set 100 --cores 2 >/dev/null </dev/null');
    expect(quiet).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const closed = shell('qm config 100 >&- 2>&- <&-');
    expect(closed.code).toBe(0);
  });

  it('an empty environment', () => {
    const env = (...words: string[]) =>
      spawnSync('env', ['-i', `PAVE_ROOT=${box.root}`, 'PAVE_NODE=n1', ...words], {
        encoding: 'utf8',
      });
    const node = realpathSync(process.execPath);
    const list = env(node, join(project, 'bin/qm'), 'list');
    expect(list).toMatchObject({ status: 0, stderr: '' });
    expect(list.stdout).toContain(' one ');
    // Programs are found without a PATH too.
    const create = env(node, join(project, 'bin/qm'), 'create', '150', '--scsi0', 'local:1');
    expect(create.stderr).toBe('');
    expect(create.status).toBe(0);
    expect(box.images()).toContain('150/vm-150-disk-0.raw');
  });
});

describe('files that are not as they should be', () => {
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const conf = (vmid: number) => join(box.root, `etc/pve/nodes/n1/qemu-server/${vmid}.conf`);

  it('a config of random bytes is told apart, and stays as it is', async () => {
    writeFileSync(conf(160), random(160).bytes(3000));
    const before = hash(conf(160));
    for (const words of [
      ['config', '160'],
      ['pending', '160'],
      ['showcmd', '160'],
      ['start', '160'],
      ['set', '160', '--memory', '512'],
      ['destroy', '160'],
    ]) {
      const said = await refused('qm', ...words);
      expect(said).toContain(`vm 160 - `);
      expect(said).toMatch(/\nhint: mend line \d+ of .*\/160\.conf\n$/);
      // Nothing of it reaches the terminal as a control sequence.
      expect(said).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }
    expect(hash(conf(160))).toBe(before);
    const list = await box.qm('list');
    expect(list.code).toBe(0);
    expect(list.stdout).toContain(' one ');
    rmSync(conf(160));
  });

  it('one guest that cannot be read does not hide the others', async () => {
    mkdirSync(conf(161));
    symlinkSync('nowhere', conf(162));
    const list = await box.qm('list');
    expect(list.code).toBe(0);
    expect(list.stdout).toContain(' one ');
    expect(list.stderr).toMatch(/^WARN: unable to read '.*161\.conf' - .*\n$/);
    expect(await refused('qm', 'config', '161')).toMatch(/^unable to read '.*161\.conf' - /);
    rmSync(conf(161), { recursive: true });
    rmSync(conf(162));
  });

  it('a storage.cfg of random bytes: reading goes on with local, changing refuses', async () => {
    const path = join(box.root, 'etc/pve/storage.cfg');
    writeFileSync(
      path,
      Buffer.concat([Buffer.from('\xff\xfe\n', 'latin1'), random(161).bytes(2000)]),
    );
    const before = hash(path);
    const status = await box.run('pvesm', 'status');
    expect(status.code, status.stderr).toBe(0);
    expect(status.stdout).toMatch(/^local /m);
    expect(status.stderr).toContain('storage.cfg line 1');
    const said = await refused('pvesm', 'add', 'dir', 'more', '--path', `${box.root}/more`);
    expect(said).toContain('is no UTF-8 text');
    expect(hash(path)).toBe(before);
    rmSync(path);
  });

  it('a value that makes no sense names its key, and can be mended', async () => {
    box.writeConfig(163, 'boot: nonsense\nname: x\n');
    expect(await refused('qm', 'showcmd', '163')).toContain('boot');
    expect((await box.qm('set', '163', '--delete', 'boot')).code).toBe(0);
    expect(box.config(163)).toBe('name: x\n');
    rmSync(conf(163));
  });
});

describe('somebody who is not root', () => {
  let copy: string;
  let own: string;

  beforeEach(() => {
    // The checkout may lie where others cannot look.
    copy = mkdtempSync(join(tmpdir(), 'pave-nobody-'));
    own = mkdtempSync(join(tmpdir(), 'pave-root-'));
    chmodSync(copy, 0o755);
    for (const name of ['bin', 'dist', 'package.json'])
      cpSync(join(project, name), join(copy, name), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', copy]);
    return () => {
      rmSync(copy, { recursive: true, force: true });
      rmSync(own, { recursive: true, force: true });
    };
  });

  const nobody = (env: Record<string, string>, ...words: string[]) =>
    spawnSync(
      'setpriv',
      [
        ...['--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'],
        ...['--bounding-set=-all', process.execPath, join(copy, 'bin', words[0]!)],
        ...words.slice(1),
      ],
      { env: { PATH: process.env.PATH ?? '', ...env }, encoding: 'utf8', cwd: '/' },
    );

  it('is told so, and may read the help', (test) => {
    if (process.geteuid?.() !== 0) test.skip('needs root to become nobody');
    const list = nobody({}, 'qm', 'list');
    expect(list.status).toBe(255);
    expect(list.stderr).toBe('please run as root\nhint: sudo qm list …\n');
    expect(nobody({}, 'qm', 'start', '100').stderr).toMatch(/^please run as root\n/);
    expect(nobody({}, 'qm', '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(nobody({}, 'qm', 'help')).toMatchObject({ status: 0, stderr: '' });
    expect(nobody({}, 'qm', '--version')).toMatchObject({ status: 0, stderr: '' });
  });

  it('hears which file is closed to him, and leaves nothing behind', (test) => {
    if (process.geteuid?.() !== 0) test.skip('needs root to become nobody');
    const folder = join(own, 'etc/pve/nodes/n1/qemu-server');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '100.conf'), 'name: secret\n', { mode: 0o600 });
    writeFileSync(join(folder, '101.conf'), 'name: open\n', { mode: 0o644 });
    execFileSync('chmod', ['-R', 'a+rx', own]);
    chmodSync(join(folder, '100.conf'), 0o600);
    const env = { PAVE_ROOT: own, PAVE_NODE: 'n1' };
    const config = nobody(env, 'qm', 'config', '100');
    expect(config.status).toBe(255);
    expect(config.stderr).toMatch(/^unable to read '.*100\.conf' - Permission denied\n$/);
    const list = nobody(env, 'qm', 'list');
    expect(list.status).toBe(0);
    expect(list.stdout).toContain('open');
    const create = nobody(env, 'qm', 'create', '102');
    expect(create.status).toBe(255);
    expect(create.stderr).toMatch(/Permission denied\n$/);
    expect(create.stderr).not.toMatch(STACK);
    expect(statSync(own).isDirectory()).toBe(true);
    const files = execFileSync('find', [own, '-type', 'f'], { encoding: 'utf8' });
    expect(files.trim().split('\n').sort()).toEqual([
      join(folder, '100.conf'),
      join(folder, '101.conf'),
    ]);
  });
});

describe('PAVE_DEBUG=1', () => {
  it('shows where an error came from, and only then', async () => {
    const debug = spawnSync(join(project, 'bin/qm'), ['set', '555', '--cores', '2'], {
      env: { ...box.env, PAVE_DEBUG: '1' },
      encoding: 'utf8',
    });
    expect(debug.stderr).toMatch(STACK);
    expect((await box.qm('set', '555', '--cores', '2')).stderr).not.toMatch(STACK);
  });
});
