/** What qmrestore and qm create are told about where a machine goes, and block devices as targets. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, sandbox } from './sandbox.js';

describe('a machine out of an archive', { timeout: 900_000 }, () => {
  let box: Sandbox;
  const ARCHIVE = '/backup.vma';
  const MAC = 'BC:24:11:00:00:01';
  const UUID = '11111111-2222-3333-4444-555555555555';
  const users = () => readFileSync(join(box.root, 'etc/pve/user.cfg'), 'utf8');
  const same = (a: string, b: string) =>
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', a, b], { stdio: 'pipe' });

  beforeAll(async () => {
    box = sandbox();
    mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
    mkdirSync(join(box.root, 'second/images'), { recursive: true });
    writeFileSync(join(box.root, 'etc/pve/user.cfg'), 'pool:one::105:local:\npool:two:::local:\n');
    expect(
      await box.run('pvesm', 'add', 'dir', 'second', '--path', '/second', '--content', 'images'),
    ).toMatchObject({ code: 0 });
    const disk = join(box.root, 'a.raw');
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', disk, '16M']);
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 7 3M 2M', disk], { stdio: 'pipe' });
    writeFileSync(join(box.root, 'state.bin'), Buffer.alloc(1 << 20, 9));
    writeFileSync(join(box.root, 'qemu-server.fw'), '[OPTIONS]\n\nenable: 1\n');
    writeFileSync(
      join(box.root, 'qemu-server.conf'),
      `memory: 64\nname: back\nnet0: virtio=${MAC},bridge=vmbr0\nsmbios1: uuid=${UUID}\nscsi0: local:100/vm-100-disk-0.raw,size=16M\nvmgenid: ${UUID}\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n`,
    );
    const { code, stderr } = await box.run(
      ...['vma', 'create', ARCHIVE, '-c', '/qemu-server.conf', '-c', '/qemu-server.fw'],
      ...['-d', 'format=raw:drive-scsi0=/a.raw', '-d', 'format=raw:vmstate=/state.bin'],
    );
    expect(`${code} ${stderr}`).toBe('0 ');
  }, 900_000);
  afterAll(() => box.dispose());

  it('with saved memory, to another storage, into a pool, unlike the original', async () => {
    const { code, stdout, stderr } = await box.run(
      ...['qmrestore', ARCHIVE, '200', '--storage', 'second', '--pool', 'one'],
      ...['--unique', '1', '--bwlimit', '1000000'],
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('rate limit for storage second: 1000000 KiB/s');
    const config = box.config(200)!;
    expect(config).toMatch(/^scsi0: second:200\/vm-200-disk-0\.raw,size=16M$/m);
    expect(config).toMatch(/^net0: virtio=(?:[0-9A-F]{2}:){5}[0-9A-F]{2},bridge=vmbr0$/m);
    for (const former of [MAC, UUID, 'vmstate', 'lock:', '#qmdump']) {
      expect(config).not.toContain(former);
    }
    same(join(box.root, 'a.raw'), join(box.root, 'second/images/200/vm-200-disk-0.raw'));
    expect(users()).toContain('pool:one::105,200:local:');
    expect(readFileSync(join(box.root, 'etc/pve/firewall/200.fw'), 'utf8')).toContain('enable: 1');
    const kept = await box.run('qmrestore', ARCHIVE, '201');
    expect(kept.code, kept.stderr).toBe(0);
    expect(box.config(201)).toContain(`net0: virtio=${MAC},bridge=vmbr0\n`);
    expect(box.config(201)).toContain(`smbios1: uuid=${UUID}\n`);
    // Never the same machine to its guest.
    expect(box.config(201)).not.toContain(`vmgenid: ${UUID}`);
  });

  it('is refused before anything is made where it cannot go', async () => {
    const refused = async (reason: RegExp, ...words: string[]) => {
      const { code, stderr } = await box.run('qmrestore', ARCHIVE, '202', ...words);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(reason);
      expect(box.config(202)).toBeUndefined();
    };
    await refused(/storage 'nowhere' does not exist/, '--storage', 'nowhere');
    await refused(/pool 'none' does not exist/, '--pool', 'none');
    await refused(/^ha-managed: /m, '--ha-managed', '1');
    await refused(/'\/no\/where' is no folder/, '--live-restore', '1', '--tmpdir', '/no/where');
    expect(users()).not.toContain('202');
  });

  it('is unpacked onto a block device, over what was there', () => {
    const backing = join(box.root, 'loop.img');
    writeFileSync(backing, Buffer.alloc(16 << 20, 0xee));
    const loop = execFileSync('losetup', ['-f', '--show', backing], { encoding: 'utf8' }).trim();
    try {
      writeFileSync(join(box.root, 'map'), `format=raw:1:drive-scsi0=${loop}\nskip=vmstate\n`);
      const tool = new URL('../../bin/vma', import.meta.url).pathname;
      execFileSync(tool, ['extract', '-r', '/map', ARCHIVE, '/out'], {
        env: box.env,
        stdio: 'pipe',
      });
      same(join(box.root, 'a.raw'), loop);
      // A device that is too small is refused, and keeps what it has.
      execFileSync('truncate', ['-s', '8M', backing]);
      execFileSync('losetup', ['-c', loop]);
      const before = readFileSync(backing);
      expect(() =>
        execFileSync(tool, ['extract', '-r', '/map', ARCHIVE, '/out2'], {
          env: box.env,
          stdio: 'pipe',
        }),
      ).toThrow(/has 8388608 bytes where the disk has 16777216/);
      expect(readFileSync(backing).equals(before)).toBe(true);
    } finally {
      execFileSync('losetup', ['-d', loop]);
    }
  });
});

describe('qm create', { timeout: 900_000 }, () => {
  it('puts a machine into a pool, and imports at the pace it is told', async () => {
    const box = sandbox();
    try {
      mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
      const users = () => readFileSync(join(box.root, 'etc/pve/user.cfg'), 'utf8');
      writeFileSync(join(box.root, 'etc/pve/user.cfg'), 'pool:one::105:local:\n');
      writeFileSync(join(box.root, 'src.raw'), Buffer.alloc(1 << 20, 5));
      const disk = ['--scsi0', 'local:0,import-from=/src.raw'];
      const wrong = await box.qm('create', '100', '--pool', 'none', ...disk);
      expect(wrong.stderr).toContain("pool: pool 'none' does not exist");
      expect(box.config(100)).toBeUndefined();
      const told = await box.ok('create', '100', '--pool', 'one', '--bwlimit', '5000', ...disk);
      expect(told).toContain('limited to 5000 KiB/s');
      expect(users()).toBe('pool:one::105,100:local:\n');
      const shown = await box.qm('create', '101', '--bwlimit', '5000', ...disk, '--dry-run');
      expect(shown.stdout + shown.stderr).toMatch(/qemu-img convert .*-r 5000K/);
      // Without it the storages' own limits hold, and 0 takes them away.
      await box.run('pvesm', 'set', 'local', '--bwlimit', 'clone=7000');
      expect(await box.ok('create', '102', ...disk)).toContain('limited to 7000 KiB/s');
      expect(await box.ok('create', '103', '--bwlimit', '0', ...disk)).not.toContain('limited');
      // What fails is in no pool.
      const failed = await box.qm(
        'create',
        '104',
        '--pool',
        'one',
        '--scsi0',
        'local:0,import-from=/no',
      );
      expect(failed.code).not.toBe(0);
      expect(users()).toBe('pool:one::105,100:local:\n');
    } finally {
      box.dispose();
    }
  });
});
