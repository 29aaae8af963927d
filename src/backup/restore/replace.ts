/** What becomes of the volumes of a guest that a restore replaces. Source: restore_cleanup_oldconf. */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import { type Guest, saveGuest } from '../../guest/load.js';
import { ownsVolume } from '../../guest/release.js';
import { addUnused } from '../../guest/unused.js';
import { driveInterface, isCdrom, managedVolume, parseDrive } from '../../qemu/drive/index.js';
import { deleteVolumeSnapshot, freeVolume } from '../../storage/index.js';

export interface OldVolumes {
  /** Drive key -> volume, of the config as it is now. */
  disks: Map<string, string>;
  /** All others that some section names. */
  others: Set<string>;
  /** Memory of snapshots, and of a machine suspended to disk. */
  states: Set<string>;
  /** Snapshot -> volumes it is of. */
  snapshots: Map<string, Set<string>>;
}

/** The volumes the guest owns, by what they are to it. */
export function volumesOf(ctx: Context, guest: Guest): OldVolumes {
  const { config, vmid } = guest;
  const found: OldVolumes = {
    disks: new Map(),
    others: new Set(),
    states: new Set(),
    snapshots: new Map(),
  };
  const volumeAt = (key: string, text: string): string | undefined => {
    if (driveInterface(key) === undefined) return undefined;
    const drive = parseDrive(key, text);
    const volid = isCdrom(drive, true) ? undefined : managedVolume(drive);
    return volid !== undefined && ownsVolume(ctx, vmid, volid) ? volid : undefined;
  };
  for (const [key, text] of config.main.values) {
    const volid = volumeAt(key, text);
    if (key === 'vmstate') found.states.add(text);
    else if (volid !== undefined && key.startsWith('unused')) found.others.add(volid);
    else if (volid !== undefined) found.disks.set(key, volid);
  }
  const sections = [...config.snapshots].map(([name, { values }]) => ({ name, values }));
  for (const { name, values } of [
    { name: undefined, values: config.pending.values },
    ...sections,
  ]) {
    for (const [key, text] of values) {
      const volid = volumeAt(key, text);
      if (key === 'vmstate' && name !== undefined) found.states.add(text);
      if (volid === undefined) continue;
      found.others.add(volid);
      if (name === undefined) continue;
      const of = found.snapshots.get(name) ?? new Set();
      found.snapshots.set(name, of.add(volid));
    }
  }
  for (const volid of found.disks.values()) found.others.delete(volid);
  return found;
}

/** Which of them go, and which stay as unused disks. */
export function sortOut(
  old: OldVolumes,
  restored: ReadonlyMap<string, string>,
): { free: string[]; keep: string[] } {
  const inUse = new Set(restored.values());
  const replaced = [...old.disks].filter(([key]) => restored.has(key)).map(([, volid]) => volid);
  const left = [...old.disks].filter(([key]) => !restored.has(key)).map(([, volid]) => volid);
  const free = [...replaced, ...old.states].filter((volid) => !inUse.has(volid));
  const keep = [...left, ...old.others].filter(
    (volid) => !inUse.has(volid) && !free.includes(volid),
  );
  return { free, keep };
}

/**
 * Removes what was replaced, once the new config is written, which names it as unused until it is
 * gone. What cannot be removed stays there, and is told.
 */
export async function clearOld(
  ctx: Context,
  guest: Guest,
  old: OldVolumes,
  { free, keep }: { free: readonly string[]; keep: readonly string[] },
): Promise<void> {
  const { values } = guest.config.main;
  for (const volid of free) {
    try {
      await freeVolume(ctx, volid);
      for (const [key, text] of [...values])
        if (key.startsWith('unused') && text === volid) values.delete(key);
      saveGuest(ctx, guest, guest.config);
    } catch (error) {
      ctx.out.warn(`could not remove '${volid}', it stays as an unused disk: ${messageOf(error)}`);
    }
  }
  for (const [name, volids] of old.snapshots) {
    for (const volid of volids) {
      if (!keep.includes(volid)) continue;
      try {
        await deleteVolumeSnapshot(ctx, volid, name, false);
      } catch (error) {
        ctx.out.warn(`could not remove snapshot '${name}' of '${volid}': ${messageOf(error)}`);
      }
    }
  }
}

/** Names the volumes in the config, so that none of them is lost. */
export function nameAll(guest: Guest, volids: readonly string[]): void {
  for (const volid of volids) addUnused(guest.config, volid);
}
