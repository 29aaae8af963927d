import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/host/errors.js';
import { createHost } from '../../../src/host/local.js';
import { program, start, tempFolder } from './other-process.js';

let root: string;
let host: ReturnType<typeof createHost>;
beforeEach(() => {
  root = tempFolder();
  host = createHost({ root });
});

describe('paths', () => {
  it('hang on the root, but not the kernel and the programs', () => {
    expect(host.path('/etc/pve/storage.cfg')).toBe(`${root}/etc/pve/storage.cfg`);
    expect(host.path(`${root}/etc/x`)).toBe(`${root}/etc/x`);
    expect(host.path('/proc/self/stat')).toBe('/proc/self/stat');
    expect(host.path('/dev/kvm')).toBe('/dev/kvm');
    expect(host.path('/usr/share/x')).toBe('/usr/share/x');
    expect(host.path('relative')).toBe('relative');
  });

  it('have one name for a lock file', () => {
    expect(host.path('/var/lock/qemu-server/lock-1.conf')).toBe(
      host.path('/run/lock/qemu-server/lock-1.conf'),
    );
    expect(host.path('/var/run/vzdump.lock')).toBe(host.path('/run/vzdump.lock'));
  });

  it('give the name of a mounted dead machine', () => {
    host.files.mkdir('/etc');
    host.files.write('/etc/hostname', 'dead.example.org\n');
    const env = { ...process.env };
    delete env.PAVE_NODE;
    expect(createHost({ root, env }).node).toBe('dead');
    expect(createHost({ root, env: { ...env, PAVE_NODE: 'other' } }).node).toBe('other');
  });
});

describe('files', () => {
  it('give undefined for what is not there and throw for the rest', () => {
    const { files } = host;
    expect(files.read('/none')).toBeUndefined();
    expect(files.list('/none')).toBeUndefined();
    expect(files.stat('/none')).toBeUndefined();
    expect(files.unlink('/none')).toBe(false);
    files.write('/file', 'x');
    expect(files.read('/file/below')).toBeUndefined();
    expect(files.stat('/file/below')).toBeUndefined();
    files.mkdir('/folder');
    expect(() => files.read('/folder')).toThrow(FileError);
    expect(() => files.read('/folder')).toThrow(
      `unable to read '${root}/folder' - Illegal operation on a directory`,
    );
    expect(() => files.write('/no/such/folder', 'x')).toThrow(/No such file or directory/);
  });

  it('write whole, with mode and owner, and leave no temp file', () => {
    const { files } = host;
    files.write('/a', 'one', { mode: 0o600 });
    expect(files.stat('/a')).toMatchObject({ kind: 'file', size: 3, mode: 0o600 });
    files.write('/a', 'two');
    expect(files.stat('/a')?.mode).toBe(0o644);
    expect(files.read('/a')).toBe('two');
    expect(() => files.write('/a', 'three', { exclusive: true })).toThrow(
      /File exists|file already exists/i,
    );
    expect(files.read('/a')).toBe('two');
    files.write('/b', 'new', { exclusive: true });
    expect(files.list('/')?.sort()).toEqual(['a', 'b']);
  });

  it('overwrite the leftover of a dead process with our pid', () => {
    fs.writeFileSync(`${root}/a.tmp.${process.pid}`, 'leftover');
    host.files.write('/a', 'good');
    expect(host.files.list('/')).toEqual(['a']);
  });

  it('read parts, links, sizes', () => {
    const { files } = host;
    files.write('/a', '0123456789');
    expect(Buffer.from(files.readRange('/a', 8, 10)!).toString()).toBe('89');
    files.symlink('a', '/link');
    expect(files.readlink('/link')).toBe('a');
    expect(files.lstat('/link')?.kind).toBe('symlink');
    expect(files.realpath('/link')).toBe(fs.realpathSync(`${root}/a`));
    files.truncate('/sparse', 1 << 30);
    expect(files.stat('/sparse')?.size).toBe(1 << 30);
    expect(files.stat('/sparse')?.allocated).toBeLessThan(1 << 20);
    expect(files.usage('/')!.total).toBeGreaterThan(0);
  });

  it('make folders with their mode, whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      host.files.mkdir('/x/y', { mode: 0o755 });
      host.files.write('/x/f', '');
      expect(host.files.stat('/x/y')?.mode).toBe(0o755);
      expect(host.files.stat('/x/f')?.mode).toBe(0o644);
    } finally {
      process.umask(before);
    }
    expect(() => host.files.mkdir('/x/y', { exclusive: true })).toThrow(FileError);
  });

  it('are whole, old or new, after SIGKILL at any moment', async () => {
    const file = await program(`
      import { createHost } from './src/host/local.ts';
      const { files } = createHost();
      const target = process.argv[2];
      process.stdout.write('go');
      for (let i = 0; ; i++) files.write(target, String(i % 10).repeat(300000));
    `);
    for (let round = 0; round < 6; round++) {
      const target = join(root, `target${round}`);
      fs.writeFileSync(target, 'old'.repeat(100000));
      const writer = start(file, [target]);
      await writer.said('go');
      await host.clock.sleep(20 + round * 17);
      writer.child.kill('SIGKILL');
      await writer.ended;
      const text = fs.readFileSync(target, 'utf8');
      expect(text.length).toBe(300000);
      expect(text === 'old'.repeat(100000) || text === text[0]!.repeat(300000)).toBe(true);
    }
  });

  it('keep the old content when the disk is full, and leave nothing behind', async (test) => {
    host.files.mkdir('/small');
    const mounted = await host.run(
      ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', `${root}/small`],
      { effect: 'change', allowExit: 'any' },
    );
    if (mounted.code !== 0) test.skip(`cannot mount: ${mounted.stderr.trim()}`);
    try {
      host.files.write('/small/a', 'old');
      expect(() => host.files.write('/small/a', 'x'.repeat(100_000))).toThrow(
        `unable to write '${root}/small/a' - No space left on device`,
      );
      expect(host.files.read('/small/a')).toBe('old');
      expect(host.files.list('/small')).toEqual(['a']);
    } finally {
      await host.run(['umount', `${root}/small`], { effect: 'change' });
    }
  });
});
