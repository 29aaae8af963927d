/** Every option of a disk, as QEMU has it and as the guest sees it. */
import { execFileSync } from 'node:child_process';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, qmp } from './qmp.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

const DISKS: [key: string, options: string][] = [
  ['scsi1', 'cache=none,aio=native,discard=on,ssd=1,serial=one%20two,wwn=0x5000c500a1b2c3d4'],
  ['scsi2', 'cache=writethrough,aio=threads,vendor=PAVE,product=DISK'],
  ['scsi3', 'cache=directsync,aio=native,detect_zeroes=0,rerror=ignore,werror=report'],
  ['scsi4', 'cache=unsafe,iothread=1,queues=3'],
  ['scsi5', 'cache=writeback,mbps_wr=2,mbps_wr_max=3,bps_wr_max_length=2,iops_rd=500'],
  ['scsi6', 'mbps=20,mbps_max=40,iops=1000,iops_max=2000,iops_max_length=5,ro=1'],
  ['virtio0', 'serial=virt0,iothread=1,discard=on,ro=1'],
  ['virtio1', 'bps_rd=1048576,bps_wr=2097152'],
];

describe('disks', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let serial: Serial;
  let loop: string | undefined;
  let blocks: Map<string, Answer>;
  const image = (n: number) => join(box.root, `var/lib/vz/images/100/vm-100-disk-${n}.raw`);

  /** What the guest says to a command line. */
  async function guest(command: string): Promise<string> {
    serial.text = '';
    serial.type(`{ ${command}; } >/run/out 2>&1; echo "[<$(tr '\\n' '|' </run/out)>]"`);
    await serial.waitFor(/\n\[<[^\n]*>\]/);
    return /\n\[<([^\n]*)>\]/.exec(serial.text)![1]!.replace(/\|$/, '');
  }

  /** Where the guest has a disk of ours: by its place on the bus. */
  const block = (lun: number) =>
    `$(ls -d /sys/block/sd*/device/../*:0:0:${lun} | grep -o 'sd[a-z]*')`;

  beforeAll(async () => {
    box = sandbox();
    const boot = guestImage(box);
    await box.ok('create', '100', ...guestOptions(boot), '--scsihw', 'virtio-scsi-single');
    const back = join(box.root, 'back.img');
    writeFileSync(back, 'a device of the host');
    truncateSync(back, 3 << 20);
    try {
      loop = execFileSync('losetup', ['--find', '--show', back], { encoding: 'utf8' }).trim();
    } catch {
      // No loop devices here: the test that needs one is skipped by name.
    }
    for (const [key, options] of DISKS)
      await box.ok('set', '100', `--${key}`, `local:0.0625,${options}`);
    if (loop !== undefined) await box.ok('set', '100', '--scsi7', `${loop},serial=looped`);
    await box.ok('start', '100');
    serial = new Serial(box, 100);
    await serial.ready();
    const all: Answer[] = await qmp(box, 100, 'query-block');
    blocks = new Map(all.map((info) => [info.qdev, info]));
  }, 600_000);
  afterAll(() => {
    serial?.close();
    box?.dispose();
    if (loop !== undefined) execFileSync('losetup', ['--detach', loop]);
  });

  it('have the cache mode asked for', async () => {
    const nodes: Answer[] = await qmp(box, 100, 'query-named-block-nodes');
    const file = (n: number) => nodes.find((node) => node.file === image(n) && node.drv === 'file');
    const modes = [1, 2, 3, 4, 5].map((n) => {
      const { direct, 'no-flush': noFlush } = file(n).cache;
      return { direct, noFlush, writeback: blocks.get(`scsi${n}`).inserted.cache.writeback };
    });
    expect(modes).toEqual([
      { direct: true, noFlush: false, writeback: true },
      { direct: false, noFlush: false, writeback: false },
      { direct: true, noFlush: false, writeback: false },
      { direct: false, noFlush: true, writeback: true },
      { direct: false, noFlush: false, writeback: true },
    ]);
    expect(file(1).detect_zeroes).toBe('unmap');
    expect(file(2).detect_zeroes).toBe('on');
    expect(file(3).detect_zeroes).toBe('off');
    expect(await guest(`cat /sys/block/${block(1)}/queue/write_cache`)).toBe('write back');
    expect(await guest(`cat /sys/block/${block(2)}/queue/write_cache`)).toBe('write through');
  });

  it('have names, speeds and rights in the guest', async () => {
    expect(await guest(`cat /sys/block/${block(1)}/queue/rotational`)).toBe('0');
    expect(await guest(`cat /sys/block/${block(2)}/queue/rotational`)).toBe('1');
    expect(await guest(`tail -c +5 /sys/block/${block(1)}/device/vpd_pg80`)).toContain('one two');
    expect(await guest(`cat /sys/block/${block(1)}/device/wwid`)).toBe('naa.5000c500a1b2c3d4');
    expect(await guest(`cat /sys/block/${block(2)}/device/vendor`)).toMatch(/^PAVE/);
    expect(await guest(`cat /sys/block/${block(2)}/device/model`)).toMatch(/^DISK/);
    expect(await guest('cat /sys/block/vda/serial')).toBe('virt0');
    expect(await guest('cat /sys/block/vda/ro')).toBe('1');
    expect(await guest(`cat /sys/block/${block(6)}/ro`)).toBe('1');
    expect(blocks.get('scsi6').inserted.ro).toBe(true);
    expect(await guest('dd if=/dev/zero of=/dev/vda count=1')).toMatch(/not permitted|Read-only/);
  });

  it('have their own threads, queues and answers to errors', async () => {
    const threads: Answer[] = await qmp(box, 100, 'query-iothreads');
    expect(threads.map(({ id }) => id).sort()).toEqual([
      'iothread-virtio0',
      'iothread-virtioscsi4',
    ]);
    const queues = { path: '/machine/peripheral/virtioscsi4', property: 'num_queues' };
    expect(await qmp(box, 100, 'qom-get', queues)).toBe(3);
    const policy = (property: string) =>
      qmp(box, 100, 'qom-get', { path: '/machine/peripheral/scsi3', property });
    expect([await policy('rerror'), await policy('werror')]).toEqual(['ignore', 'report']);
  });

  it('are slowed down, bursts included', async () => {
    const limits = async (key: string) => {
      const all: Record<string, number> = await qmp(box, 100, 'qom-get', {
        path: `/objects/throttle-drive-${key}`,
        property: 'limits',
      });
      const usual = ([name, value]: [string, number]) =>
        value !== (name.endsWith('-length') ? 1 : 0);
      return Object.fromEntries(Object.entries(all).filter(usual));
    };
    expect(await limits('scsi5')).toEqual({
      'bps-write': 2 << 20,
      'bps-write-max': 3 << 20,
      'bps-write-max-length': 2,
      'iops-read': 500,
    });
    expect(await limits('scsi6')).toEqual({
      'bps-total': 20 << 20,
      'bps-total-max': 40 << 20,
      'iops-total': 1000,
      'iops-total-max': 2000,
      'iops-total-max-length': 5,
    });
    expect(await limits('virtio1')).toEqual({ 'bps-read': 1 << 20, 'bps-write': 2 << 20 });
    // QEMU's bucket holds 3 MiB * 2 s and leaks 2 MiB a second: at 3 MiB a second it is full after some
    // 18 MiB in 6 s, and the last 6 MiB go at 2 MiB a second. Hundredths of a second, a tenth of it spare.
    const write = `dd if=/dev/zero of=/dev/${block(5)} bs=64k count=384 oflag=direct`;
    const now = "$(cut -d' ' -f1 /proc/uptime | tr -d .)";
    const spent = await guest(`a=${now}; ${write}; echo $((${now}-a)) | tail -n 1`);
    expect(Number(spent.split('|').at(-1))).toBeGreaterThanOrEqual(800);
  });

  it('give back what the guest discards, where asked to', async () => {
    const fill = async (lun: number) => {
      const disk = `/dev/${block(lun)}`;
      await guest(`dd if=/dev/urandom of=${disk} bs=1M count=8 oflag=direct; sync`);
      const before = statSync(image(lun)).blocks * 512;
      await guest(`blkdiscard ${disk}; sync`);
      return { before, after: statSync(image(lun)).blocks * 512 };
    };
    const kept = await fill(3);
    const given = await fill(1);
    expect(kept.before).toBeGreaterThanOrEqual(8 << 20);
    expect(kept.after).toBe(kept.before);
    expect(given.before).toBeGreaterThanOrEqual(8 << 20);
    expect(given.after).toBeLessThan(1 << 20);
  });

  it('can be block devices of the host', async (ctx) => {
    if (loop === undefined) ctx.skip('there are no loop devices');
    const nodes: Answer[] = await qmp(box, 100, 'query-named-block-nodes');
    const opened = nodes.filter((node) => node.file === loop).map(({ drv }) => drv);
    expect(opened).toContain('host_device');
    expect(await guest(`head -c 20 /dev/${block(7)}`)).toBe('a device of the host');
    const missing = await box.qm('set', '100', '--scsi8', '/dev/none');
    expect(missing.stderr).toContain("scsi8: '/dev/none' does not exist");
  });

  it('refuse limits that make no sense', async () => {
    const set = async (text: string) => (await box.qm('set', '100', '--scsi9', text)).stderr;
    expect(await set('local:1,mbps_rd=10,mbps_rd_max=5')).toContain(
      'scsi9: mbps_rd_max must not be less than the limit it goes beyond',
    );
    expect(await set('local:1,iops_max=5')).toContain('scsi9: iops_max requires iops');
    expect(await set('local:1,mbps=1,mbps_rd=1')).toContain('mbps does not go with mbps_rd');
    expect(box.images().filter((name) => name.startsWith('100/'))).toHaveLength(DISKS.length + 1);
  });
});
