/** Disks and CD-ROMs of a VM as values. Source of the rules: qemu-server Drive.pm. */
import { PaveError } from '../../errors.js';
import { parsePropertyString, printPropertyString } from '../../schema/propertyString.js';
import { parseSize } from '../../schema/units.js';
import { importKey } from '../options/drive-formats.js';
import { propertyFormatOfKey } from '../options/index.js';

export type DriveBus = 'ide' | 'sata' | 'scsi' | 'virtio' | 'efidisk' | 'tpmstate' | 'unused';

/** A drive's values by key; text as given, booleans as 1 and 0. */
export interface Drive {
  interface: DriveBus;
  index: number;
  /** Volume id, absolute path, `none` or `cdrom`. */
  file: string;
  /** Bytes. */
  size?: number | undefined;
  media?: 'disk' | 'cdrom' | undefined;
  format?: string | undefined;
  'import-from'?: string | undefined;
  [key: string]: string | number | undefined;
}

// In the original's order, which decides what a new VM boots from.
const BUSES: Record<DriveBus, number> = {
  ide: 4,
  scsi: 31,
  virtio: 16,
  sata: 6,
  efidisk: 1,
  tpmstate: 1,
  unused: 256,
};

/** `STORAGE:SIZE` in GiB: a disk to be made. */
const NEW_DISK = /^(?:([^/:\s]+):)?(\d+(?:\.\d+)?)$/;

/** Bus and number of a key; undefined where it is no drive's. */
export function driveInterface(key: string): { bus: DriveBus; index: number } | undefined {
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(key);
  const bus = match?.[1] as DriveBus | undefined;
  if (bus === undefined || !Object.hasOwn(BUSES, bus)) return undefined;
  const index = Number(match![2]);
  return index < BUSES[bus] ? { bus, index } : undefined;
}

/** Is it the key of an attached drive (unused ones are not)? */
export function isDriveKey(key: string): boolean {
  const found = driveInterface(key);
  return found !== undefined && found.bus !== 'unused';
}

/** Attached drives of a config in the original's order: ide, scsi, virtio, sata, efidisk, tpmstate. */
export function driveKeys(values: ReadonlyMap<string, string>): string[] {
  const rank = Object.keys(BUSES);
  return [...values.keys()]
    .filter(isDriveKey)
    .map((key) => ({ key, at: driveInterface(key)! }))
    .sort((a, b) => rank.indexOf(a.at.bus) - rank.indexOf(b.at.bus) || a.at.index - b.at.index)
    .map(({ key }) => key);
}

const NEEDS: [option: string, requires: string][] = [
  ['mbps_max', 'mbps'],
  ['mbps_rd_max', 'mbps_rd'],
  ['mbps_wr_max', 'mbps_wr'],
  ['iops_max', 'iops'],
  ['iops_rd_max', 'iops_rd'],
  ['iops_wr_max', 'iops_wr'],
  ['bps_max_length', 'mbps_max'],
  ['bps_rd_max_length', 'mbps_rd_max'],
  ['bps_wr_max_length', 'mbps_wr_max'],
  ['iops_max_length', 'iops_max'],
  ['iops_rd_max_length', 'iops_rd_max'],
  ['iops_wr_max_length', 'iops_wr_max'],
];

/** Geometry of old configs, which nothing uses any more. */
const DROPPED = ['cyls', 'heads', 'secs', 'trans'];

/** @throws PaveError that says which key and why */
export function parseDrive(key: string, text: string): Drive {
  const at = driveInterface(key);
  if (at === undefined) throw new PaveError(`invalid drive key: ${key}`);
  const format = { ...propertyFormatOfKey(key), ...(at.bus === 'unused' ? {} : importKey) };
  const values = parsePropertyString(format, text, { skip: DROPPED }) as Record<
    string,
    string | number
  >;
  const drive: Drive = {
    ...values,
    interface: at.bus,
    index: at.index,
    file: String(values.file),
  } as Drive;
  const fail = (reason: string): never => {
    throw new PaveError(`${key}: ${reason}`);
  };
  for (const [bps, mbps] of [
    ['bps', 'mbps'],
    ['bps_rd', 'mbps_rd'],
    ['bps_wr', 'mbps_wr'],
  ] as const) {
    if (drive[bps] === undefined) continue;
    if (drive[mbps] !== undefined) fail(`both ${bps} and ${mbps} specified`);
    drive[mbps] = (Number(drive[bps]) / (1024 * 1024)).toFixed(3);
    delete drive[bps];
  }
  for (const [option, requires] of NEEDS) {
    if (isSet(drive[option]) && !isSet(drive[requires])) fail(`${option} requires ${requires}`);
  }
  for (const limit of ['mbps', 'iops']) {
    for (const direction of ['rd', 'wr']) {
      if (isSet(drive[limit]) && isSet(drive[`${limit}_${direction}`]))
        fail(`${limit} does not go with ${limit}_${direction}`);
    }
  }
  if (drive.media === 'cdrom') {
    if (isSet(drive.snapshot) || drive.format !== undefined)
      fail('a CD-ROM takes neither snapshot nor format');
    if (drive.interface === 'virtio') fail('there is no CD-ROM on the virtio bus');
  }
  if (drive.size !== undefined) {
    const bytes = parseSize(String(drive.size));
    if (bytes === undefined) fail(`size '${drive.size}' is not a size`);
    drive.size = bytes;
  }
  return drive;
}

function isSet(value: string | number | undefined): boolean {
  return value !== undefined && value !== '' && String(value) !== '0';
}

/** The value as a config file holds it. */
export function printDrive(drive: Drive): string {
  const { interface: bus, index, ...values } = drive;
  const format = {
    ...propertyFormatOfKey(`${bus}${index}`),
    ...(bus === 'unused' ? {} : importKey),
  };
  return printPropertyString(values, format);
}

export function isCdrom(drive: Drive, excludeCloudInit = false): boolean {
  if (excludeCloudInit && isCloudInit(drive)) return false;
  return drive.media === 'cdrom';
}

/** UEFI variables or TPM state: no disk to the guest, and of a size of its own. */
export function isStateDrive(drive: Pick<Drive, 'interface'>): boolean {
  return drive.interface === 'efidisk' || drive.interface === 'tpmstate';
}

/** A generated cloud-init volume, by its name. */
export function isCloudInit(drive: Pick<Drive, 'file'>): boolean {
  return drive.file === 'cloudinit' || /[:/](vm-\d+-)?cloudinit(\.\w+)?$/.test(drive.file);
}

/** What a new disk is asked for: `local:32` -> storage and bytes; undefined for anything else. */
export function newDisk(file: string): { storeid: string | undefined; size: number } | undefined {
  const match = NEW_DISK.exec(file);
  if (match === null) return undefined;
  // Whole KiB, rounded up, as the original counts.
  return { storeid: match[1], size: Math.ceil(Number(match[2]) * 1024 * 1024) * 1024 };
}

/** A volume the guest refers to: no path, no empty drive, nothing that is still to be made. */
export function managedVolume(drive: Pick<Drive, 'file'>): string | undefined {
  const { file } = drive;
  if (file === 'none' || file === 'cdrom' || file.startsWith('/') || newDisk(file) !== undefined)
    return undefined;
  return file.includes(':') ? file : undefined;
}
