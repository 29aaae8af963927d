/** What a drive's options mean to QEMU. Source: Drive.pm of the original. */
import { PaveError } from '../../errors.js';
import { type Drive, isCdrom } from '../drive/index.js';
import type { Draft } from './draft.js';
import type { VolumeFacts } from './types.js';

export function driveId(drive: Drive): string {
  return `${drive.interface}${drive.index}`;
}

export function isSet(value: string | number | undefined): boolean {
  return value !== undefined && value !== '' && String(value) !== '0';
}

/** Percent escapes decoded, as serial numbers and model names hold them. */
export function decodePercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Does the drive go past the host's page cache? Files that are copied on write must not. */
export function cacheDirect(drive: Drive, volume: VolumeFacts | undefined): boolean {
  if (drive.cache !== undefined) return /^(?:off|none|directsync)$/.test(String(drive.cache));
  return !isCdrom(drive) && !(volume?.storageType === 'btrfs' && !volume.nocow);
}

/** io_uring hangs or fails on some storages. */
function ioUringWorks(volume: VolumeFacts | undefined, direct: boolean): boolean {
  if (volume?.storageType === 'rbd' && volume.krbd && !direct) return false;
  return volume?.storageType !== 'lvm' && volume?.storageType !== 'cifs';
}

/** How QEMU reads and writes the drive. @throws PaveError for what QEMU would refuse */
export function aioMode(
  draft: Draft,
  drive: Drive,
  volume: VolumeFacts | undefined,
  direct: boolean,
): string {
  if (draft.stock && drive.aio === 'native' && !direct)
    throw new PaveError(
      `${driveId(drive)}: aio=native goes only with cache=none or cache=directsync`,
    );
  if (drive.aio !== undefined) return String(drive.aio);
  const possible = !draft.stock || draft.platform.ioUring;
  if (possible && ioUringWorks(volume, direct)) return 'io_uring';
  return direct ? 'native' : 'threads';
}

/** Not for CD-ROMs. */
export function detectZeroes(drive: Drive): 'off' | 'on' | 'unmap' {
  if (drive.detect_zeroes !== undefined && !isSet(drive.detect_zeroes)) return 'off';
  return drive.discard === 'on' ? 'unmap' : 'on';
}

const DIRECTIONS = [
  ['', '-total'],
  ['_rd', '-read'],
  ['_wr', '-write'],
] as const;

/**
 * Limits by QEMU's name (`bps-total`, `iops-read-max-length`), in bytes, operations and seconds.
 * `whole`: lengths and operations as whole numbers, else as the config has them.
 */
export function throttleLimits(drive: Drive): Map<string, number> {
  const limits = new Map<string, number>();
  const add = (option: string, limit: string, unit: number) => {
    if (isSet(drive[option])) limits.set(limit, Math.trunc(Number(drive[option]) * unit));
  };
  for (const [suffix, name] of DIRECTIONS) {
    add(`mbps${suffix}`, `bps${name}`, 1024 ** 2);
    add(`mbps${suffix}_max`, `bps${name}-max`, 1024 ** 2);
    add(`bps${suffix}_max_length`, `bps${name}-max-length`, 1);
    add(`iops${suffix}`, `iops${name}`, 1);
    add(`iops${suffix}_max`, `iops${name}-max`, 1);
    add(`iops${suffix}_max_length`, `iops${name}-max-length`, 1);
  }
  return limits;
}

/** The config's name of a limit: `mbps_rd_max` of `bps-read-max`. */
function optionOf(limit: string): string {
  return limit
    .replace(/^bps/, 'mbps')
    .replace('-total', '')
    .replace('-read', '_rd')
    .replace('-write', '_wr')
    .replace('-max', '_max');
}

/** The largest value QEMU's throttling calculates with. */
const MOST = 1e15;

/** Source of the rules: throttle_is_valid of QEMU. @throws PaveError for bursts that are none */
export function checkLimits(drive: Drive): void {
  const limits = throttleLimits(drive);
  for (const [name, limit] of limits) {
    if (name.endsWith('-length')) continue;
    const fail = (reason: string): never => {
      throw new PaveError(`${driveId(drive)}: ${optionOf(name)} ${reason}`);
    };
    if (limit > MOST) fail('is more than QEMU can count');
    if (!name.endsWith('-max')) continue;
    if (limit < (limits.get(name.slice(0, -'-max'.length)) ?? 0))
      fail('must not be less than the limit it goes beyond');
    if ((limits.get(`${name}-length`) ?? 1) > MOST / limit) fail('lasts too long for its rate');
  }
}

/** @throws PaveError when the volume of a drive was not resolved */
export function volumeOf(draft: Draft, drive: Drive): VolumeFacts {
  const volume = draft.input.volumes.get(drive.file);
  if (volume === undefined)
    throw new PaveError(`${driveId(drive)}: volume '${drive.file}' cannot be found`);
  return volume;
}

/**
 * The image format: the storage's own for its volumes, else the drive's, else raw, never guessed
 * from content a guest could write. @throws PaveError when the drive contradicts its storage
 */
export function formatOf(drive: Drive, volume: VolumeFacts): string {
  if (volume.storeid === undefined) return drive.format ?? 'raw';
  const format = /^(raw|qcow2?|qed|vmdk|cloop)$/.test(volume.format) ? volume.format : 'raw';
  if (drive.format !== undefined && drive.format !== format) {
    throw new PaveError(
      `drive '${driveId(drive)}' - volume '${drive.file}' - 'format=${drive.format}' option different from storage format '${format}'`,
    );
  }
  return format;
}

/** An image of a CD must say that it is one. @throws PaveError */
export function checkMedia(drive: Drive, volume: VolumeFacts): void {
  if (drive.media === undefined && volume.vtype === 'iso')
    throw new PaveError(`${driveId(drive)}: explicit media parameter is required for iso images`);
}
