/** Shutting a VM down and starting it again. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { startVm } from './start.js';
import { runFile, runningPid } from './state.js';
import { stopVm } from './stop.js';

/** Run file that asks for a start once QEMU has ended. */
export const REBOOT_REQUEST = 'reboot';

/** Longer than a guest takes that just met its time. */
const REQUEST_GRACE_S = 60;

/**
 * Takes the request for a reboot away; gives whether there was one that still counts. The original's
 * file is empty; ours tells until when (seconds since the epoch): a `qm reboot` that was killed must
 * not bring a guest back that is shut down a day later.
 */
export function takeRebootRequest(host: Host, vmid: number): boolean {
  const path = runFile(vmid, REBOOT_REQUEST);
  const until = host.files.read(path)?.trim();
  if (until === undefined || !host.files.unlink(path)) return false;
  return until === '' || Number(until) * 1000 >= host.clock.now();
}

/**
 * The `.reboot` file tells who cleans up that a start is wanted: should we be killed while the
 * guest shuts down, its watcher starts it.
 */
export async function rebootVm(
  ctx: Context,
  vmid: number,
  timeout: number | undefined,
): Promise<void> {
  const { host } = ctx;
  if (runningPid(host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
  const request = runFile(vmid, REBOOT_REQUEST);
  const until = Math.floor(host.clock.now() / 1000) + (timeout ?? 60) + REQUEST_GRACE_S;
  let mine = false;
  try {
    await stopVm(ctx, vmid, {
      shutdown: true,
      timeout,
      onBegin: () => host.files.write(request, `${until}\n`),
      // Under the guest's lock still, before its watcher can.
      onEnd: () => {
        mine = takeRebootRequest(host, vmid);
      },
    });
  } catch (error) {
    // The next shutdown is none of this.
    host.files.unlink(request);
    throw error;
  }
  if (host.dryRun) {
    // It still runs, so its start cannot be gone through.
    host.note('change', `start VM ${vmid} with its pending changes`);
    return;
  }
  if (mine) await startVm(ctx, vmid);
}
