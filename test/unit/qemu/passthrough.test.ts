/** Handing PCI devices over, against a made-up sysfs whose files answer as the kernel's do. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseGuestConfig } from '../../../src/config/guest-config.js';
import { createHost } from '../../../src/host/local.js';
import type { Host } from '../../../src/host/types.js';
import { pciAddresses, pciInfo } from '../../../src/qemu/hostdev/sysfs.js';
import type { Run } from '../../../src/qemu/runtime/companions.js';
import { passthrough } from '../../../src/qemu/runtime/passthrough.js';

const GPU = '0000:01:00.0';
const SOUND = '0000:01:00.1';
const ALONE = '0000:02:00.0';

let root: string;
let host: Host;
let refused: string | undefined;
let warnings: string[];

const pci = (...parts: string[]) => join(root, 'sys/bus/pci', ...parts);

function device(
  id: string,
  group: number,
  driver: string | undefined,
  more: Record<string, string> = {},
): void {
  const dir = pci('devices', id);
  mkdirSync(join(root, `sys/kernel/iommu_groups/${group}/devices`), { recursive: true });
  mkdirSync(dir, { recursive: true });
  const files = { vendor: '0x10de\n', device: '0x1234\n', driver_override: '(null)\n', ...more };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  symlinkSync(join(root, `sys/kernel/iommu_groups/${group}`), join(dir, 'iommu_group'));
  symlinkSync(dir, join(root, `sys/kernel/iommu_groups/${group}/devices/${id}`));
  if (driver !== undefined) bind(id, driver);
}

function driverDir(name: string): string {
  mkdirSync(pci('drivers', name), { recursive: true });
  for (const file of ['bind', 'unbind']) writeFileSync(pci('drivers', name, file), '');
  return pci('drivers', name);
}

function bind(id: string, driver: string): void {
  symlinkSync(driverDir(driver), pci('devices', id, 'driver'));
}

/** What the kernel does with what is written. */
function kernel(path: string, text: string): void {
  const driver = /drivers\/([^/]+)\/bind$/.exec(path)?.[1];
  if (driver !== undefined) {
    if (text === refused && driver === 'vfio-pci') throw new Error('No such device');
    bind(text, driver);
  }
  if (path.endsWith('/driver/unbind')) unlinkSync(pci('devices', text, 'driver'));
  const created = /devices\/([^/]+)\/mdev_supported_types\/([^/]+)\/create$/.exec(path);
  if (created !== null) {
    mkdirSync(join(root, 'sys/bus/mdev/devices', text), { recursive: true });
    writeFileSync(join(root, 'sys/bus/mdev/devices', text, 'remove'), '');
  }
  const removed = /mdev\/devices\/([^/]+)\/remove$/.exec(path)?.[1];
  if (removed !== undefined)
    rmSync(join(root, 'sys/bus/mdev/devices', removed), { recursive: true });
}

function run(text: string, vmid = 100): Run {
  const config = parseGuestConfig('qemu', text);
  const pciDevices = pciAddresses(host).map((id) => ({ id }));
  return {
    vmid,
    config,
    values: config.main.values,
    built: { argv: ['-machine', 'type=q35'], warnings: [] },
    input: { facts: { pciDevices } },
  } as unknown as Run;
}

const ctx = () =>
  ({ host, out: { warn: (line: string) => warnings.push(line), line() {} } }) as never;
const drivers = () =>
  Object.fromEntries([GPU, SOUND, ALONE].map((id) => [id, pciInfo(host, id)?.driver]));
