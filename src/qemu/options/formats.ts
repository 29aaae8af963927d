/** Named formats of VM values. Source: qemu-server's registered formats. */
import { PaveError } from '../../errors.js';
import type { FormatCheck } from '../../schema/formats/check.js';
import { registerFamily } from '../../schema/registry.js';
import { checkFormat } from '../../schema/validate.js';
import { checkHotplug } from './hotplug.js';

function fail(reason: string): never {
  throw new PaveError(reason);
}

function cpuSet(value: string): void {
  for (const part of value.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (match === null || (match[2] !== undefined && Number(match[2]) < Number(match[1]))) {
      fail('unable to parse cpuset option');
    }
  }
}

function volumeOrPath(value: string): void {
  if (!value.startsWith('/')) checkFormat('pve-volume-id', value);
}

function volumeOrQmPath(value: string): void {
  if (value !== 'none' && value !== 'cdrom') volumeOrPath(value);
}

const RANGES: Record<string, number> = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  net: 32,
  usb: 14,
  hostpci: 16,
};

function bootDevice(value: string): void {
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(value);
  const count = match === null ? undefined : RANGES[match[1]!];
  if (count === undefined || Number(match![2]) >= count) fail(`invalid boot device '${value}'`);
}

function bootDisk(value: string): void {
  const match = /^(ide|sata|scsi|virtio)(0|[1-9]\d*)$/.exec(value);
  if (match === null || Number(match[2]) >= RANGES[match[1]!]!)
    fail(`invalid boot disk '${value}'`);
}

function physBits(value: string): void {
  if (value === 'host') return;
  const bits = /^\d+$/.test(value) ? Number(value) : 0;
  if (bits < 8 || bits > 64) fail("value must be an integer between 8 and 64 or 'host'");
}

/** Makes the formats known; calling it again does nothing. */
export function registerQemuFormats(): void {
  registerFamily(qemuFormats);
}

function qemuFormats(): Record<string, FormatCheck> {
  return {
    'pve-cpuset': cpuSet,
    'pve-hotplug-features': (value) => void checkHotplug(value),
    'pve-volume-id-or-absolute-path': volumeOrPath,
    'pve-volume-id-or-qm-path': volumeOrQmPath,
    'pve-qm-bootdev': bootDevice,
    'pve-qm-bootdisk': bootDisk,
    'pve-phys-bits': physBits,
  };
}
