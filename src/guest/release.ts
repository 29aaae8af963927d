/** Volumes that a guest's config named until now and that are to go with that. */
import type { GuestConfig } from '../config/types.js';
import { messageOf } from '../errors.js';
import { freeVolume, parseVolume, volumePath } from '../storage/index.js';
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

/** Does another key of the config name the same file or device, perhaps through another storage? */
export function isSameInUse(
  ctx: GuestContext,
  config: GuestConfig,
  volid: string,
  exceptKey?: string,
): boolean {
  const path = pathOf(ctx, volid);
  if (path === undefined) return false;
  const sections = [config.main, config.pending, ...config.snapshots.values()];
  return sections.some(({ values }) =>
    [...values].some(([key, text]) => {
      if (key === exceptKey && values === config.main.values) return false;
      const other = /^(?:(?:file|volume)=)?([^,]+:[^,]+)/.exec(text)?.[1];
      return other !== undefined && pathOf(ctx, other) === path;
    }),
  );
}

/** Undefined for what is no volume. */
function pathOf(ctx: GuestContext, volid: string): string | undefined {
  try {
    return volumePath(ctx, volid);
  } catch {
    return undefined;
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
    if (isSameInUse(ctx, guest.config, volid)) {
      ctx.out.warn(`'${volid}' is not removed: another key names the same image`);
      continue;
    }
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
