/** Changes that a running VM takes at once, as the guest itself sees them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Netns, netns } from '../lib/netns.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

describe('qm set on a running VM', { timeout: 600_000 }, () => {
  let space: Netns;
  let box: Sandbox;
  let serial: Serial;

  beforeAll(async () => {
    space = netns('hotplug');
    for (const bridge of ['vmbr0', 'vmbr1']) {
      space.ip(`link add name ${bridge} type bridge`);
      space.ip(`link set ${bridge} up`);
    }
    box = sandbox({ netns: space.name });
    const image = guestImage(box);
    await box.ok('create', '100', ...guestOptions(image), '--ide2', 'none,media=cdrom');
    await box.ok('start', '100');
    serial = new Serial(box, 100);
    await serial.ready();
  }, 600_000);
  afterAll(() => {
    serial?.close();
    box?.dispose();
    space?.dispose();
  });

  let asked = 0;
  /** Runs a line in the guest until what it prints fits. */
  const guest = async (line: string, expected: RegExp) => {
    const end = performance.now() + 240_000;
    for (;;) {
      const mark = `end-${asked++}`;
      serial.text = '';
      serial.type(`${line}; echo "end"-${mark.slice(4)}`);
      await serial.waitFor(new RegExp(`${mark}\\s`));
      if (expected.test(serial.text)) return;
      if (performance.now() > end) throw new Error(`${line} shows no ${expected}:\n${serial.text}`);
      await new Promise((done) => setTimeout(done, 300));
    }
  };
  const monitor = (line: string) =>
    execFileSync(
      box.prefix[0]!,
      [...box.prefix.slice(1), join(import.meta.dirname, '../../bin/qm'), 'monitor', '100'],
      { input: `${line}\n`, env: box.env, encoding: 'utf8', stdio: 'pipe' },
    );
  const settled = () => expect(box.config(100)).not.toContain('[PENDING]');

  it('a SCSI disk: the guest finds it, writes to it, and loses it again', async () => {
    await box.ok('set', '100', '--scsi1', 'local:1,mbps_rd=10');
    expect(box.config(100)).toContain('scsi1: local:100/vm-100-disk-1.raw,mbps_rd=10,size=1G\n');
    settled();
    await guest('cat /sys/block/sdb/size', /\n2097152\s/);
    await guest(
      'echo hot-data | dd of=/dev/sdb bs=512 conv=sync,fsync 2>/dev/null; echo done',
      /\ndone/,
    );
    // Its limits change under the guest.
    await box.ok('set', '100', '--scsi1', 'local:100/vm-100-disk-1.raw,iops=200,backup=0');
    settled();
    expect(JSON.parse(monitor('qom-get /objects/throttle-drive-scsi1 limits'))).toMatchObject({
      'bps-read': 0,
      'iops-total': 200,
    });
    await box.ok('set', '100', '--delete', 'scsi1');
    settled();
    expect(box.config(100)).toContain('unused0: local:100/vm-100-disk-1.raw\n');
    await guest('ls /sys/block', /\n(?!.*sdb).*sda/);
    expect(monitor('info block')).not.toContain('drive-scsi1');
    const file = join(box.root, 'var/lib/vz/images/100/vm-100-disk-1.raw');
    expect(readFileSync(file).subarray(0, 8).toString()).toBe('hot-data');
    // And once more, gone for good.
    await box.ok('set', '100', '--scsi1', 'local:100/vm-100-disk-1.raw');
    await guest('head -c 8 /dev/sdb', /hot-data/);
    await box.ok('set', '100', '--delete', 'scsi1', '--force', '1');
    expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    settled();
  });

  it('a virtio disk with a thread of its own comes and goes', async () => {
    await box.ok('set', '100', '--virtio1', 'local:1,iothread=1');
    settled();
    await guest('cat /sys/block/vda/size', /\n2097152\s/);
    await box.ok('set', '100', '--delete', 'virtio1', '--force', '1');
    settled();
    expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    expect(monitor('info iothreads').replace('info iothreads', '')).not.toContain(
      'iothread-virtio1',
    );
  });

  it('what it runs from stays, and other buses wait', async () => {
    const boot = await box.qm('set', '100', '--delete', 'scsi0');
    expect(boot.code).not.toBe(0);
    expect(boot.stderr).toContain("scsi0: hotplug problem - can't unplug bootdisk 'scsi0'");
    await box.ok('set', '100', '--revert', 'scsi0,boot');
    settled();
    await box.ok('set', '100', '--scsi0', 'local:100/vm-100-disk-0.raw,cache=writeback');
    expect(box.config(100)).toMatch(/\[PENDING\]\nscsi0: .*cache=writeback/);
    await box.ok('set', '100', '--revert', 'scsi0');
    await box.ok('set', '100', '--hotplug', 'network');
    await box.ok('set', '100', '--scsi3', 'local:1');
    expect(box.config(100)).toMatch(/\[PENDING\]\nscsi3: /);
    expect(monitor('info block')).not.toContain('drive-scsi3');
    await box.ok('set', '100', '--revert', 'scsi3', '--delete', 'hotplug');
    await box.ok('set', '100', '--delete', 'unused0');
    settled();
  });

  it('a CD is put in, changed and taken out', async () => {
    const folder = join(box.root, 'var/lib/vz/template/iso');
    mkdirSync(folder, { recursive: true });
    for (const [name, size] of [
      ['one', 1],
      ['two', 2],
    ] as const)
      writeFileSync(join(folder, `${name}.iso`), Buffer.alloc(size << 20, name));
    for (const name of ['one', 'two']) {
      await box.ok('set', '100', '--ide2', `local:iso/${name}.iso,media=cdrom`);
      settled();
      expect(monitor('info block')).toContain(`${name}.iso`);
    }
    expect(monitor('info block')).not.toContain('one.iso');
    const missing = await box.qm('set', '100', '--ide2', 'local:iso/none.iso,media=cdrom');
    expect(missing.code).not.toBe(0);
    expect(monitor('info block')).toContain('two.iso');
    await box.ok('set', '100', '--cdrom', 'none');
    expect(box.config(100)).toContain('ide2: none,media=cdrom\n');
    expect(monitor('info block')).not.toContain('two.iso');
    settled();
  });

  it('a network card comes, moves to another bridge, loses its link and goes', async () => {
    const net = 'virtio=02:00:00:00:00:0A';
    await box.ok('set', '100', '--net1', `${net},bridge=vmbr0`);
    settled();
    const card = '$(grep -l 02:00:00:00:00:0a /sys/class/net/*/address | cut -d/ -f5)';
    await guest(`echo "card=${card}"`, /card=e\w+/);
    const master = () => space.run('ip', '-o', 'link', 'show', 'tap100i1');
    expect(master()).toContain('master vmbr0');
    await box.ok('set', '100', '--net1', `${net},bridge=vmbr1`);
    expect(master()).toContain('master vmbr1');
    await guest(`ip link set ${card} up; cat /sys/class/net/${card}/carrier`, /\n1\s/);
    await box.ok('set', '100', '--net1', `${net},bridge=vmbr1,link_down=1`);
    await guest(`cat /sys/class/net/${card}/carrier`, /\n0\s/);
    const nowhere = await box.qm('set', '100', '--net1', `${net},bridge=vmbr9`);
    expect(nowhere.stderr).toContain("net1: hotplug problem - bridge 'vmbr9' does not exist");
    expect(master()).toContain('master vmbr1');
    await box.ok('set', '100', '--revert', 'net1');
    // Another MAC address is another card.
    await box.ok('set', '100', '--net1', 'virtio=02:00:00:00:00:0B,bridge=vmbr0');
    await guest('cat /sys/class/net/*/address', /02:00:00:00:00:0b/);
    await box.ok('set', '100', '--delete', 'net1');
    settled();
    await guest('cat /sys/class/net/*/address', /^(?![\s\S]*02:00)/);
    expect(space.run('ip', '-o', 'link')).not.toContain('tap100i1');
  });

  it('USB devices and the tablet', async () => {
    await box.ok('set', '100', '--usb0', 'host=1234:abcd');
    settled();
    expect(monitor('info qtree')).toMatch(/id "usb0"[\s\S]*?vendorid = 4660/);
    await box.ok('set', '100', '--delete', 'usb0');
    settled();
    expect(monitor('info qtree')).not.toContain('id "usb0"');
    await box.ok('set', '100', '--tablet', '1');
    expect(monitor('info qtree')).toContain('id "tablet"');
    await box.ok('set', '100', '--tablet', '0');
    expect(monitor('info qtree')).not.toContain('id "tablet"');
    settled();
  });

  it('the balloon', async () => {
    await box.ok('set', '100', '--balloon', '128');
    settled();
    await box.ok('set', '100', '--delete', 'balloon');
    settled();
    await box.ok('stop', '100');
    expect(space.run('ip', '-o', 'link')).not.toContain('tap100');
  });
});
