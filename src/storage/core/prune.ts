/** Which backups a retention keeps. Source: Storage.pm prune_mark_backup_group, Plugin.pm prune_backups. */
import { messageOf, PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { archiveInfo } from '../files/archive.js';
import type { StorageContext, StorageSection, VolumeInfo } from '../types.js';
import { freeVolume } from './changes.js';
import { activateStorage, locate } from './volumes.js';

/** `keep-last` and its kin -> count; `keep-all` -> 1. */
export type KeepOptions = Readonly<Record<string, string | number | undefined>>;

export interface PruneEntry {
  volid: string;
  /** Seconds since the epoch. */
  ctime: number;
  /** qemu, lxc, openvz or unknown. */
  type: string;
  vmid?: number;
  mark: 'keep' | 'remove' | 'protected' | 'renamed';
}

type Open = Omit<PruneEntry, 'mark'> & { mark?: PruneEntry['mark'] };

/** What a backup is worth a mark for: the listed volume. */
type Backup = Pick<VolumeInfo, 'volid' | 'ctime' | 'vmid' | 'protected' | 'needs'>;

/** Marks each backup; pure. Periods are those of the local time zone, weeks those of ISO 8601. */
export function markBackups(
  backups: readonly Backup[],
  keep: KeepOptions,
  filter: {
    vmid?: number | undefined;
    type?: string | undefined;
    /** File name of a backup that stays whatever its date: a clock that was set back made it old. */
    spare?: string | undefined;
  } = {},
): PruneEntry[] {
  const entries: Open[] = [];
  const groups = new Map<string, Open[]>();
  for (const backup of backups) {
    const info = archiveOf(backup.volid);
    const type = info?.type ?? 'unknown';
    const vmid = info?.vmid ?? backup.vmid;
    if (filter.type !== undefined && filter.type !== type) continue;
    if (filter.vmid !== undefined && filter.vmid !== vmid) continue;
    const entry: Open = { volid: backup.volid, ctime: backup.ctime ?? 0, type };
    if (vmid !== undefined) entry.vmid = vmid;
    if (info?.is_std_name) {
      entry.ctime = info.ctime!;
      const group = groups.get(`${type}/${vmid}`);
      if (group === undefined) groups.set(`${type}/${vmid}`, [entry]);
      else group.push(entry);
    } else entry.mark = 'renamed';
    if (backup.protected) entry.mark = 'protected';
    entries.push(entry);
  }
  for (const group of groups.values()) markGroup(group, keep);
  for (const entry of entries)
    if (entry.mark === 'remove' && fileOf(entry.volid) === filter.spare) entry.mark = 'keep';
  keepNeeded(backups, entries);
  return entries as PruneEntry[];
}

/** What an increment that stays needs stays too. */
function keepNeeded(backups: readonly Backup[], entries: readonly Open[]): void {
  const byName = new Map(entries.map((entry) => [fileOf(entry.volid), entry]));
  for (const { volid, needs } of backups) {
    const mark = byName.get(fileOf(volid))?.mark;
    // What the filter left out stays.
    if (needs === undefined || mark === 'remove') continue;
    for (const name of needs) {
      const parent = byName.get(name);
      if (parent?.mark === 'remove') parent.mark = 'keep';
    }
  }
}

function fileOf(volid: string): string {
  return volid.slice(volid.lastIndexOf('/') + 1);
}

/** Those to remove, the newest first: an increment goes before what it needs. */
export function doomedBackups(entries: readonly PruneEntry[]): PruneEntry[] {
  return entries.filter(({ mark }) => mark === 'remove').sort((a, b) => b.ctime - a.ctime);
}

function archiveOf(volid: string): ReturnType<typeof archiveInfo> | undefined {
  try {
    return archiveInfo(volid);
  } catch {
    return undefined;
  }
}

const PERIODS: readonly [option: string, period: (date: Date, ctime: number) => string][] = [
  ['keep-last', (_, ctime) => String(ctime)],
  ['keep-hourly', (date) => `${dayOf(date)} ${date.getHours()}`],
  ['keep-daily', dayOf],
  ['keep-weekly', weekOf],
  ['keep-monthly', (date) => `${date.getFullYear()}-${date.getMonth()}`],
  ['keep-yearly', (date) => String(date.getFullYear())],
];

function markGroup(group: Open[], keep: KeepOptions): void {
  const counts = Object.entries(keep).filter(([key]) => key !== 'keep-all');
  if (Number(keep['keep-all'] ?? 0) > 0 || !counts.some(([, count]) => Number(count ?? 0) > 0)) {
    for (const entry of group) entry.mark ??= 'keep';
    return;
  }
  const newestFirst = [...group].sort((a, b) => b.ctime - a.ctime);
  for (const [option, period] of PERIODS)
    markPeriods(newestFirst, Number(keep[option] ?? 0), ({ ctime }) =>
      period(new Date(ctime * 1000), ctime),
    );
  for (const entry of newestFirst) entry.mark ??= 'remove';
}

/** Keeps the newest of each of the last `count` periods that no earlier option covers. */
function markPeriods(entries: Open[], count: number, periodOf: (entry: Open) => string): void {
  if (count === 0) return;
  const covered = new Set(entries.filter(({ mark }) => mark === 'keep').map(periodOf));
  const kept = new Set<string>();
  for (const entry of entries) {
    const period = periodOf(entry);
    if (entry.mark !== undefined || covered.has(period)) continue;
    if (kept.has(period)) entry.mark = 'remove';
    else {
      if (kept.size >= count) return;
      kept.add(period);
      entry.mark = 'keep';
    }
  }
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** The week belongs to the year its Thursday is in; its Thursday names it. */
function weekOf(date: Date): string {
  const sinceMonday = (date.getDay() + 6) % 7;
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - sinceMonday + 3));
}

