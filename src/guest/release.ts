/** Volumes that a guest's config named until now and that are to go with that. */
import { messageOf } from '../errors.js';
import { freeVolume, parseVolume } from '../storage/index.js';
import { type Guest, type GuestContext, saveGuest } from './load.js';
import { addUnused } from './unused.js';

/** Does the volume's name say that it is the guest's? Only its owner may remove it. */
export function ownsVolume(ctx: GuestContext, vmid: number, volid: string): boolean {
  try {
    return parseVolume(ctx, volid).vmid === vmid;
  } catch (error) {
    ctx.out.warn(`failed to get path and owner of volume '${volid}': ${messageOf(error)}`);
    return false;
  }
}

/**
 * Removes volumes, once a config that does not name them any more is written; those of others stay.
 * What cannot be removed is told and goes into the config again as an unused one. Gives those.
 */
export async function freeOwned(
  ctx: GuestContext,
  guest: Guest,
  volids: readonly string[],
): Promise<string[]> {
  const left: string[] = [];
  for (const volid of volids) {
    if (!ownsVolume(ctx, guest.vmid, volid)) continue;
    try {
      await freeVolume(ctx, volid);
    } catch (error) {
      ctx.out.warn(`could not remove '${volid}', it stays as an unused disk: ${messageOf(error)}`);
      addUnused(guest.config, volid);
      left.push(volid);
    }
  }
  if (left.length > 0) saveGuest(ctx, guest, guest.config);
  return left;
}
