/**
 * The fleecing image: a volume that takes what guest writes push out while the target is slow.
 * Recorded in the config's `[special:fleecing]` as long as it is there. Source: QemuConfig.pm
 * record_fleecing_images, cleanup_fleecing_images.
 */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import { loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import {
  activateVolumes,
  allocVolume,
  freeVolume,
  listVolumes,
  loadStorages,
} from '../../storage/index.js';

const SECTION = 'fleecing';
const KEY = 'fleecing-images';

interface Log {
  info(line: string): void;
  warn(line: string): void;
}

/** A raw volume of so many bytes, recorded in the config; gives its id. @throws PaveError */
export async function allocFleecing(
  ctx: Context,
  vmid: number,
  storeid: string,
  size: number,
  log: Log,
): Promise<string> {
  await clearFleecing(ctx, vmid, log, storeid);
  const name = `vm-${vmid}-fleece-0`;
  const volid = await allocVolume(ctx, storeid, {
    vmid,
    format: 'raw',
    name:
      loadStorages(ctx).get(storeid)?.values.has('path') || storeid === 'local'
        ? `${name}.raw`
        : name,
    size,
  });
  try {
    await record(ctx, vmid, (volids) => [...volids, volid]);
    await activateVolumes(ctx, [volid]);
  } catch (error) {
    await freeFleecing(ctx, vmid, [volid], log);
    throw error;
  }
  return volid;
}

/**
 * Removes the recorded images, and those that were made in the moment before they could be recorded
 * (on `storeid`). The caller is the only one who backs this guest up.
 */
export async function clearFleecing(
  ctx: Context,
  vmid: number,
  log: Log,
  storeid?: string,
): Promise<void> {
  const recorded = recordedIn(loadGuest(ctx, 'qemu', vmid).config.special);
  const found = new Set(recorded);
  if (storeid !== undefined) {
    for (const { volid } of await listVolumes(ctx, storeid, { vmid, content: ['images'] }))
      if (new RegExp(`[:/]vm-${vmid}-fleece-\\d+(?:\\.\\w+)?$`).test(volid)) found.add(volid);
  }
  for (const volid of found) log.info(`removing (old) fleecing image '${volid}'`);
  await freeFleecing(ctx, vmid, [...found], log);
}

/** Removes images and their record; those that cannot be removed stay recorded. */
export async function freeFleecing(
  ctx: Context,
  vmid: number,
  volids: readonly string[],
  log: Log,
): Promise<void> {
  const gone = new Set<string>();
  for (const volid of volids) {
    try {
      await freeVolume(ctx, volid);
      gone.add(volid);
    } catch (error) {
      log.warn(`error removing fleecing image '${volid}' - ${messageOf(error)}`);
    }
  }
  if (gone.size > 0) await record(ctx, vmid, (known) => known.filter((volid) => !gone.has(volid)));
}

function recordedIn(
  special: ReadonlyMap<string, { values: ReadonlyMap<string, string> }>,
): string[] {
  const text = special.get(SECTION)?.values.get(KEY) ?? '';
  return text.split(/[,;\s]+/).filter((volid) => volid !== '');
}

async function record(
  ctx: Context,
  vmid: number,
  change: (volids: string[]) => string[],
): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    const { special } = guest.config;
    const volids = change(recordedIn(special));
    const section = special.get(SECTION) ?? { values: new Map<string, string>() };
    if (volids.length > 0) {
      section.values.set(KEY, volids.join(','));
      special.set(SECTION, section);
    } else {
      section.values.delete(KEY);
      if (section.values.size === 0) special.delete(SECTION);
    }
    saveGuest(ctx, guest, guest.config);
  });
}
