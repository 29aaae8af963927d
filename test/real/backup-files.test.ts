/** Single files out of backups: partitions with ext4 and FAT, plain and packed archives, increments. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, type Sandbox, sandbox, until } from './sandbox.js';

const MIB = 1 << 20;

describe('pave backup files', { timeout: 1_800_000 }, () => {
  let box: Sandbox;
  let disk: string;
  const dump = () => join(box.root, 'var/lib/vz/dump');
  const archives = () =>
    readdirSync(dump())
      .filter((name) => /\.vma(-inc)?(\.zst)?$/.test(name))
      .map((name) => `local:backup/${name}`);
  const files = (...words: string[]) => box.run('pave', 'backup', 'files', ...words);
  const rows = async (...words: string[]) => {
    const { code, stdout, stderr } = await files(...words, '--output-format', 'json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { path: string; type: string; size?: number; label?: string }[];
  };
  const vzdump = async (...words: string[]) => {
    const before = new Set(existsSync(dump()) ? archives() : []);
    const result = await box.run('vzdump', '100', ...words);
    expect(result.code, result.stderr + result.stdout).toBe(0);
    return archives().find((name) => !before.has(name))!;
  };

  const clean = () => {
    expect(readdirSync(join(box.root, 'run/pave')).filter((name) => /^files-/.test(name))).toEqual(
      [],
    );
    expect(readdirSync(join(box.root, 'run/pave/files'))).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(box.root);
    expect(
      existsSync(join(box.root, 'var/tmp')) ? readdirSync(join(box.root, 'var/tmp')) : [],
    ).toEqual([]);
  };
  /** nbdfuse processes of this sandbox. */
  const servers = () =>
    readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.startsWith('nbdfuse') && line.includes(box.root);
      } catch {
        return false;
      }
    });

  /** Partition 1 FAT with a file, partition 2 ext4 with a tree, partition 3 of no kind. */
  function makeDisk(path: string, greeting: string): void {
    const work = join(box.root, 'work');
    execFileSync('rm', ['-rf', work]);
    mkdirSync(join(work, 'tree/etc/deep er'), { recursive: true });
    writeFileSync(join(work, 'tree/etc/hostname'), greeting);
    writeFileSync(join(work, 'tree/etc/deep er/big'), Buffer.alloc(3 * MIB, 'pave'));
    execFileSync('ln', ['-s', 'hostname', join(work, 'tree/etc/link')]);
    writeFileSync(join(work, 'tree/..%esc'), 'out');
    chmodSync(join(work, 'tree/etc/deep er'), 0o750);
    chmodSync(join(work, 'tree/etc/hostname'), 0o640);
    chownSync(join(work, 'tree/etc/hostname'), 33, 33);
    utimesSync(join(work, 'tree/etc/hostname'), 1_000_000_000, 1_000_000_000);
    const ext = join(work, 'ext.img');
    execFileSync('truncate', ['-s', '32M', ext]);
    execFileSync('mkfs.ext4', [
      '-q',
      '-O',
      '^metadata_csum',
      '-L',
      'root',
      '-d',
      join(work, 'tree'),
      ext,
    ]);
    const fat = join(work, 'fat.img');
    execFileSync('truncate', ['-s', '16M', fat]);
    execFileSync('mformat', ['-i', fat, '-v', 'BOOT', '::']);
    execFileSync('mcopy', ['-i', fat, join(work, 'tree/etc/hostname'), '::/Boot Note.txt']);
    const table =
      'label: dos\nstart=2048, size=32768, type=c\nstart=34816, size=65536, type=83\nsize=8192\n';
    execFileSync('sfdisk', ['-q', path], { input: table });
    for (const [image, mib] of [
      [fat, 1],
      [ext, 17],
    ] as const)
      execFileSync(
        'dd',
        [`if=${image}`, `of=${path}`, 'bs=1M', `seek=${mib}`, 'conv=notrunc,sparse'],
        { stdio: 'ignore' },
      );
  }

  beforeAll(async () => {
    box = sandbox();
    await box.ok('create', '100', '--scsi0', 'local:1', '--kvm', '0');
    disk = join(box.root, 'var/lib/vz/images/100/vm-100-disk-0.raw');
    makeDisk(disk, 'first\n');
  }, 900_000);
  afterAll(() => box.dispose());

  it('lists disks, partitions and folders, and extracts files and trees', async () => {
    const archive = await vzdump('--compress', '0');
    expect(await rows(archive)).toEqual([
      { path: 'drive-scsi0/1/', type: 'vfat', size: 16 * MIB, label: 'BOOT' },
      { path: 'drive-scsi0/2/', type: 'ext4', size: 32 * MIB, label: 'root' },
      { path: 'drive-scsi0/3/', type: 'unknown', size: 4 * MIB },
    ]);
    const etc = await rows(archive, 'scsi0/2/etc');
    expect(etc.sort((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: 'drive-scsi0/2/etc/deep er', type: 'directory' },
      { path: 'drive-scsi0/2/etc/hostname', type: 'file', size: 6 },
      { path: 'drive-scsi0/2/etc/link', type: 'symlink' },
    ]);
    expect(await rows(archive, 'scsi0/1/')).toEqual([
      { path: 'drive-scsi0/1/Boot Note.txt', type: 'file' },
    ]);
    const to = join(box.root, 'out');
    const { code, stderr } = await files(
      archive,
      'scsi0/2/etc',
      'scsi0/1/Boot Note.txt',
      '--to',
      '/out',
    );
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(to, 'etc/hostname'), 'utf8')).toBe('first\n');
    expect(readFileSync(join(to, 'etc/deep er/big'))).toEqual(Buffer.alloc(3 * MIB, 'pave'));
    expect(readFileSync(join(to, 'Boot Note.txt'), 'utf8')).toBe('first\n');
    expect(readlinkSync(join(to, 'etc/link'))).toBe('hostname');
    const host = statSync(join(to, 'etc/hostname'));
    expect([host.mode & 0o7777, host.uid, host.mtimeMs / 1000]).toEqual([0o640, 33, 1_000_000_000]);
    expect(statSync(join(to, 'etc/deep er')).mode & 0o7777).toBe(0o750);
    clean();
  });

  it('takes wildcards', async () => {
    const [archive] = archives();
    const found = await rows(archive!, 'scsi0/2/e*/h*', 'scsi0/1/*.txt');
    expect(found.map(({ path }) => path)).toEqual([
      'drive-scsi0/2/etc/hostname',
      'drive-scsi0/1/Boot Note.txt',
    ]);
    const { code, stderr } = await files(archive!, 'scsi0/2/etc/[!d]*', '--to', '/some');
    expect(code, stderr).toBe(0);
    expect(readdirSync(join(box.root, 'some')).sort()).toEqual(['hostname', 'link']);
    expect((await files(archive!, 'scsi0/2/x*')).stderr).toContain(
      "'scsi0/2/x*' is not in the backup",
    );
  });

  it('lets no name of the guest lead out of the folder', async () => {
    const before = readFileSync(disk);
    const bad = Buffer.from(before);
    // A name that no kernel would give: `../esc` in place of `..%esc`.
    const at = bad.indexOf('..%esc');
    expect(at).toBeGreaterThan(0);
    bad.write('/', at + 2);
    writeFileSync(disk, bad);
    const archive = await vzdump('--compress', '0');
    writeFileSync(disk, before);
    const { code, stderr } = await files(archive, 'scsi0/2/', '--to', '/safe');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('left out, no name for a file: "../esc"');
    expect(existsSync(join(box.root, 'esc'))).toBe(false);
    expect(readdirSync(join(box.root, 'safe')).sort()).toEqual(['etc', 'lost+found']);
  });

  /** Kills it while `reader`, a script in place of the program that reads, is at work for ever. */
  async function killedWhileReading(program: string, script: string, ...words: string[]) {
    const bin = join(box.root, 'bin');
    const sign = join(box.root, 'sign');
    execFileSync('rm', ['-rf', bin, sign]);
    mkdirSync(bin);
    const forever = `echo $$ >${sign}\nexec sleep 3600`;
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n${forever}\n`, { mode: 0o755 });
    const tool = new URL('../../bin/pave', import.meta.url).pathname;
    const child = spawn(tool, ['backup', 'files', ...words], {
      env: { ...box.env, PATH: `${bin}:${box.env.PATH}` },
      stdio: 'ignore',
    });
    const over = new Promise((done) => child.once('close', done));
    await until(
      () => existsSync(sign) && readFileSync(sign, 'utf8').endsWith('\n'),
      600,
      'it to read',
    );
    const reader = Number(readFileSync(sign, 'utf8'));
    expect(servers()).toHaveLength(1);
    child.kill('SIGKILL');
    await over;
    await until(() => servers().length === 0 && !isAlive(reader), 300, 'its programs to end');
    clean();
  }

  it('killed leaves nothing mounted, and no program that reads', async () => {
    await killedWhileReading('debugfs', '', archives()[0]!, 'scsi0/2/etc');
    const iso = join(box.root, 'iso.raw');
    execFileSync('genisoimage', ['-quiet', '-R', '-o', iso, join(box.root, 'work/tree')], {
      stdio: 'pipe',
    });
    const made = await box.run(
      'vma',
      'create',
      '/iso.vma',
      '-d',
      'format=raw:drive-scsi0=/iso.raw',
    );
    expect(made.code, made.stderr).toBe(0);
    // What it is asked before it is to give the folder.
    const script =
      'case "$*" in *tar-out*) ;; *) printf "st_mode: 16877\\nftyp: r\\nname: a\\n"; exit;; esac';
    const to = ['--to', '/killed'];
    await killedWhileReading('guestfish', script, '/iso.vma', 'scsi0/0/etc', ...to);
  });

  it('reads packed archives and increments with their parents', async () => {
    await vzdump('--compress', 'zstd', '--fullbackup', '3');
    makeDisk(disk, 'second\n');
    const increment = await vzdump('--compress', 'zstd', '--fullbackup', '3');
    expect(increment).toMatch(/\.vma-inc\.zst$/);
    expect(statSync(join(dump(), increment.slice(13))).size).toBeGreaterThan(0);
    const { code, stderr } = await files(increment, 'scsi0/2/etc/hostname', '--to', '/second');
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(box.root, 'second/hostname'), 'utf8')).toBe('second\n');
    expect(readdirSync(join(box.root, 'var/tmp'))).toEqual([]);
  });

  it('says what it cannot do', async () => {
    const archive = archives()[0]!;
    const why = async (...words: string[]) => {
      const { code, stderr } = await files(...words);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await why(archive, 'scsi7/1/')).toContain('no such disk in the backup: scsi7/1/');
    expect(await why(archive, 'scsi0/9/')).toContain('drive-scsi0 has no partition 9');
    expect(await why(archive, 'scsi0/3/x')).toContain('holds no known file system');
    expect(await why(archive, 'scsi0/2/nope')).toContain("'scsi0/2/nope' is not in the backup");
    expect(await why(archive, 'scsi0/1/nope')).toContain("'scsi0/1/nope' is not in the backup");
    expect(await why(archive, '--to', '/x')).toContain('--to needs the paths');
    expect(await why('local:backup/vzdump-qemu-1-2026_01_01-00_00_00.vma')).toContain(
      'does not exist',
    );
    expect(existsSync(join(box.root, 'x'))).toBe(false);
  });
});
