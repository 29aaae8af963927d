/** `pvesm` as a process, on folders: the texts scripts parse, and what every option of `dir` does. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, sandbox, until } from './sandbox.js';

describe('pvesm', { timeout: 600_000 }, () => {
  let box: Sandbox;
  const at = (path: string) => join(box.root, path);
  const pvesm = (...args: string[]) => box.run('pvesm', ...args);
  const ok = async (...args: string[]) => {
    const result = await pvesm(...args);
    expect(`${result.code} ${result.stderr}`.trim(), args.join(' ')).toBe('0');
    return result.stdout;
  };
  const fails = async (...args: string[]) => {
    const result = await pvesm(...args);
    expect(result.code, args.join(' ')).not.toBe(0);
    expect(result.stderr).not.toMatch(/\n {4}at /);
    return result.stderr;
  };
  const config = () => readFileSync(at('etc/pve/storage.cfg'), 'utf8');

  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.dispose());

  it('prints its tables to the column', async () => {
    await ok('add', 'dir', 'a-long-name', '--path', '/data', '--content', 'images,iso,backup');
    await ok('add', 'dir', 'off', '--path', '/off', '--disable', '1');
    const status = (await ok('status')).split('\n');
    expect(status[0]).toBe(
      'Name               Type     Status     Total (KiB)      Used (KiB) Available (KiB)        %',
    );
    expect(status[1]).toMatch(/^a-long-name {9}dir {5}active( +\d+){3} +\d+\.\d\d%$/);
    expect(status[1]).toHaveLength(status[0]!.length);
    expect(status[3]).toBe(
      'off                 dir   disabled               0               0               0      N/A',
    );
    expect(await ok('list', 'a-long-name')).toBe('Volid Format  Type      Size VMID\n');
    expect(await ok('alloc', 'a-long-name', '100', '', '4M', '--format', 'qcow2')).toBe(
      "successfully created 'a-long-name:100/vm-100-disk-0.qcow2'\n",
    );
    expect(await ok('alloc', 'a-long-name', '100', 'vm-100-data.raw', '1024')).toBe(
      "successfully created 'a-long-name:100/vm-100-data.raw'\n",
    );
    writeFileSync(at('data/template/iso/cd.iso'), 'x'.repeat(700));
    expect(await ok('list', 'a-long-name')).toBe(
      [
        'Volid                               Format  Type         Size VMID',
        'a-long-name:100/vm-100-data.raw     raw     images    1048576 100',
        'a-long-name:100/vm-100-disk-0.qcow2 qcow2   images    4194304 100',
        'a-long-name:iso/cd.iso              iso     iso           700',
        '',
      ].join('\n'),
    );
    expect(await ok('list', 'a-long-name', '--content', 'iso')).not.toContain('qcow2');
    expect(await ok('list', 'a-long-name', '--vmid', '101')).not.toContain('vm-100');
    expect(await ok('path', 'a-long-name:100/vm-100-disk-0.qcow2')).toBe(
      `${at('data/images/100/vm-100-disk-0.qcow2')}\n`,
    );
    expect(await ok('free', 'a-long-name:100/vm-100-data.raw')).toBe(
      "Removed volume 'a-long-name:100/vm-100-data.raw'\n",
    );
    expect(existsSync(at('data/images/100/vm-100-data.raw'))).toBe(false);
    expect(await fails('alloc', 'a-long-name', '100', 'vm-100-disk-0.qcow2', '4M')).toContain(
      'already exists',
    );
    expect(await fails('alloc', 'nowhere', '100', '', '4M')).toContain(
      "storage 'nowhere' does not exist",
    );
    expect(await fails('path', 'nonsense')).toContain("unable to parse volume ID 'nonsense'");
  });

  it('makes disks side by side without a name twice', async () => {
    const made = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(() => ok('alloc', 'local', '100', '', '1M')),
    );
    expect(new Set(made).size).toBe(6);
    expect(box.images()).toHaveLength(6);
  });

  it('adds, changes and removes sections, and touches no other byte', async () => {
    mkdirSync(at('etc/pve'), { recursive: true });
    const other =
      '# mine\nnfs: far\n\tserver 10.0.0.1\n\texport /x\n\tpath /mnt/far\n\tfuture-key 7\n\n';
    writeFileSync(at('etc/pve/storage.cfg'), other);
    await ok('add', 'dir', 'big', '--path', '/data//x/', '--content', 'images', '--shared', '1');
    expect(config()).toBe(`${other}dir: big\n\tpath /data/x\n\tcontent images\n\tshared 1\n\n`);
    expect(await fails('add', 'dir', 'big', '--path', '/y')).toContain(
      "storage ID 'big' already defined",
    );
    expect(await fails('add', 'dir', 'bad', '--path', '/a b')).toContain('path');
    expect(await fails('set', 'big', '--path', '/z')).toMatch(/path/);
    const digest = execFileSync('sha1sum', [at('etc/pve/storage.cfg')], { encoding: 'utf8' }).slice(
      0,
      40,
    );
    await ok('set', 'big', '--content', 'images,iso', '--nodes', 'n1,n2', '--digest', digest);
    expect(config()).toBe(
      `${other}dir: big\n\tpath /data/x\n\tcontent images,iso\n\tnodes n1,n2\n\tshared 1\n\n`,
    );
    expect(await fails('set', 'big', '--disable', '1', '--digest', digest)).toContain(
      'detected modified configuration - file changed by other user? Try again.',
    );
    await ok('set', 'big', '--delete', 'nodes,shared');
    expect(config()).toBe(`${other}dir: big\n\tpath /data/x\n\tcontent images,iso\n\n`);
    await ok('remove', 'big');
    expect(config().trimEnd()).toBe(other.trimEnd());
    expect(existsSync(at('data/x/images'))).toBe(true);
    expect(await fails('remove', 'big')).toContain("storage 'big' does not exist");
  });

  it('no value begins another line', async () => {
    const said = await fails(
      'add',
      'dir',
      'x1',
      '--path',
      '/x\n\tnodes n2',
      '--preallocation',
      'off',
    );
    expect(said).toContain('path: is one line only');
    expect(existsSync(at('etc/pve/storage.cfg'))).toBe(false);
  });

  it('many changes at once lose none', async () => {
    const results = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => pvesm('add', 'dir', `s${n}`, '--path', `/data/${n}`)),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    const found = [...config().matchAll(/^dir: (\S+)$/gm)].map((match) => match[1]);
    expect(found.sort()).toEqual(['s1', 's2', 's3', 's4', 's5', 's6']);
    expect(readdirSync(at('etc/pve/priv/lock'))).toEqual([]);
  });

  describe('options of dir', () => {
    it('is_mountpoint: refuses while nothing is mounted there', async () => {
      mkdirSync(at('mnt/usb'), { recursive: true });
      const reason =
        "unable to activate storage 'usb' - directory is expected to be a mount point but is not mounted: '/mnt/usb'";
      const add = [
        'add',
        'dir',
        'usb',
        '--path',
        '/mnt/usb',
        '--is_mountpoint',
        'yes',
        '--content',
        'images',
      ];
      expect(await fails(...add)).toContain(reason);
      expect(existsSync(at('etc/pve/storage.cfg'))).toBe(false);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'pave-test', at('mnt/usb')]);
      try {
        await ok(...add);
        expect(await ok('status')).toMatch(/^usb +dir +active/m);
        await ok('alloc', 'usb', '100', '', '1M');
      } finally {
        execFileSync('umount', [at('mnt/usb')]);
      }
      // Nothing may now land in the folder below the mount.
      expect(await fails('alloc', 'usb', '100', '', '1M')).toContain(reason);
      expect(await fails('list', 'usb')).toContain(reason);
      expect(await fails('free', 'usb:100/vm-100-disk-0.raw')).toContain(reason);
      const status = await pvesm('status');
      expect(status.code).toBe(0);
      expect(status.stdout).toMatch(/^usb +dir +inactive/m);
      expect(status.stderr).toContain(reason);
      expect(readdirSync(at('mnt/usb'))).toEqual([]);
      // A path of its own instead of yes.
      await ok('set', 'usb', '--is_mountpoint', '/mnt');
      expect(await fails('alloc', 'usb', '100', '', '1M')).toContain("not mounted: '/mnt'");
      await ok('set', 'usb', '--is_mountpoint', 'no');
      await ok('alloc', 'usb', '100', '', '1M');
    });

    it('create-base-path, create-subdirs and mkdir: what may be made', async () => {
      const missing = "directory '/data' does not exist or is unreachable";
      for (const option of ['create-base-path', 'mkdir']) {
        expect(await fails('add', 'dir', 'st', '--path', '/data', `--${option}`, '0')).toContain(
          missing,
        );
        expect(existsSync(at('data'))).toBe(false);
      }
      mkdirSync(at('data'));
      for (const option of ['create-subdirs', 'mkdir']) {
        await ok(
          'add',
          'dir',
          'st',
          '--path',
          '/data',
          `--${option}`,
          '0',
          '--content',
          'iso,images',
        );
        expect(readdirSync(at('data'))).toEqual([]);
        await ok('remove', 'st');
      }
      await ok('add', 'dir', 'st', '--path', '/data', '--content', 'iso,images,rootdir');
      expect(readdirSync(at('data')).sort()).toEqual(['dump', 'images', 'private', 'template']);
    });

    it('content-dirs: folders of their own, none shared by two', async () => {
      await ok(
        'add',
        'dir',
        'st',
        '--path',
        '/data',
        '--content',
        'images,iso',
        '--content-dirs',
        'images=vm/disks,iso=cds',
      );
      await ok('alloc', 'st', '100', '', '1M');
      expect(readdirSync(at('data/vm/disks/100'))).toEqual(['vm-100-disk-0.raw']);
      expect(await ok('path', 'st:iso/a.iso')).toBe(`${at('data/cds/a.iso')}\n`);
      expect(
        await fails(
          'add',
          'dir',
          'yy',
          '--path',
          '/other',
          '--content',
          'images,iso',
          '--content-dirs',
          'images=same,iso=same',
        ),
      ).toContain('for multiple content types');
      expect(config()).not.toContain('dir: yy');
    });

    it('preallocation: how much of a new image is taken', async () => {
      await ok('add', 'dir', 'st', '--path', '/data', '--content', 'images');
      const used = async (format: string) => {
        const volid = /'(.*)'/.exec(
          await ok('alloc', 'st', '100', '', '8M', '--format', format),
        )![1]!;
        const { blocks } = statSync((await ok('path', volid)).trim());
        await ok('free', volid);
        return blocks * 512;
      };
      expect(await used('raw')).toBeLessThan(1 << 20);
      await ok('set', 'st', '--preallocation', 'falloc');
      expect(await used('raw')).toBeGreaterThanOrEqual(8 << 20);
      expect(await used('qcow2')).toBeGreaterThanOrEqual(8 << 20);
      await ok('set', 'st', '--preallocation', 'full');
      expect(await used('raw')).toBeGreaterThanOrEqual(8 << 20);
      await ok('set', 'st', '--preallocation', 'off');
      const off = await used('qcow2');
      await ok('set', 'st', '--preallocation', 'metadata');
      expect(await used('qcow2')).toBeGreaterThan(off);
      expect(await used('raw')).toBeLessThan(1 << 20);
    });

    it('nodes and disable: who may use it', async () => {
      await ok('add', 'dir', 'st', '--path', '/data', '--content', 'images', '--nodes', 'n2');
      expect(existsSync(at('data'))).toBe(false);
      expect(await fails('alloc', 'st', '100', '', '1M')).toContain(
        "storage 'st' is not available on node 'n1'",
      );
      expect(await ok('status')).toMatch(/^st +dir +disabled/m);
      await ok('set', 'st', '--nodes', 'n1,n2');
      await ok('alloc', 'st', '100', '', '1M');
      await ok('set', 'st', '--disable', '1');
      for (const args of [
        ['list', 'st'],
        ['alloc', 'st', '100', '', '1M'],
        ['free', 'st:100/vm-100-disk-0.raw'],
      ])
        expect(await fails(...args)).toContain("storage 'st' is disabled");
      expect(existsSync(at('data/images/100/vm-100-disk-0.raw'))).toBe(true);
      const create = await box.qm('create', '100', '--scsi0', 'st:1');
      expect(create.stderr).toContain("storage 'st' is disabled");
      expect(box.config(100)).toBeUndefined();
      await ok('set', 'st', '--disable', '0');
      expect(config()).not.toContain('disable');
    });

    it('shared: locks for the whole cluster, and says so', async () => {
      await ok('add', 'dir', 'st', '--path', '/data', '--content', 'images', '--shared', '1');
      const [row] = JSON.parse(await ok('status', '--storage', 'st', '--output-format', 'json'));
      expect(row).toMatchObject({ storage: 'st', shared: 1 });
      // Somebody else in the cluster works on it: the folder is the original's lock.
      mkdirSync(at('etc/pve/priv/lock/storage-st'), { recursive: true });
      const words = ['alloc', 'st', '100', '', '1M'];
      const child = spawn(join(import.meta.dirname, '../../bin/pvesm'), words, { env: box.env });
      const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
      let said = '';
      child.stderr.on('data', (text) => (said += text));
      await until(
        () => said.includes("trying to acquire cfs lock 'storage-st' ..."),
        120,
        () => `it to wait; it said: ${said}`,
      );
      expect(existsSync(at('data/images/100/vm-100-disk-0.raw'))).toBe(false);
      execFileSync('rmdir', [at('etc/pve/priv/lock/storage-st')]);
      expect(await ended).toBe(0);
      expect(existsSync(at('data/images/100/vm-100-disk-0.raw'))).toBe(true);
      expect(readdirSync(at('etc/pve/priv/lock'))).toEqual([]);
    });

    it('prune-backups and max-protected-backups: what stays', async () => {
      await ok(
        'add',
        'dir',
        'st',
        '--path',
        '/data',
        '--content',
        'backup',
        '--prune-backups',
        'keep-last=2',
      );
      const name = (day: number) => `vzdump-qemu-100-2024_01_0${day}-00_00_00.vma.zst`;
      for (const day of [1, 2, 3, 4]) writeFileSync(at(`data/dump/${name(day)}`), 'x');
      writeFileSync(at(`data/dump/${name(1)}.notes`), 'old');
      writeFileSync(at(`data/dump/${name(2)}.protected`), '');
      const preview = await ok('prune-backups', 'st', '--dry-run');
      const marks = [...preview.matchAll(/01_0(\d)\S+ +qemu\/100 +(\w+)$/gm)].map(
        ([, d, m]) => `${d} ${m}`,
      );
      expect(marks).toEqual(['1 remove', '2 protected', '3 keep', '4 keep']);
      expect(readdirSync(at('data/dump'))).toHaveLength(6);
      await ok('prune-backups', 'st');
      expect(readdirSync(at('data/dump')).sort()).toEqual(
        [name(2), `${name(2)}.protected`, name(3), name(4)].sort(),
      );
      expect(await fails('free', `st:backup/${name(2)}`)).toContain(
        `cannot remove protected volume 'backup/${name(2)}' on 'st'`,
      );
      await ok('set', 'st', '--delete', 'prune-backups');
      expect(await fails('prune-backups', 'st')).toContain('no prune-backups options configured');
      expect(await fails('set', 'st', '--prune-backups', 'keep-last=x')).toContain('prune-backups');
    });
  });
});
