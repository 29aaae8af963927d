import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/cluster/digest.js';
import { createDirectoryStore } from '../../../src/cluster/directory.js';
import type { Store } from '../../../src/cluster/store.js';
import { createDryRunHost } from '../../../src/host/dry-run.js';
import { createHost } from '../../../src/host/local.js';
import type { Host } from '../../../src/host/types.js';
import { program, start, tempFolder } from '../host/other-process.js';

let root: string;
let host: Host;
let store: Store;
let notices: string[];

beforeEach(() => {
  root = tempFolder();
  host = createHost({ root, node: 'alpha' });
  notices = [];
  store = createDirectoryStore(host, { notice: (line) => notices.push(line) });
});

const modeOf = (path: string) => fs.statSync(`${root}/etc/pve/${path}`).mode & 0o777;

describe('layout', () => {
  it('is not made by reading', () => {
    expect(store.read('storage.cfg')).toBeUndefined();
    expect(store.list('nodes')).toEqual([]);
    expect(store.exists('priv')).toBe(false);
    expect(store.quorate()).toBe(true);
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('is as the original lays it out, and made once', () => {
    store.ensureLayout();
    store.ensureLayout();
    expect(fs.readdirSync(`${root}/etc/pve`).sort()).toEqual(
      'firewall ha local lxc mapping nodes openvz priv qemu-server sdn virtual-guest'.split(' '),
    );
    expect(fs.readdirSync(`${root}/etc/pve/nodes/alpha`).sort()).toEqual(
      'lxc openvz priv qemu-server'.split(' '),
    );
    expect(fs.readlinkSync(`${root}/etc/pve/local`)).toBe('nodes/alpha');
    expect(fs.readlinkSync(`${root}/etc/pve/qemu-server`)).toBe('nodes/alpha/qemu-server');
    expect(modeOf('')).toBe(0o755);
    expect(modeOf('nodes/alpha')).toBe(0o755);
    expect(modeOf('priv')).toBe(0o700);
    expect(modeOf('nodes/alpha/priv')).toBe(0o700);
  });

  it('gives the files to the group www-data where it exists', () => {
    fs.mkdirSync(`${root}/etc`);
    fs.writeFileSync(`${root}/etc/group`, 'root:x:0:\nwww-data:x:33:\n');
    store.write('storage.cfg', 'x\n');
    expect(fs.statSync(`${root}/etc/pve/storage.cfg`).gid).toBe(33);
    expect(fs.statSync(`${root}/etc/pve/nodes`).gid).toBe(33);
  });
});

describe('files', () => {
  it('have the modes of the original, private ones for root alone', () => {
    store.write('storage.cfg', 'x\n');
    store.write('priv/storage/nas.pw', 'x\n');
    store.write('nodes/alpha/priv/key', 'x\n');
    store.write('nodes/alpha/config', 'x\n', { secret: true });
    expect(modeOf('storage.cfg')).toBe(0o640);
    expect(modeOf('priv/storage')).toBe(0o700);
    expect(modeOf('priv/storage/nas.pw')).toBe(0o600);
    expect(modeOf('nodes/alpha/priv/key')).toBe(0o600);
    expect(modeOf('nodes/alpha/config')).toBe(0o600);
  });

  it('keep a guest id unique in the cluster, of either kind', () => {
    store.write('nodes/beta/lxc/100.conf', '');
    expect(() => store.write('nodes/alpha/qemu-server/100.conf', '', { exclusive: true })).toThrow(
      /guest 100 exists on node 'beta'/,
    );
    store.write('qemu-server/101.conf', '', { exclusive: true });
    expect(() => store.write('qemu-server/101.conf', '', { exclusive: true })).toThrow(/101/);
    store.rename('nodes/alpha/qemu-server/101.conf', 'nodes/beta/qemu-server/101.conf');
    expect(store.list('nodes/beta/qemu-server')).toEqual(['101.conf']);
    store.write('nodes/alpha/qemu-server/101.conf', 'other');
    expect(() =>
      store.rename('nodes/alpha/qemu-server/101.conf', 'nodes/beta/qemu-server/101.conf'),
    ).toThrow(/exists already/);
    expect(store.remove('nodes/alpha/qemu-server/101.conf')).toBe(true);
    expect(store.remove('nodes/alpha/qemu-server/101.conf')).toBe(false);
  });
});

describe('update', () => {
  it('checks the digest and writes only what changed', async () => {
    await store.update('storage.cfg', (text) => `${text}one\n`);
    const digest = digestOf('one\n');
    await store.update('storage.cfg', (text) => `${text}two\n`, { digest });
    expect(store.read('storage.cfg')).toBe('one\ntwo\n');
    await expect(store.update('storage.cfg', () => 'lost', { digest })).rejects.toThrow(
      'detected modified configuration - file changed by other user? Try again.',
    );
    const before = fs.statSync(`${root}/etc/pve/storage.cfg`).ino;
    await store.update('storage.cfg', (text) => text);
    await store.update('storage.cfg', () => undefined);
    expect(fs.statSync(`${root}/etc/pve/storage.cfg`).ino).toBe(before);
    expect(store.list('priv/lock')).toEqual([]);
  });

  it('loses no change of many in one process', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        store.update(
          'jobs.cfg',
          async (text) => {
            await host.clock.sleep(3);
            return `${text}${i}\n`;
          },
          { timeoutS: 60 },
        ),
      ),
    );
    expect(store.read('jobs.cfg')!.trim().split('\n').sort()).toEqual([...'0123456789']);
  });

  it('loses no change of several processes', async () => {
    const file = await program(`
      import { createHost } from './src/host/local.ts';
      import { createDirectoryStore } from './src/cluster/directory.ts';
      const store = createDirectoryStore(createHost());
      for (let i = 0; i < 8; i++)
        await store.update('jobs.cfg', (text) => text + process.argv[2] + i + '\\n', { timeoutS: 60 });
    `);
    const env = { PAVE_ROOT: root, PAVE_NODE: 'alpha' };
    const runs = ['a', 'b', 'c'].map((name) => start(file, [name], env));
    for (const run of runs)
      expect(await run.ended, run.output()).toEqual({ code: 0, signal: null });
    expect(store.read('jobs.cfg')!.trim().split('\n').length).toBe(24);
    expect(new Set(store.read('jobs.cfg')!.trim().split('\n')).size).toBe(24);
  });
});

