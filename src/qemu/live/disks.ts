/** Disks of a running VM: plugged, unplugged, limited; and CDs changed. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { activateVolumes, deactivateVolumes } from '../../storage/index.js';
import { bootIndexes } from '../boot.js';
import { driveNodes, throttleGroup } from '../command/block-nodes.js';
import { driveDevice } from '../command/drive-device.js';
import { checkLimits, isSet, throttleLimits } from '../command/drive-options.js';
import { scsiController } from '../command/drives.js';
import { canonicalJson } from '../command/json.js';
import { type Drive, isCdrom, isCloudInit, managedVolume, parseDrive } from '../drive/index.js';
import { ejectMedium, insertMedium } from '../runtime/medium.js';
import {
  addDevice,
  addObject,
  devicesOf,
  hasNode,
  onRunning,
  type Running,
  removeDevice,
  removeNode,
  removeObject,
} from './devices.js';
import { hotplugs } from './draft.js';
import type { LiveChange, LiveHandler } from './index.js';

/** Buses that take a drive while the VM runs. */
const PLUGGABLE = /^(?:scsi|virtio)\d+$/;

export const diskChanges: LiveHandler = {
  keys: /^(?:ide|sata|scsi|virtio)\d+$/,
  async apply(ctx, change) {
    const { key, value, current } = change;
    const was = current.get(key);
    const old = was === undefined ? undefined : parseDrive(key, was);
    const drive = value === undefined ? undefined : parseDrive(key, value);
    if (old !== undefined && drive !== undefined) {
      if ((old.media ?? 'disk') !== (drive.media ?? 'disk'))
        throw new PaveError('unable to change media type');
      if (isCdrom(old)) return await changeMedium(ctx, change, drive);
      if (old.file === drive.file) return await changeLimits(ctx, change, old, drive);
    }
    if (!hotplugs(change.current, 'disk') || !PLUGGABLE.test(key)) return false;
    if (old !== undefined && bootIndexes(current).has(key))
      throw new PaveError(`can't unplug bootdisk '${key}'`);
    // Proxmox's QEMU with an old machine has its drives in another way.
    const possible = await onRunning(ctx, change, current, async ({ draft }) => draft.blockNodes);
    if (!possible) return false;
    if (old !== undefined) await unplug(ctx, change, old);
    if (drive !== undefined) await plug(ctx, change, drive);
    return true;
  },
};

async function unplug(ctx: Context, change: LiveChange, drive: Drive): Promise<void> {
  const { key, current } = change;
  await onRunning(ctx, change, current, async (running) => {
    await removeDevice(running, key);
    await removeNodes(running, key);
    if (drive.interface === 'virtio') await removeObject(running, `iothread-${key}`);
    else await removeController(running, drive);
  });
  const volid = managedVolume(drive);
  if (volid !== undefined) await deactivateVolumes(ctx, [volid]);
}

async function removeNodes(running: Running, key: string): Promise<void> {
  if (await hasNode(running, `drive-${key}`)) await removeNode(running, `drive-${key}`);
  await removeObject(running, `throttle-drive-${key}`);
}

/** One that only this drive had goes with it; a guest that keeps it does no harm. */
async function removeController(running: Running, drive: Drive): Promise<void> {
  if (running.draft.value('scsihw') !== 'virtio-scsi-single') return;
  const { id } = scsiController(running.draft, drive);
  try {
    await removeDevice(running, id);
    await removeObject(running, `iothread-${id}`);
  } catch (error) {
    running.ctx.out.warn(`the controller ${id} stays: ${(error as Error).message}`);
  }
}

async function plug(ctx: Context, change: LiveChange, drive: Drive): Promise<void> {
  const { key, values } = change;
  const volid = managedVolume(drive);
  if (volid !== undefined) await activateVolumes(ctx, [volid]);
  await onRunning(ctx, change, values, async (running) => {
    const { qmp, draft } = running;
    // A change that was cut short has plugged it already.
    if ((await devicesOf(qmp)).has(key)) return;
    checkLimits(drive);
    try {
      if (drive.interface === 'virtio' && isSet(drive.iothread))
        await addObject(running, { 'qom-type': 'iothread', id: `iothread-${key}` });
      if (drive.interface === 'scsi') {
        const { device, iothread } = scsiController(draft, drive);
        if (iothread !== undefined)
          await addObject(running, { 'qom-type': 'iothread', id: iothread });
        await addDevice(running, device);
      }
      if (drive.file !== 'none') await addNodes(running, drive);
      await addDevice(running, driveDevice(draft, drive, draft.bootIndex.get(key)));
    } catch (error) {
      await removeNodes(running, key);
      throw error;
    }
  });
}

async function addNodes(running: Running, drive: Drive): Promise<void> {
  const key = `${drive.interface}${drive.index}`;
  await addObject(running, throttleGroup(drive));
  if (await hasNode(running, `drive-${key}`)) return;
  await running.qmp.execute('blockdev-add', driveNodes(running.draft, drive));
}

/** What the guest sees and how QEMU opens it, the limits left out. */
function fixedPart({ draft }: Running, drive: Drive): string {
  const unlimited = { ...drive };
  for (const name of Object.keys(unlimited))
    if (/^(?:m?bps|iops)(?:_|$)/.test(name)) delete unlimited[name];
  const key = `${drive.interface}${drive.index}`;
  const device = driveDevice(draft, unlimited, draft.bootIndex.get(key));
  return canonicalJson([device, driveNodes(draft, unlimited), drive.iothread, drive.queues]);
}

/** The same disk with other options: limits and what only we read take effect, the rest waits. */
async function changeLimits(
  ctx: Context,
  change: LiveChange,
  old: Drive,
  drive: Drive,
): Promise<boolean> {
  checkLimits(drive);
  return await onRunning(ctx, change, change.values, async (running) => {
    if (!running.draft.blockNodes) return false;
    if (fixedPart(running, old) !== fixedPart(running, drive)) return false;
    const limits = throttleLimits(drive);
    if (canonicalJson([...limits]) === canonicalJson([...throttleLimits(old)])) return true;
    await running.qmp.execute('qom-set', {
      path: `/objects/throttle-drive-${change.key}`,
      property: 'limits',
      value: allLimits(limits),
    });
    return true;
  });
}

/** Those not asked for as well, or the old ones would stay. */
function allLimits(limits: ReadonlyMap<string, number>): Record<string, number> {
  const all: Record<string, number> = {};
  for (const kind of ['bps', 'iops']) {
    for (const what of ['total', 'read', 'write']) {
      for (const [end, none] of [
        ['', 0],
        ['-max', 0],
        ['-max-length', 1],
      ] as const)
        all[`${kind}-${what}${end}`] = limits.get(`${kind}-${what}${end}`) ?? none;
    }
  }
  return all;
}

async function changeMedium(ctx: Context, change: LiveChange, drive: Drive): Promise<boolean> {
  const { key, values } = change;
  // Its content is made with the next start, or by `qm cloudinit update`.
  if (isCloudInit(drive)) return false;
  const volid = managedVolume(drive);
  if (volid !== undefined) await activateVolumes(ctx, [volid]);
  return await onRunning(ctx, change, values, async (running) => {
    const { qmp, draft } = running;
    if (!draft.blockNodes) return false;
    if (drive.file === 'none') {
      await ejectMedium(qmp, key);
      return true;
    }
    // What cannot be opened is refused while the guest still has its old CD.
    const nodes = driveNodes(draft, drive);
    await addObject(running, throttleGroup(drive));
    await ejectMedium(qmp, key);
    await insertMedium(qmp, key, nodes);
    return true;
  });
}
