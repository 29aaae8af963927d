/** Shutting a VM down and starting it again. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { startVm } from './start.js';
import { runFile, runningPid } from './state.js';
import { stopVm } from './stop.js';

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
  const request = runFile(vmid, 'reboot');
  host.files.write(request, '');
  try {
    await stopVm(ctx, vmid, { shutdown: true, timeout });
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
  // The watcher may have been quicker.
  if (host.files.unlink(request)) await startVm(ctx, vmid);
}