const reservations = () => readFileSync(join(root, 'run/qemu-server/pci-id-reservations'), 'utf8');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pave-pci-'));
  mkdirSync(join(root, 'sys/class/iommu/dmar0'), { recursive: true });
  driverDir('vfio-pci');
  device(GPU, 1, 'nouveau', { reset: '' });
  device(SOUND, 1, 'snd_hda_intel');
  device(ALONE, 2, undefined);
  mkdirSync(pci('devices', ALONE, 'mdev_supported_types/type-1'), { recursive: true });
  for (const [name, text] of [
    ['create', ''],
    ['available_instances', '1\n'],
  ] as const)
    writeFileSync(pci('devices', ALONE, 'mdev_supported_types/type-1', name), text);
  refused = undefined;
  warnings = [];
  host = createHost({ root });
  const { control } = host.files;
  host.files.control = (path, text) => {
    control(path, text);
    kernel(path, text);
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('PCI devices handed over', () => {
  it('leave their drivers with their whole group, and stay with vfio-pci after a run', async () => {
    const given = run('hostpci0: 01:00.0,pcie=1\n');
    await passthrough.prepare(ctx(), given);
    expect(drivers()).toEqual({ [GPU]: 'vfio-pci', [SOUND]: 'vfio-pci', [ALONE]: undefined });
    expect(readFileSync(pci('devices', GPU, 'reset'), 'utf8')).toBe('1');
    expect(warnings.join()).toContain(`'${SOUND}' is in the IOMMU group of '${GPU}'`);
    expect(reservations()).toMatch(/^0000:01:00.0 100 time:\d+\n$/);
    const qemu = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', '--', '-id', '100']);
    writeFileSync(join(root, 'run/qemu-server/100.pid'), `${qemu.pid}\n`);
    await passthrough.started!(ctx(), given);
    expect(reservations()).toBe(`0000:01:00.0 100 pid:${qemu.pid}\n`);
    await expect(passthrough.prepare(ctx(), run('hostpci0: 01:00.0\n', 101))).rejects.toThrow(
      `PCI device '${GPU}' already in use by VMID '100'`,
    );
    qemu.kill();
    await passthrough.remove(ctx(), 100, given.config);
    expect(reservations()).toBe('');
    expect(drivers()[GPU]).toBe('vfio-pci');
  });

  it('are back with their drivers after a start that failed', async () => {
    refused = SOUND;
    const given = run('hostpci0: 01:00\n');
    await expect(passthrough.prepare(ctx(), given)).rejects.toThrow(
      `can't unbind/bind PCI device '${SOUND}' to VFIO`,
    );
    await passthrough.remove(ctx(), 100, given.config);
    expect(drivers()).toEqual({ [GPU]: 'nouveau', [SOUND]: 'snd_hda_intel', [ALONE]: undefined });
    expect(readFileSync(pci('devices', GPU, 'driver_override'), 'utf8')).toMatch(/^\n/);
    expect(reservations()).toBe('');
    expect(existsSync(join(root, 'run/qemu-server/100.pci'))).toBe(false);
  });

  it('go to one VM at a time', async () => {
    await passthrough.prepare(ctx(), run('hostpci0: 01:00.0\n'));
    await expect(passthrough.prepare(ctx(), run('hostpci0: 01:00.0\n', 101))).rejects.toThrow(
      `PCI device '${GPU}' is currently reserved for use by VMID '100'`,
    );
  });

  it('can be shares of a card, which go with the VM', async () => {
    const given = run('hostpci1: 02:00.0,mdev=type-1\n');
    const share = join(root, 'sys/bus/mdev/devices/00000001-0000-0000-0000-000000000100');
    await passthrough.prepare(ctx(), given);
    expect(existsSync(share)).toBe(true);
    await passthrough.remove(ctx(), 100, given.config);
    expect(existsSync(share)).toBe(false);
    await expect(
      passthrough.prepare(ctx(), run('hostpci1: 02:00.0,mdev=type-9\n')),
    ).rejects.toThrow("pci device '0000:02:00.0' has no type 'type-9'");
    writeFileSync(pci('devices', ALONE, 'mdev_supported_types/type-1/available_instances'), '0\n');
    await expect(passthrough.prepare(ctx(), given)).rejects.toThrow('has no available instances');
  });

  it('keep their drivers where asked to', async () => {
    await passthrough.prepare(ctx(), run('hostpci0: 01:00.0,driver=keep\n'));
    expect(drivers()[GPU]).toBe('nouveau');
  });

  it('need an IOMMU', async () => {
    rmSync(join(root, 'sys/class/iommu'), { recursive: true });
    await expect(passthrough.prepare(ctx(), run('hostpci0: 01:00.0\n'))).rejects.toThrow(
      'hostpci0: cannot prepare PCI pass-through, IOMMU not present',
    );
    expect(drivers()[GPU]).toBe('nouveau');
  });
});
