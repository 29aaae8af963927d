/** Removing a VM with its volumes. Source: destroy_vm of the original. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import {
  checkLock,
  checkProtection,
  type Guest,
  isOn,
  loadGuest,
  saveGuest,
  withGuestLock,
} from '../../guest/load.js';
import { forgetAccess, purgeGuest, refuseWithoutPurge } from '../../guest/purge.js';
import { ownsVolume } from '../../guest/release.js';
import { FileError, InterruptedError } from '../../host/errors.js';
import {
  freeVolume,
  isBaseInUse,
  listVolumes,
  loadStorages,
  SUPPORTED_TYPES,
  whyUnusable,
} from '../../storage/index.js';
import { driveInterface, isCdrom, managedVolume, parseDrive } from '../drive/index.js';
import { cleanupRun } from '../runtime/cleanup.js';
import { runningPid } from '../runtime/state.js';

export interface DestroyOptions {
  skiplock: boolean;
  purge: boolean;
  unreferenced: boolean;
}

/** @throws PaveError when it runs, is protected or locked, or is a base of linked clones */
export async function destroyVm(
  ctx: Context,
  vmid: number,
  options: DestroyOptions,
): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    checkProtection(guest.config, `can't remove VM ${vmid}`);
    if (!options.purge) refuseWithoutPurge(ctx, 'VM', vmid);
    if (runningPid(ctx.host, vmid) !== undefined) {
      throw new PaveError(`VM ${vmid} is running - destroy failed`, {
        hint: `qm stop ${vmid} first`,
      });
    }
    // A removal that was cut short goes on.
    if (!['suspended', 'destroyed'].includes(guest.config.main.values.get('lock') ?? ''))
      checkLock(guest.config, options.skiplock, vmid);
    const volids = ownedVolumes(ctx, guest);
    if (isOn(guest.config.main.values.get('template'))) await refuseUsedBases(ctx, volids);
    await cleanupRun(ctx, vmid, guest.config);
    await removeAll(ctx, guest, volids, options);
  });
}

/** Volumes of this guest that its config names, in any section. */
function ownedVolumes(ctx: Context, { vmid, config }: Guest): string[] {
  const found = new Set<string>();
  const sections = [config.main, config.pending, ...config.snapshots.values()];
  for (const { values } of sections) {
    for (const [key, text] of values) {
      const volid = key === 'vmstate' ? text : volumeOf(key, text);
      if (volid !== undefined && ownsVolume(ctx, vmid, volid)) found.add(volid);
    }
  }
  return [...found];
}

function volumeOf(key: string, text: string): string | undefined {
  if (driveInterface(key) === undefined) return undefined;
  const drive = parseDrive(key, text);
  return isCdrom(drive, true) ? undefined : managedVolume(drive);
}

async function refuseUsedBases(ctx: Context, volids: readonly string[]): Promise<void> {
  for (const volid of volids) {
    if (await isBaseInUse(ctx, volid))
      throw new PaveError(`base volume '${volid}' is still in use by linked cloned`);
  }
}

/**
 * The config goes last: killed in the middle, the guest is still there with a lock, and destroying
 * it once more finishes the work.
 */
async function removeAll(
  ctx: Context,
  guest: Guest,
  volids: string[],
  options: DestroyOptions,
): Promise<void> {
  const { vmid, config } = guest;
  config.main.values.set('lock', 'destroyed');
  try {
    saveGuest(ctx, guest, config);
  } catch (error) {
    // Then removing it is what makes room.
    if (!(error instanceof FileError) || !['ENOSPC', 'EDQUOT'].includes(error.code)) throw error;
    ctx.out.warn(messageOf(error));
  }
  for (const volid of volids) await removeOne(ctx, volid);
  if (options.unreferenced) {
    for (const storage of loadStorages(ctx).values()) {
      if (!SUPPORTED_TYPES.includes(storage.type) || whyUnusable(ctx, storage) !== undefined)
        continue;
      const left = await listVolumes(ctx, storage.storeid, {
        vmid,
        content: ['images', 'rootdir'],
      });
      for (const { volid } of left) {
        if (volids.includes(volid)) continue;
        ctx.out.line(`removing unreferenced volume '${volid}'`);
        await removeOne(ctx, volid);
      }
    }
  }
  await forgetAccess(ctx, vmid);
  ctx.store.remove(`firewall/${vmid}.fw`);
  if (options.purge) await purgeGuest(ctx, 'VM', vmid);
  ctx.store.remove(guest.path);
}

async function removeOne(ctx: Context, volid: string): Promise<void> {
  try {
    await freeVolume(ctx, volid);
  } catch (error) {
    // The lock stays; destroying the guest once more goes on here.
    if (error instanceof InterruptedError) throw error;
    ctx.out.warn(`Could not remove disk '${volid}', check manually: ${messageOf(error)}`);
  }
}
