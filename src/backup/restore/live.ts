/**
 * A machine that runs while its disks are restored: beginning it, and going on with one that was
 * killed. Killed, we leave a machine whose reads wait, and a mark: the same call goes on where it was.
 */
import type { Context } from '../../commands/define.js';
import { writeGuestConfig } from '../../config/guest-config-write.js';
import { PaveError } from '../../errors.js';
import { type Guest, isOn, loadGuest, saveGuest } from '../../guest/load.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { parseVolume, volumePath } from '../../storage/index.js';
import type { Task } from '../../task/index.js';
import type { VmaReader } from '../vma/read.js';
import { restoreLimit } from './fill.js';
import { addToPool, finishRestored, writeFirewall } from './finish.js';
import { type LiveContent, requireLiveRoom } from './live-content.js';
import { makeHollow, overlayPath, takesBacking } from './live-disks.js';
import { LiveServing } from './live-serving.js';
import type { LiveMark, RestoreMark } from './mark.js';
import { openTarget } from './open-target.js';
import type { PlannedDisk } from './plan.js';
import { withReaders } from './readers.js';

export type LiveDisk = PlannedDisk & { volid: string };

const PIECE = 1 << 20;
/** Too small to be worth it, and the firmware wants them as they are. */
const BEFORE_START = /^(?:efidisk|tpmstate)\d+$/;

/** Before anything is changed. @throws PaveError with what stands in the way */
export async function checkLive(
  ctx: Context,
  config: string,
  archives: readonly string[],
  disks: readonly PlannedDisk[],
  tmpdir: string,
): Promise<void> {
  if (isOn(/^template:\s*(\S+)/m.exec(config)?.[1]))
    throw new PaveError('a template does not run: it cannot be restored live');
  await requireLiveRoom(ctx, { archives, devices: devicesOf(disks), tmpdir });
}

function devicesOf(disks: readonly { device: string | undefined; size: number }[]) {
  return disks.flatMap(({ device, size }) =>
    device === undefined ? [] : [{ name: device, size }],
  );
}

/** Bytes/s for all disks together; 0: no limit. */
export function liveLimit(
  ctx: Context,
  disks: readonly PlannedDisk[],
  asked: number | undefined,
): number {
  const limits = disks.map(({ storeid }) => restoreLimit(ctx, storeid, asked));
  const set = limits.filter((limit) => limit > 0);
  return set.length === 0 ? 0 : Math.floor(Math.min(...set) * 1024);
}

/**
 * Writes the config, starts the machine, and returns when its disks need the archive no more.
 * @throws PaveError when that fails; what was made has to be undone then
 */
export async function restoreLive(
  task: Task,
  guest: Guest,
  mark: RestoreMark,
  readers: readonly VmaReader[],
  options: { disks: readonly LiveDisk[]; bwlimit: number; tmpdir: string },
): Promise<void> {
  const { ctx } = task;
  const { disks, bwlimit, tmpdir } = options;
  const live: LiveMark[] = disks.flatMap(({ key, device, volid, size }) => {
    if (device === undefined || BEFORE_START.test(key)) return [];
    const overlay = overlayPath(tmpdir, guest.vmid, key);
    return [{ key, device, volid, size, ...(takesBacking(ctx, volid) ? {} : { overlay }) }];
  });
  mark.set({ tmpdir, bwlimit });
  const serving = new LiveServing(task, guest.vmid, mark);
  const served = { devices: devicesOf(disks), readers, live, fresh: true };
  await serving.during(served, async (content) => {
    for (const disk of disks)
      if (disk.device !== undefined && BEFORE_START.test(disk.key)) await fill(task, content, disk);
    for (const { overlay } of live)
      if (overlay !== undefined)
        task.undo.add('remove it', () => void ctx.host.files.unlink(overlay));
    await makeHollow(ctx, live);
    mark.writes(writeGuestConfig(guest.config));
    saveGuest(ctx, guest, guest.config);
    mark.set({ live });
    ctx.out.line('starting VM for live-restore');
    // What it holds is of no use: it is not asked to end in peace.
    task.undo.add(`stop VM ${guest.vmid}`, () =>
      stopVm(ctx, guest.vmid, { force: true, skiplock: true, timeout: 5, undoing: true }),
    );
    await serving.start(live);
  });
}

/** Goes on with a live restore that was killed; the caller holds the guest's lock. */
export async function resumeLive(task: Task, vmid: number, mark: RestoreMark): Promise<void> {
  const { ctx } = task;
  const { archives, live = [], former, pool } = mark.state;
  ctx.out.line(`going on with a live restore of VM ${vmid} that was cut short`);
  await withReaders(ctx, archives, undefined, async (readers) => {
    const serving = new LiveServing(task, vmid, mark);
    const devices = live.map(({ device, size }) => ({ name: device, size }));
    await serving.during({ devices, readers, live, fresh: false }, async () => {
      if (runningPid(ctx.host, vmid) === undefined) await serving.start(live);
    });
    const { configs } = readers[0]!.header;
    writeFirewall(ctx, vmid, configs, mark, task.undo);
    if (pool !== undefined) await addToPool(ctx, pool, vmid);
  });
  mark.set({ complete: true });
  task.undo.done();
  await finishRestored(ctx, loadGuest(ctx, 'qemu', vmid));
  mark.end();
  if (former !== null) ctx.out.line('the disks of the former VM stay as unused disks');
}

/** A disk as a whole, before the start. */
async function fill(task: Task, content: LiveContent, disk: LiveDisk): Promise<void> {
  const { ctx } = task;
  const target = await openTarget(ctx.host, {
    image: volumePath(ctx, disk.volid),
    format: parseVolume(ctx, disk.volid).format ?? 'raw',
    blank: false,
    size: disk.size,
  });
  try {
    for (let at = 0; at < disk.size; at += PIECE) {
      const length = Math.min(PIECE, disk.size - at);
      await target.write(at, await content.read(disk.device!, at, length));
    }
    await target.flush();
  } finally {
    await target.close();
  }
}