describe('withLock', () => {
  const lockPath = (id: string) => `${root}/etc/pve/priv/lock/${id}`;

  it('is a folder while it is held, and gone after success and failure', async () => {
    await store.withLock('storage-local', () => {
      expect(fs.statSync(lockPath('storage-local')).isDirectory()).toBe(true);
    });
    expect(fs.existsSync(lockPath('storage-local'))).toBe(false);
    const failing = store.withLock('storage-local', () => {
      throw new Error('work failed');
    });
    await expect(failing).rejects.toThrow('work failed');
    expect(fs.existsSync(lockPath('storage-local'))).toBe(false);
  });

  it('may be asked for again inside', async () => {
    const result = await store.withLock('file-a', () => store.withLock('file-a', () => 42));
    expect(result).toBe(42);
  });

  it('waits for one that another program made, says so, and gives up', async () => {
    store.ensureLayout();
    fs.mkdirSync(lockPath('file-x'), { recursive: true });
    await expect(store.withLock('file-x', () => 1, { timeoutS: 1 })).rejects.toThrow(
      "cfs-lock 'file-x' error: got lock request timeout",
    );
    expect(notices[0]).toBe("trying to acquire cfs lock 'file-x' ...");
    expect(fs.existsSync(lockPath('file-x'))).toBe(true);
    setTimeout(() => fs.rmdirSync(lockPath('file-x')), 400);
    expect(await store.withLock('file-x', () => 'got it', { timeoutS: 60 })).toBe('got it');
  });

  it('breaks one that has expired, and only then', async () => {
    store.ensureLayout();
    fs.mkdirSync(lockPath('file-x'), { recursive: true });
    const now = Date.now();
    const standing = createDirectoryStore({ ...host, clock: { ...host.clock, now: () => now } });
    const ago = (seconds: number) => now / 1000 - seconds;
    fs.utimesSync(lockPath('file-x'), ago(119), ago(119));
    await expect(standing.withLock('file-x', () => 1, { timeoutS: 1 })).rejects.toThrow(/timeout/);
    fs.utimesSync(lockPath('file-x'), ago(121), ago(121));
    expect(await standing.withLock('file-x', () => 1, { timeoutS: 1 })).toBe(1);
    expect(fs.readdirSync(`${root}/etc/pve/priv/lock`)).toEqual([]);
  });

  it('is taken over at once from one of us that was killed', async () => {
    const file = await program(`
      import { createHost } from './src/host/local.ts';
      import { createDirectoryStore } from './src/cluster/directory.ts';
      const host = createHost();
      const store = createDirectoryStore(host);
      await store.withLock('file-x', async () => {
        console.log('locked');
        await host.clock.sleep(60000);
      });
    `);
    const holder = start(file, [], { PAVE_ROOT: root, PAVE_NODE: 'alpha' });
    await holder.said('locked');
    await expect(store.withLock('file-x', () => 1, { timeoutS: 1 })).rejects.toThrow(
      "cfs-lock 'file-x' error: got lock request timeout",
    );
    expect(fs.existsSync(lockPath('file-x'))).toBe(true);
    holder.child.kill('SIGKILL');
    await holder.ended;
    expect(fs.existsSync(lockPath('file-x'))).toBe(true);
    // Long before it expires.
    expect(await store.withLock('file-x', () => 'mine', { timeoutS: 55 })).toBe('mine');
    expect(fs.existsSync(lockPath('file-x'))).toBe(false);
  });

  it('is let go when the holder is interrupted', async () => {
    const abort = new AbortController();
    const interrupted = createHost({ root, node: 'alpha', signal: abort.signal });
    const other = createDirectoryStore(interrupted);
    const work = other.withLock('file-x', () => interrupted.clock.sleep(60_000));
    setTimeout(() => abort.abort(), 300);
    await expect(work).rejects.toThrow('received interrupt');
    expect(fs.existsSync(lockPath('file-x'))).toBe(false);
  });
});

