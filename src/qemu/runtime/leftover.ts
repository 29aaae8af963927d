/** What an earlier run of a VM left and a start must not meet. */
import type { Context } from '../../commands/define.js';
import { loadGuest, withGuestLock } from '../../guest/load.js';
import { runsSystemd } from '../../host/platform.js';
import { lockWhile } from '../../host/try-lock.js';
import { withQmp } from '../qmp/client.js';
import { endProcess } from './end-process.js';
import { WATCH_LOCK, waitForUnit } from './launch.js';
import { runFile, runningPid } from './state.js';

/**
 * The config says that the guest's memory lies on a volume. A QEMU that is still there was left by a
 * suspend or a resume that was killed: its CPUs have not run since that memory was saved, so it is
 * ended, and the start goes on from the volume.
 */
export async function endAsleep(ctx: Context, vmid: number): Promise<void> {
  const asleep = () =>
    runningPid(ctx.host, vmid) !== undefined &&
    loadGuest(ctx, 'qemu', vmid).config.main.values.get('lock') === 'suspended';
  if (!asleep()) return;
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    if (!asleep()) return;
    const { status } = await withQmp(ctx.host, vmid, (qmp) =>
      qmp.execute<{ status: string }>('query-status'),
    );
    if (!ASLEEP.has(status)) return;
    ctx.out.line('ending what an interrupted suspend or resume left running');
    await endQemu(ctx, vmid);
  });
}

/** States of a QEMU whose CPUs do not run and will not by themselves. */
const ASLEEP = new Set(['inmigrate', 'postmigrate', 'paused', 'finish-migrate', 'prelaunch']);

/** A run that just ended may still be cleaned up, by its unit or its watcher. */
export async function waitForCleanup(ctx: Context, vmid: number): Promise<void> {
  const { host } = ctx;
  if (host.dryRun || runningPid(host, vmid) !== undefined) return;
  if (runsSystemd(host)) return await waitForUnit(host, vmid);
  const path = runFile(vmid, WATCH_LOCK);
  if (!host.files.exists(path)) return;
  // A start that was killed may still be coming up: then there is nothing to wait for.
  const needed = () => runningPid(host, vmid) === undefined;
  (await lockWhile(host, path, needed, { timeoutS: 30, pollMs: 20 }))?.release();
}

/** A run is over and cleaned up: waits for its watcher to see that too. */
export async function afterRun(ctx: Context, vmid: number): Promise<void> {
  // Nothing is missing where it hangs: the next start tells.
  await waitForCleanup(ctx, vmid).catch(() => {});
}

/** Ends a VM's QEMU, by force after five seconds. */
export async function endQemu({ host }: Context, vmid: number): Promise<void> {
  await endProcess(host, () => runningPid(host, vmid), 5000);
}