/** What is to be kept: as asked for, else as the storage says. @throws PaveError where neither does */
export function keepOptions(storage: StorageSection, asked?: KeepOptions): KeepOptions {
  const { storeid } = storage;
  if (!storage.content.has('backup'))
    throw new PaveError(`storage '${storeid}' does not support backups`);
  if (asked !== undefined) return asked;
  const own = storage.values.get('prune-backups');
  if (own === undefined)
    throw new PaveError(`no prune-backups options configured for storage '${storeid}'`, {
      hint: 'name what to keep, e.g. --keep-last 3',
    });
  return parsePropertyString('prune-backups', own);
}

export interface PruneOptions {
  keep?: KeepOptions | undefined;
  vmid?: number | undefined;
  type?: string | undefined;
  /** File name of the backup that was just made: it stays. */
  spare?: string | undefined;
  /** Only mark them. */
  preview?: boolean | undefined;
  log: (line: string) => void;
}

/** Removes the backups a retention does not keep; gives all of them with their marks. @throws PaveError */
export async function pruneBackups(
  ctx: StorageContext,
  storeid: string,
  options: PruneOptions,
): Promise<PruneEntry[]> {
  const storage = await activateStorage(ctx, storeid);
  const keep = keepOptions(storage, options.keep);
  const { plugin } = locate(ctx, `${storeid}:-`);
  const { vmid, type, spare } = options;
  const backups = await plugin.list(ctx, storage, { vmid, content: ['backup'] });
  const entries = markBackups(backups, keep, { vmid, type, spare });
  if (options.preview) return entries;
  let failed = false;
  for (const { volid } of doomedBackups(entries)) {
    options.log(`removing backup '${volid}'`);
    try {
      await freeVolume(ctx, volid);
    } catch (error) {
      options.log(`error when removing backup '${volid}' - ${messageOf(error)}`);
      failed = true;
    }
  }
  if (failed) throw new PaveError('error pruning backups - check log');
  return entries;
}