describe('dry run', () => {
  it('shows the change of a file and makes nothing', async () => {
    store.write('storage.cfg', 'dir: local\n');
    const before = fs.readdirSync(`${root}/etc/pve`).sort();
    const printed: string[] = [];
    const dry = createDirectoryStore(createDryRunHost(host, (line) => printed.push(line)));
    await dry.update('storage.cfg', (text) => `${text}\tpath /var/lib/vz\n`);
    expect(dry.read('storage.cfg')).toBe('dir: local\n\tpath /var/lib/vz\n');
    expect(printed).toEqual([
      `would change: ${root}/etc/pve/storage.cfg`,
      `--- ${root}/etc/pve/storage.cfg`,
      `+++ ${root}/etc/pve/storage.cfg`,
      '@@ -1 +1,2 @@',
      ' dir: local',
      '+\tpath /var/lib/vz',
    ]);
    expect(store.read('storage.cfg')).toBe('dir: local\n');
    expect(fs.readdirSync(`${root}/etc/pve`).sort()).toEqual(before);
    expect(fs.existsSync(`${root}/run`)).toBe(false);
  });
});

describe('cluster file system', () => {
  it('without quorum refuses changes by name', async () => {
    fs.mkdirSync(`${root}/etc/pve/nodes/alpha`, { recursive: true });
    fs.writeFileSync(`${root}/etc/pve/.version`, '{}');
    fs.mkdirSync(`${root}/etc/pve/local`);
    fs.chmodSync(`${root}/etc/pve/local`, 0o555);
    expect(store.quorate()).toBe(false);
    expect(() => store.write('storage.cfg', 'x')).toThrow('cluster not ready - no quorum?');
    await expect(store.update('storage.cfg', () => 'x')).rejects.toThrow(/no quorum/);
  });
});
