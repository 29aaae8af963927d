/** Guests that a killed backup had stopped or paused: they run again, as they did before it. */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import { findGuest } from '../../guest/find.js';
import { forgetHeld, type HeldMark, heldGuests, heldMark, isSameRun } from '../../guest/held.js';
import { loadGuest } from '../../guest/load.js';
import { startVm } from '../../qemu/runtime/start.js';
import { isHalfStarted } from '../../qemu/runtime/starting.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { resumeVm } from '../../qemu/runtime/suspend.js';
import { adoptKilled } from './lock.js';
import { withQmp } from './qmp.js';

export interface BringBackOptions {
  /** Also for guests that are still shutting down, as long as their backup would have waited. */
  wait: boolean;
}

/**
 * Starts or resumes each guest that a killed backup of this node left down, and takes its lock away.
 * One whose lock a person has removed since is left as it is. What cannot be done is told, and done
 * by the next call.
 */
export async function bringBackHeld(ctx: Context, options: BringBackOptions): Promise<void> {
  if (ctx.host.dryRun) return;
  for (const vmid of heldGuests(ctx.host)) {
    try {
      await bringBack(ctx, vmid, options);
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      ctx.out.warn(
        `VM ${vmid}: a killed backup left it down, and it cannot be brought back: ${messageOf(error)}`,
      );
    }
  }
}

async function bringBack(ctx: Context, vmid: number, options: BringBackOptions): Promise<void> {
  const killed = await adoptKilled(ctx, vmid);
  // The backup is at work.
  if (killed === undefined) return;
  try {
    const mark = heldMark(ctx.host, vmid);
    if (mark !== undefined && isOurs(ctx, vmid)) {
      if ((await goneDown(ctx, vmid, mark, options)) === 'later') return;
      await letRun(ctx, vmid, mark);
      await killed.release();
    }
    forgetHeld(ctx.host, vmid);
  } finally {
    killed.letGo();
  }
}

/** The guest is as the backup left it: locked. */
function isOurs(ctx: Context, vmid: number): boolean {
  const found = findGuest(ctx.store, vmid);
  if (found?.kind !== 'qemu' || found.node !== ctx.store.node) return false;
  return loadGuest(ctx, 'qemu', vmid).config.main.values.get('lock') === 'backup';
}

/** A guest that was told to shut down may still be at it. */
async function goneDown(
  ctx: Context,
  vmid: number,
  mark: HeldMark,
  { wait }: BringBackOptions,
): Promise<'now' | 'later'> {
  const { host, out } = ctx;
  if (mark.how !== 'stopped') return 'now';
  const isShuttingDown = () =>
    isSameRun(host, mark, runningPid(host, vmid)) && host.clock.now() < mark.until;
  if (!isShuttingDown()) return 'now';
  if (!wait) return 'later';
  out.info(`VM ${vmid}: waiting for it to shut down, as a killed backup has told it`);
  const end = host.clock.monotonic() + (mark.until - host.clock.now());
  while (isShuttingDown() && host.clock.monotonic() < end) await host.clock.sleep(100, ctx.signal);
  return 'now';
}

async function letRun(ctx: Context, vmid: number, mark: HeldMark): Promise<void> {
  const { host, out } = ctx;
  const pid = runningPid(host, vmid);
  if (pid === undefined) {
    // Whoever paused a machine that is gone has not stopped it.
    if (mark.how === 'paused') return;
    out.warn(`VM ${vmid}: starting it again, a killed backup had stopped it`);
    return await startVm(ctx, vmid, { skiplock: true });
  }
  if (isHalfStarted(host, vmid)) {
    out.warn(`VM ${vmid}: starting it again, a killed backup had stopped it`);
    await startVm(ctx, vmid, { skiplock: true });
  }
  const { status } = await withQmp(host, vmid, (qmp) =>
    qmp.execute<{ status: string }>('query-status'),
  );
  if (status !== 'paused' && status !== 'prelaunch') return;
  out.warn(`VM ${vmid}: letting it run again, a killed backup had ${mark.how} it`);
  await resumeVm(ctx, vmid, true);
}
