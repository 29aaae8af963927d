/** Folders, SPICE, sound and devices of the host, with real QEMU. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spiceLink } from '../lib/spice.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox, until } from './sandbox.js';

const small = ['--memory', '64', '--kvm', '0'];

function mapping(box: Sandbox, kind: string, text: string): void {
  mkdirSync(join(box.root, 'etc/pve/mapping'), { recursive: true });
  writeFileSync(join(box.root, `etc/pve/mapping/${kind}.cfg`), text);
}

function monitor(box: Sandbox, vmid: number, command: string): string {
  return execFileSync('bin/qm', ['monitor', String(vmid)], {
    env: box.env,
    input: `${command}\n`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

describe('devices of a VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeAll(() => {
    box = sandbox();
  });
  afterAll(() => box.dispose());

  it('shares a folder, both ways, and ends its server also when QEMU is killed', async () => {
    const image = guestImage(box);
    mkdirSync(join(box.root, 'srv/docs'), { recursive: true });
    writeFileSync(join(box.root, 'srv/docs/hello'), 'from the host\n');
    mapping(box, 'directory', 'docs\n\tmap node=n1,path=/srv/docs\n');
    await box.ok('create', '100', ...guestOptions(image), '--virtiofs0', 'docs,expose-xattr=1');
    await box.ok('start', '100');
    const folder = join(box.root, 'run/qemu-server/virtiofsd');
    const server = Number(readFileSync(join(folder, 'vm100-fs0.pid'), 'utf8'));
    const serial = new Serial(box, 100);
    await serial.ready();
    serial.type(
      'mkdir /s; mount -t virtiofs docs /s && cat /s/hello && echo from the guest >/s/back',
    );
    await serial.waitFor(/\nfrom the host/);
    const back = join(box.root, 'srv/docs/back');
    const read = () => (existsSync(back) ? readFileSync(back, 'utf8') : '');
    await until(() => read() === 'from the guest\n', 120, 'the file of the guest, whole');
    serial.close();
    process.kill(box.pid(100)!, 'SIGKILL');
    await until(() => !existsSync(`/proc/${server}`), 120, 'virtiofsd to end');
    await until(() => readdirSync(folder).length === 0, 120, 'its files to go');

    await box.ok('set', '100', '--virtiofs0', 'docs,cache=metadata', '--virtiofs1', 'nowhere');
    const wrong = await box.qm('start', '100');
    expect(wrong.stderr).toContain("virtiofs1: there is no directory mapping 'nowhere'");
    expect(box.leftovers(100)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    await box.ok('destroy', '100');
  });

  it('has a SPICE server on a socket, with a ticket only, where a config asks for it', async () => {
    const spice = ['--vga', 'qxl2,memory=32', '--usb0', 'spice', '--usb1', 'spice,usb3=1'];
    const more = ['--audio0', 'device=ich9-intel-hda', '--ostype', 'l26'];
    const extras = ['--spice_enhancements', 'foldersharing=1,videostreaming=all'];
    await box.ok('create', '101', ...small, ...spice, ...more, ...extras);
    await box.ok('start', '101');
    expect(existsSync(join(box.root, 'run/qemu-server/101.spice'))).toBe(true);
    expect(monitor(box, 101, 'info spice')).toContain('auth: spice');
    const socket = join(box.root, 'run/qemu-server/101.spice');
    expect(await spiceLink(socket, '')).not.toBe(0);
    const ticket = await box.run('pave', 'console', '101', '--spice');
    expect(ticket.stdout).toMatch(
      /^remote-viewer spice\+unix:\/\/\S+\/101\.spice\npassword, for 30 s: [\w-]{24}\n$/,
    );
    expect(await spiceLink(socket, 'wrong')).not.toBe(0);
    expect(await spiceLink(socket, ticket.stdout.trim().split(': ')[1]!)).toBe(0);
    const tree = monitor(box, 101, 'info qtree');
    expect(tree).toContain('dev: qxl-vga, id "vga"');
    expect(tree).toContain('name = "org.spice-space.webdav.0"');
    expect(tree).toContain('name = "com.redhat.spice.0"');
    expect(tree.match(/dev: usb-redir/g)).toHaveLength(2);
    expect(tree).toMatch(/dev: hda-duplex[\s\S]*?audiodev = "spice-backend0"/);
    await box.ok('stop', '101');
    expect(existsSync(join(box.root, 'run/qemu-server/101.spice'))).toBe(false);

    await box.ok('set', '101', '--delete', 'usb0,usb1,spice_enhancements');
    await box.ok('set', '101', '--vga', 'std,clipboard=vnc', '--audio0', 'device=AC97,driver=none');
    await box.ok('start', '101');
    expect(monitor(box, 101, 'info chardev')).toContain('vdagent: filename=qemu-vdagent');
    expect(monitor(box, 101, 'info qtree')).toContain('dev: AC97, id "audiodev0"');
    expect(existsSync(join(box.root, 'run/qemu-server/101.spice'))).toBe(false);
    await box.ok('stop', '101');
    await box.ok('destroy', '101');
  });

  it('takes USB devices by id, port and mapping, and says what is not there', async () => {
    await box.ok('create', '102', ...small, '--ostype', 'l26', '--usb0', 'host=1234:abcd,usb3=1');
    await box.ok('set', '102', '--usb1', 'host=1-1.4', '--usb2', 'mapping=key');
    mapping(box, 'usb', 'key\n\tmap node=n1,id=1050:0407\n');
    const device = join(box.root, 'sys/bus/usb/devices/1-1.4');
    mkdirSync(device, { recursive: true });
    for (const [name, text] of [
      ['idVendor', '1050'],
      ['idProduct', '0406'],
    ] as const)
      writeFileSync(join(device, name), `${text}\n`);
    const wrong = await box.qm('start', '102');
    expect(wrong.stderr).toContain(
      "usb2: USB device mapping invalid (hardware probably changed): usb device '1050:0407' not found",
    );
    writeFileSync(join(device, 'idProduct'), '0407\n');
    const started = await box.qm('start', '102');
    expect(started.code).toBe(0);
    expect(started.stderr).toContain("WARN: usb0: no USB device '1234:abcd' is plugged in");
    expect(started.stderr).not.toContain('usb1');
    const tree = monitor(box, 102, 'info qtree');
    expect(tree).toMatch(/id "usb0"[\s\S]*?vendorid = 4660[\s\S]*?productid = 43981/);
    expect(tree).toMatch(/id "usb1"[\s\S]*?hostbus = 1[\s\S]*?hostport = "1.4"/);
    expect(tree).toMatch(/id "usb2"[\s\S]*?vendorid = 4176[\s\S]*?productid = 1031/);
    await box.ok('stop', '102');
    await box.ok('destroy', '102');
  });

  it('refuses PCI devices that it cannot hand over, and leaves them as they were', async () => {
    const own = sandbox();
    try {
      const sys = (...parts: string[]) => join(own.root, 'sys', ...parts);
      const card = sys('bus/pci/devices/0000:01:00.0');
      mkdirSync(card, { recursive: true });
      mkdirSync(sys('bus/pci/drivers/vfio-pci'), { recursive: true });
      mkdirSync(sys('bus/pci/drivers/tg3'), { recursive: true });
      mkdirSync(sys('kernel/iommu_groups/7/devices'), { recursive: true });
      const files = { vendor: '0x14e4', device: '0x165f', driver_override: '(null)' };
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(card, name), `${text}\n`);
      for (const file of ['drivers/vfio-pci/bind', 'drivers/tg3/unbind', 'drivers/tg3/bind'])
        writeFileSync(sys('bus/pci', file), '');
      symlinkSync(sys('bus/pci/drivers/tg3'), join(card, 'driver'));
      symlinkSync(sys('kernel/iommu_groups/7'), join(card, 'iommu_group'));
      mkdirSync(sys('kernel/iommu_groups/7/devices/0000:01:00.0'));
      await own.ok('create', '100', ...small, '--hostpci0', '09:00');
      expect((await own.qm('start', '100')).stderr).toContain("no PCI device found for '09:00'");
      await own.ok('set', '100', '--hostpci0', '01:00,rombar=0');
      const noIommu = await own.qm('start', '100');
      expect(noIommu.stderr).toContain(
        'hostpci0: cannot prepare PCI pass-through, IOMMU not present',
      );
      expect(noIommu.stderr).toContain('intel_iommu=on');

      mkdirSync(sys('class/iommu/dmar0'), { recursive: true });
      const shown = await own.ok('start', '100', '--dry-run');
      expect(shown).toContain(`would write: vfio-pci to ${card}/driver_override`);
      expect(shown).toContain('vfio-pci,host=0000:01:00.0,id=hostpci0');
      expect(readFileSync(join(card, 'driver_override'), 'utf8')).toBe('(null)\n');
      // This kernel takes no notice of what is written there.
      const notTaken = await own.qm('start', '100');
      expect(notTaken.stderr).toContain("can't bind PCI device '0000:01:00.0' to VFIO");
      expect(readFileSync(join(card, 'driver_override'), 'utf8')).toMatch(/^\n/);
      expect(own.leftovers(100)).toEqual([]);
      expect(existsSync(join(own.root, 'run/qemu-server/100.pci'))).toBe(false);
      const held = join(own.root, 'run/qemu-server/pci-id-reservations');
      expect(readFileSync(held, 'utf8')).toBe('');

      mapping(own, 'pci', 'nic\n\tmap iommugroup=7,node=n1,id=14e4:1660,path=0000:01:00.0\n');
      await own.ok('set', '100', '--hostpci0', 'mapping=nic');
      expect((await own.qm('start', '100')).stderr).toContain(
        "hostpci0: PCI device mapping invalid (hardware probably changed): 'id' does not match for 'nic' (14e4:165f != 14e4:1660)",
      );
    } finally {
      own.dispose();
    }
  });
});
