/**
 * Pending changes taking effect. All in memory: the caller writes the config once, and only then
 * frees what `free` names. So a power cut leaves at most a volume that nothing refers to.
 */
import type { GuestConfig } from '../config/types.js';
import { cleanupPending } from '../guest/pending.js';
import { addUnused, dropReusedUnused, isVolumeAttached, isVolumeUsed } from '../guest/unused.js';
import { recordChange } from './cloudinit/record.js';
import { isCdrom, isCloudInit, isDriveKey, managedVolume, parseDrive } from './drive/index.js';

/** Keys that take effect at once, also while the VM runs. Source: fast_plug_option of the original. */
const LIVE = new Set([
  'description',
  'hookscript',
  'lock',
  'migrate_downtime',
  'migrate_speed',
  'name',
  'onboot',
  'protection',
  'shares',
  'startup',
  'tags',
  'vmstatestorage',
  'cicustom',
  'cipassword',
  'citype',
  'ciupgrade',
  'ciuser',
  'nameserver',
  'searchdomain',
  'sshkeys',
]);

export function isLiveKey(key: string): boolean {
  return LIVE.has(key) || /^ipconfig\d+$/.test(key) || /^unused\d+$/.test(key);
}

export interface Applied {
  /** Anything changed at all. */
  changed: boolean;
  /** Keys that took effect. */
  keys: string[];
  /** Volumes to be removed once the config is written. */
  free: string[];
}

/**
 * Applies pending changes to the main section; with `running`, only those that may while it runs,
 * and `live` ones, which the guest has taken already.
 */
export function applyPending(
  config: GuestConfig,
  options: { running: boolean; live?: ReadonlySet<string> },
): Applied {
  const applied: Applied = { changed: cleanupPending(config), keys: [], free: [] };
  dropReusedUnused(config);
  const mayApply = (key: string) =>
    !options.running || isLiveKey(key) || options.live?.has(key) === true;
  for (const [key, { force }] of [...config.pending.deletes]) {
    if (!mayApply(key)) continue;
    const old = key === 'description' ? undefined : config.main.values.get(key);
    if (key === 'description') config.main.description = undefined;
    else config.main.values.delete(key);
    config.pending.deletes.delete(key);
    if (options.running) recordChange(config, key, old, undefined);
    if (old !== undefined && isDriveKey(key)) release(config, key, old, force, applied);
    applied.keys.push(key);
  }
  for (const [key, value] of [...config.pending.values]) {
    if (!mayApply(key)) continue;
    const old = config.main.values.get(key);
    config.main.values.set(key, value);
    config.pending.values.delete(key);
    if (options.running) recordChange(config, key, old, value);
    if (old !== undefined && isDriveKey(key)) release(config, key, old, false, applied);
    applied.keys.push(key);
  }
  if (config.pending.description !== undefined) {
    config.main.description =
      config.pending.description === '' ? undefined : config.pending.description;
    config.pending.description = undefined;
    applied.keys.push('description');
  }
  applied.changed ||= applied.keys.length > 0;
  return applied;
}

/** A drive that was there: its volume becomes unused, or is to be removed. */
function release(
  config: GuestConfig,
  key: string,
  text: string,
  force: boolean,
  applied: Applied,
): void {
  const drive = parseDrive(key, text);
  const volid = managedVolume(drive);
  if (volid === undefined) return;
  if (isCloudInit(drive)) {
    // Made from the config at any time: nobody keeps one.
    if (!isVolumeUsed(config, volid)) applied.free.push(volid);
    config.special.delete('cloudinit');
    return;
  }
  if (isCdrom(drive)) return;
  if (!force) {
    // Moved to another key: it is in use all the same. One that a snapshot needs is to be seen, too.
    if (!isVolumeAttached(config, volid)) addUnused(config, volid);
  } else if (!isVolumeUsed(config, volid)) {
    applied.free.push(volid);
  }
}
