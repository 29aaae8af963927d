/**
 * Guests that between them have each disk bus, SCSI controller, network card and display: booted,
 * and looked at from inside.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, Serial, sandbox } from './sandbox.js';

interface Machine {
  name: string;
  options: string[];
  /** `vendor:device` of PCI devices the guest must see; once for each time it stands here. */
  pci: string[];
  /** Block devices, sorted: kind and size in MiB. Their letters are the kernel's choice. */
  disks: string[];
  /** MAC addresses of the cards the guest has a driver for. */
  macs: string[];
}

const MAC = (n: number) => `BC:24:11:00:00:${(16 + n).toString(16).toUpperCase()}`;

/** Every q35 has one, which is not the one our disks are on. */
const BUILT_IN_AHCI = ['8086:2922'];

const MACHINES: Machine[] = [
  {
    name: 'i440fx, std, LSI, e1000 and rtl8139',
    options: [
      ...['--scsihw', 'lsi', '--scsi0', 'BOOT', '--scsi1', 'local:1', '--ide0', 'local:1'],
      ...['--ide2', 'local:iso/small.iso,media=cdrom', '--vga', 'std'],
      ...['--net0', `e1000=${MAC(0)}`, '--net1', `rtl8139=${MAC(1)}`],
    ],
    pci: ['1000:0012', '1234:1111', '8086:100e', '10ec:8139'],
    disks: ['sd 1024', 'sd 1024', 'sd 64', 'sr 2'],
    macs: [MAC(0), MAC(1)],
  },
  {
    name: 'q35, cirrus, MegaRAID, SATA, e1000e and vmxnet3',
    options: [
      ...['--machine', 'q35', '--scsihw', 'megasas', '--sata0', 'BOOT', '--scsi0', 'local:1'],
      ...['--sata5', 'local:iso/small.iso,media=cdrom', '--vga', 'cirrus'],
      ...['--net0', `e1000e=${MAC(2)}`, '--net1', `vmxnet3=${MAC(3)}`],
    ],
    pci: ['1000:0060', '1013:00b8', '8086:10d3', '15ad:07b0', ...BUILT_IN_AHCI, '8086:2922'],
    disks: ['sd 1024', 'sd 64', 'sr 2'],
    macs: [MAC(2), MAC(3)],
  },
  {
    name: 'virtio disk and network, VirtIO display',
    options: [
      ...['--virtio0', 'BOOT', '--virtio1', 'local:1,format=qcow2', '--vga', 'virtio'],
      ...['--net0', `virtio=${MAC(4)}`, '--net1', `pcnet=${MAC(5)}`, '--net2', `i82551=${MAC(6)}`],
    ],
    pci: ['1af4:1001', '1af4:1001', '1af4:1050', '1af4:1000', '1022:2000', '8086:1209'],
    disks: ['vd 1024', 'vd 64'],
    macs: [MAC(4), MAC(5), MAC(6)],
  },
  {
    name: 'pvscsi, VMware display, ne2k',
    options: [
      ...['--scsihw', 'pvscsi', '--scsi0', 'BOOT', '--vga', 'vmware'],
      ...['--net0', `ne2k_pci=${MAC(7)}`, '--net1', `virtio=${MAC(8)}`],
    ],
    pci: ['15ad:07c0', '15ad:0405', '10ec:8029', '1af4:1000'],
    disks: ['sd 64'],
    macs: [MAC(7), MAC(8)],
  },
  {
    name: 'QXL display, rarer cards, what the firmware tells of the machine',
    options: [
      ...['--scsihw', 'virtio-scsi-pci', '--scsi0', 'BOOT', '--vga', 'qxl'],
      ...['--net0', `e1000-82544gc=${MAC(9)}`, '--net1', `e1000-82545em=${MAC(10)}`],
      ...['--net2', `i82557b=${MAC(11)}`, '--net3', `i82559er=${MAC(12)}`],
      // Pave, One more, 42
      ...['--smbios1', 'base64=1,manufacturer=UGF2ZQ==,product=T25lIG1vcmU=,serial=NDI='],
    ],
    pci: ['1af4:1004', '1b36:0100', '8086:100c', '8086:100f', '8086:1229', '8086:1209'],
    disks: ['sd 64'],
    macs: [MAC(9), MAC(10), MAC(11), MAC(12)],
  },
  {
    name: 'q35, a VirtIO SCSI controller a disk, no display',
    options: [
      ...['--machine', 'q35', '--scsihw', 'virtio-scsi-single', '--scsi0', 'BOOT,iothread=1'],
      ...['--scsi1', 'local:1,ro=1,serial=PAVE7', '--vga', 'none'],
    ],
    pci: ['1af4:1004', '1af4:1004'],
    disks: ['sd 1024', 'sd 64'],
    macs: [],
  },
];

