import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/host/diff.js';
import { createDryRunHost } from '../../../src/host/dry-run.js';
import { createHost } from '../../../src/host/local.js';
import type { Host } from '../../../src/host/types.js';
import { tempFolder } from './other-process.js';

let root: string;
let base: Host;
let dry: Host;
let printed: string[];

beforeEach(() => {
  root = tempFolder();
  base = createHost({ root });
  printed = [];
  dry = createDryRunHost(base, (line) => printed.push(line));
});

/** Everything below the root, to see that nothing changed. */
function snapshot(): string {
  const walk = (folder: string): string[] =>
    fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return [path, ...walk(path)];
      return [`${path}=${entry.isSymbolicLink() ? fs.readlinkSync(path) : fs.readFileSync(path)}`];
    });
  return walk(root).sort().join('\n');
}

describe('dry run', () => {
  it('runs what reads and prints what changes', async () => {
    expect((await dry.run(['echo', 'x'], { effect: 'read' })).stdout).toBe('x\n');
    const result = await dry.run(['touch', `${root}/a b`, 'pw'], {
      effect: 'change',
      redact: ['pw'],
      purpose: 'make it',
    });
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
    await dry.pipe([{ argv: ['echo', '1'] }, { argv: ['cat'] }], {
      effect: 'change',
      outputFile: '/out',
    });
    const child = await dry.spawn(['sleep', '9'], { effect: 'change' });
    expect(await child.exited).toBe(0);
    dry.note('change', 'QMP quit');
    dry.note('read', 'QMP query');
    expect(printed).toEqual([
      `would run: touch '${root}/a b' ********  # make it`,
      'would run: echo 1 | cat > /out',
      'would run: sleep 9 &',
      'would do: QMP quit',
    ]);
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('remembers written, removed, renamed and new entries, and changes nothing', () => {
    base.files.mkdir('/etc/pve/nodes/n/qemu-server');
    base.files.symlink('nodes/n/qemu-server', '/etc/pve/qemu-server');
    base.files.write('/etc/pve/nodes/n/qemu-server/100.conf', 'cores: 1\nmemory: 512\n');
    base.files.write('/etc/pve/old', 'old\n');
    const before = snapshot();
    const { files } = dry;

    files.write('/etc/pve/qemu-server/100.conf', 'cores: 2\nmemory: 512\n');
    expect(files.read('/etc/pve/nodes/n/qemu-server/100.conf')).toBe('cores: 2\nmemory: 512\n');
    files.rename('/etc/pve/qemu-server/100.conf', '/etc/pve/qemu-server/200.conf');
    expect(files.list('/etc/pve/qemu-server')).toEqual(['200.conf']);
    expect(files.read('/etc/pve/qemu-server/200.conf')).toContain('cores: 2');
    expect(files.exists('/etc/pve/qemu-server/100.conf')).toBe(false);
    expect(files.stat('/etc/pve/qemu-server/200.conf')).toMatchObject({ kind: 'file', size: 21 });
    expect(files.unlink('/etc/pve/old')).toBe(true);
    expect(files.unlink('/etc/pve/old')).toBe(false);
    expect(() => files.write('/new/folder/x', '')).toThrow(/No such file/);
    files.mkdir('/new/folder');
    files.write('/new/folder/x', 'x\n');
    expect(() => files.write('/new/folder/x', 'y', { exclusive: true })).toThrow(/exists/);
    files.rename('/new/folder', '/moved');
    expect(files.read('/moved/x')).toBe('x\n');
    expect(files.exists('/new/folder/x')).toBe(false);
    files.rename('/etc/pve/nodes/n', '/etc/pve/nodes/m');
    expect(files.read('/etc/pve/nodes/m/qemu-server/200.conf')).toContain('cores: 2');
    expect(files.list('/etc/pve/nodes')).toEqual(['m']);
    expect(files.exists('/etc/pve/qemu-server')).toBe(false);
    files.symlink('nodes/m/qemu-server', '/etc/pve/new');
    expect(files.realpath('/etc/pve/new/200.conf')).toBe(
      `${root}/etc/pve/nodes/m/qemu-server/200.conf`,
    );
    files.truncate('/disk', 1 << 20);
    expect(files.stat('/disk')?.size).toBe(1 << 20);
    expect(() => files.rmdir('/moved')).toThrow(/not empty/);

    expect(snapshot()).toBe(before);
    const path = `${root}/etc/pve/qemu-server/100.conf`;
    expect(printed.slice(0, 7)).toEqual([
      `would change: ${path}`,
      `--- ${path}`,
      `+++ ${path}`,
      '@@ -1,2 +1,2 @@',
      '-cores: 1',
      '+cores: 2',
      ' memory: 512',
    ]);
    expect(printed).toContain(`would rename: ${path} -> ${root}/etc/pve/qemu-server/200.conf`);
    expect(printed).toContain('+++ /dev/null');
    expect(printed).toContain('-old');
  });

  it('shows no secrets and no binary', () => {
    dry.files.write('/pw', 'hunter2', { secret: true });
    dry.files.write('/key', 'hunter2', { mode: 0o600 });
    dry.files.write('/img', new Uint8Array([0, 1, 2]));
    expect(printed).toEqual([
      `would create: ${root}/pw (content not shown)`,
      `would create: ${root}/key (content not shown)`,
      `would create: ${root}/img (binary, 3 bytes)`,
    ]);
  });

  it('shows no password of a config', () => {
    base.files.write('/100.conf', 'cipassword: geheim\ncores: 1\n');
    dry.files.write('/100.conf', 'cipassword: anders\ncores: 1\n');
    expect(printed.slice(-4)).toEqual([
      '@@ -1,2 +1,2 @@',
      '-cipassword: **********',
      '+cipassword: **********',
      ' cores: 1',
    ]);
  });

  it('takes no locks, kills nobody, and waits no time', async () => {
    (await dry.lock('/run/lock/x', { timeoutS: 5 })).release();
    expect(fs.readdirSync(root)).toEqual([]);
    expect(dry.processes.kill(process.pid, 'SIGTERM')).toBe(true);
    expect(dry.processes.alive(process.pid)).toBe(false);
    expect(dry.processes.kill(process.pid, 'SIGKILL')).toBe(false);
    expect(printed).toEqual([`would send SIGTERM to process ${process.pid}`]);
    const begun = dry.clock.now();
    await dry.clock.sleep(3_600_000);
    expect(dry.clock.now() - begun).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe('unifiedDiff', () => {
  const cases: [string, string][] = [
    ['a\nb\nc\n', 'a\nc\n'],
    ['', 'a\n'],
    ['a\n', ''],
    ['a', 'a\n'],
    ['x\ny\nz', 'x\nq\nz'],
    [
      Array.from({ length: 60 }, (_, i) => `line ${i}\n`).join(''),
      Array.from({ length: 60 }, (_, i) =>
        i % 17 === 3 ? `changed ${i}\n` : i === 40 ? '' : `line ${i}\n`,
      ).join(''),
    ],
  ];
  it.each(cases)('is what patch(1) and diff(1) mean: %#', async (before, after) => {
    base.files.write('/before', before);
    base.files.write('/after', after);
    const { stdout } = await base.run(
      ['diff', '-u', '--label', 'f', '--label', 'f', `${root}/before`, `${root}/after`],
      { effect: 'read', allowExit: [1] },
    );
    expect(`${unifiedDiff('f', before, after)}\n`).toBe(stdout);
  });
});
