/** Bringing a VM's cloud-init drive up to date, running or not. */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import { type Guest, saveGuest } from '../../guest/load.js';
import { probePlatform } from '../../host/platform.js';
import { driveNodes } from '../command/block-nodes.js';
import { Draft } from '../command/draft.js';
import { gatherCommandInput } from '../command/gather.js';
import { parseHotplug } from '../options/hotplug.js';
import { withQmp } from '../qmp/client.js';
import { ejectMedium, insertMedium } from '../runtime/medium.js';
import { runningPid } from '../runtime/state.js';
import { cloudInitOf, plannedDrive, writeCloudInit } from './image.js';

/** Before a start: writes the drive, and forgets how the one before differed. */
export async function prepareCloudInit(ctx: Context, guest: Guest): Promise<void> {
  await writeCloudInit(ctx, guest.vmid, guest.config);
  forgetChanges(ctx, guest);
}

/**
 * Writes the drive again; a running guest finds it like a CD that was changed. The caller holds the
 * guest's lock. Should the writing fail, the guest has its drive back.
 */
export async function updateCloudInit(ctx: Context, guest: Guest): Promise<void> {
  const { vmid, config } = guest;
  const found = cloudInitOf(config.main.values);
  if (found === undefined) return;
  if (runningPid(ctx.host, vmid) === undefined) {
    await prepareCloudInit(ctx, guest);
    return;
  }
  // What makes no sense is refused while the guest still has its drive.
  plannedDrive(ctx, vmid, config.main.values);
  const platform = await probePlatform(ctx.host);
  const input = await gatherCommandInput(ctx, vmid, config.main.values, platform);
  const nodes = driveNodes(new Draft(input), found.drive);
  await withQmp(ctx.host, vmid, async (qmp) => {
    // QEMU keeps others from writing what it has open.
    await ejectMedium(qmp, found.key);
    try {
      await writeCloudInit(ctx, vmid, config);
    } finally {
      await insertMedium(qmp, found.key, nodes);
    }
  });
  forgetChanges(ctx, guest);
}

/**
 * After `qm set`: a drive that was just attached gets its content; a running guest's is renewed where
 * its `hotplug` says so. A failure is a warning: the config is written, and the next start tries again.
 */
export async function renewCloudInit(
  ctx: Context,
  guest: Guest,
  changed: ReadonlyMap<string, string>,
): Promise<void> {
  const { values } = guest.config.main;
  const key = cloudInitOf(values)?.key;
  if (key === undefined) return;
  const running = runningPid(ctx.host, guest.vmid) !== undefined;
  const wanted = running
    ? guest.config.special.has('cloudinit') &&
      parseHotplug(values.get('hotplug') ?? '1')?.has('cloudinit')
    : changed.has(key);
  if (!wanted) return;
  try {
    await updateCloudInit(ctx, guest);
  } catch (error) {
    ctx.out.warn(`the cloud-init drive is not renewed: ${messageOf(error)}`);
  }
}

function forgetChanges(ctx: Context, guest: Guest): void {
  if (!guest.config.special.delete('cloudinit')) return;
  saveGuest(ctx, guest, guest.config);
}