describe('devices as the guest sees them', { timeout: 600_000 }, () => {
  let box: Sandbox;
  const image = '/full.raw';

  beforeAll(() => {
    box = sandbox();
    const script = resolve(import.meta.dirname, '../../scripts/guest-image.sh');
    execFileSync(script, ['--flavour', 'full', '--force', join(box.root, image)], {
      stdio: 'pipe',
    });
    const isos = join(box.root, 'var/lib/vz/template/iso');
    execFileSync('mkdir', ['-p', isos, join(box.root, 'data')]);
    execFileSync('truncate', ['-s', '700K', join(box.root, 'data/file')]);
    execFileSync('genisoimage', ['-quiet', '-o', join(isos, 'small.iso'), join(box.root, 'data')]);
  }, 600_000);
  afterAll(() => box.dispose());

  it.each(MACHINES.map((machine, index) => ({ ...machine, vmid: String(200 + index) })))(
    '$name',
    async ({ vmid, options, pci, disks, macs }) => {
      const boot = options.map((word) => word.replace(/^BOOT/, `local:0,import-from=${image}`));
      const key = options[options.findIndex((word) => word.startsWith('BOOT')) - 1]!.slice(2);
      await box.ok(
        ...['create', vmid, '--memory', '256', '--kvm', '0', '--ostype', 'l26'],
        ...['--serial0', 'socket', '--boot', `order=${key}`, ...boot],
      );
      await box.ok('start', vmid);
      const serial = new Serial(box, Number(vmid));
      await serial.ready();
      serial.text = '';
      serial.type(
        [
          'cd /sys/bus/pci/devices; for d in *; do echo "PCI $(cat $d/vendor):$(cat $d/device)"; done',
          'cd /sys/block; for d in [sv]d? sr?; do [ -e $d ] && echo "DISK $d $(cat $d/size) $(cat $d/ro)"; done',
          'cat /sys/class/net/*/address | sed "s/^/MAC /"',
          'cat /sys/class/scsi_disk/*/device/vpd_pg80 2>/dev/null | strings | sed "s/^/SERIAL /"',
          'cd /sys/class/dmi/id; echo "DMI $(cat sys_vendor)/$(cat product_name)/$(cat product_serial)"',
          'echo END-$((6*7))',
        ].join('; '),
      );
      await serial.waitFor(/END-42/);
      serial.close();
      const all = (pattern: RegExp) => [...serial.text.matchAll(pattern)].map((m) => m[1]!);
      const seen = all(/^PCI (\S+)/gm).map((id) => id.replaceAll('0x', ''));
      for (const id of new Set(pci)) {
        expect
          .soft(seen.filter((one) => one === id).length, `PCI ${id} of ${seen.join(' ')}`)
          .toBe(pci.filter((one) => one === id).length);
      }
      const found = all(/^DISK (\S+ \d+)/gm).map((line) => {
        const [name, sectors] = line.split(' ');
        return `${name!.slice(0, 2)} ${Math.ceil(Number(sectors) / 2048)}`;
      });
      expect.soft(found.sort()).toEqual(disks);
      const addresses = all(/^MAC (\S+)/gm).map((mac) => mac.toUpperCase());
      for (const mac of macs) expect.soft(addresses).toContain(mac);
      if (options.includes('--smbios1'))
        expect.soft(all(/^DMI (.+?)\r?$/gm)).toEqual(['Pave/One more/42']);
      if (options.some((word) => word.includes('serial=PAVE7'))) {
        expect.soft(all(/^SERIAL (\S+)/gm)).toContain('PAVE7');
        expect.soft(all(/^DISK sd. 2097152 (\d)/gm)).toEqual(['1']);
      }
      await box.ok('stop', vmid);
      await box.ok('destroy', vmid);
    },
  );
});
