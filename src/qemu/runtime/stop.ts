/** Ending a VM, gently or not. Source of the order and the words: _do_vm_stop of the original. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { runHookscript } from '../../guest/hookscript.js';
import { checkLock, type Guest, loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import { freeOwned } from '../../guest/release.js';
import { InterruptedError } from '../../host/errors.js';
import { parseStartupOrder } from '../../schema/startup.js';
import { agentAnswers } from '../agent.js';
import { applyPending } from '../pending.js';
import { withQmp } from '../qmp/client.js';
import { cleanupRun } from './cleanup.js';
import { afterRun } from './leftover.js';
import { isHalfStarted } from './starting.js';
import { runFile, runningPid } from './state.js';

export interface StopOptions {
  skiplock?: boolean | undefined;
  /** Seconds to wait for the end; default 60. */
  timeout?: number | undefined;
  /** Ask the guest to shut down instead of ending QEMU. */
  shutdown?: boolean;
  /** When the time is up: SIGTERM, then SIGKILL. */
  force?: boolean;
  /** Called once it is sure that the VM is going to be asked. */
  onBegin?: () => void;
  /** Called just before the guest is told to shut down. */
  onAsk?: () => void;
  /** Called when it was asked and is gone, before anybody else may touch it. */
  onEnd?: () => void;
  /** Undoes what was interrupted: is not interrupted by that again. */
  undoing?: boolean;
  /** Leave volumes active. */
  keepActive?: boolean | undefined;
}

/**
 * Does nothing where the VM does not run. What watched its run is gone as well when this returns, so
 * that the next command finds nobody at work. @throws PaveError when it is still there at the end
 */
export async function stopVm(ctx: Context, vmid: number, options: StopOptions): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, () => stopLocked(ctx, vmid, options));
  await afterRun(ctx, vmid);
}

async function stopLocked(ctx: Context, vmid: number, options: StopOptions): Promise<void> {
  const { host, out } = ctx;
  const guest = loadGuest(ctx, 'qemu', vmid);
  if (options.skiplock !== true && guest.config.main.values.get('lock') !== 'suspended')
    checkLock(guest.config, false, vmid);
  const pid = runningPid(host, vmid);
  if (pid === undefined) return;
  const heed = options.undoing !== true;
  // It may have come while the lock was waited for.
  if (heed && ctx.signal.aborted) throw new InterruptedError();
  // Of a reboot that was killed: this stop is none.
  host.files.unlink(runFile(vmid, 'reboot'));
  options.onBegin?.();
  await runHookscript(ctx, guest.config, vmid, 'pre-stop');
  const timeout = options.timeout ?? (options.shutdown ? downTimeout(guest) : undefined) ?? 60;
  let asked = true;
  try {
    await ask(ctx, guest, options, timeout);
  } catch (error) {
    asked = false;
    if (runningPid(host, vmid) === undefined) {
      out.warn('Unexpected: VM shutdown command failed, but VM not running anymore..');
    } else if (!options.force) {
      throw new PaveError(`VM quit/powerdown failed\n${messageOf(error)}`, {
        ...(error instanceof PaveError && error.hint !== undefined ? { hint: error.hint } : {}),
      });
    } else {
      out.warn('VM quit/powerdown failed - terminating now with SIGTERM');
      host.processes.kill(pid, 'SIGTERM');
    }
  }
  if (host.dryRun) return;
  let gone = await waitGone(ctx, vmid, asked ? timeout : 10, heed);
  if (!gone && asked) {
    if (!options.force)
      throw new PaveError('VM quit/powerdown failed - got timeout', {
        hint: `qm stop ${vmid} ends it at once`,
      });
    out.warn('VM still running - terminating now with SIGTERM');
    host.processes.kill(pid, 'SIGTERM');
    gone = await waitGone(ctx, vmid, 10, heed);
  }
  if (!gone) {
    out.warn('VM still running - terminating now with SIGKILL');
    host.processes.kill(pid, 'SIGKILL');
    if (!(await waitGone(ctx, vmid, 10, heed)))
      throw new PaveError(`VM ${vmid} does not end: process ${pid} is stuck in the kernel`);
  }
  await afterStop(ctx, vmid, options.keepActive === true);
  options.onEnd?.();
}

function downTimeout(guest: Guest): number | undefined {
  const startup = guest.config.main.values.get('startup');
  return startup === undefined ? undefined : parseStartupOrder(startup)?.down;
}

/** `guest-shutdown` where an agent answers, the power button else; `quit` for a plain stop. */
async function ask(
  ctx: Context,
  guest: Guest,
  { shutdown, onAsk }: StopOptions,
  timeout: number,
): Promise<void> {
  const { host } = ctx;
  const { vmid, config } = guest;
  if (!shutdown) {
    await withQmp(host, vmid, (qmp) => qmp.execute('quit'), { timeoutMs: 10_000 });
    return;
  }
  const { status } = await withQmp(host, vmid, (qmp) =>
    qmp.execute<{ status: string }>('query-status'),
  );
  if (status === 'paused' || status === 'prelaunch') {
    const command = isHalfStarted(host, vmid) ? 'start' : 'resume';
    throw new PaveError('VM is paused - cannot shutdown', { hint: `qm ${command} ${vmid} first` });
  }
  const agent = await agentAnswers(host, vmid, config.main.values);
  onAsk?.();
  if (agent !== undefined) {
    try {
      await agent.execute(
        'guest-shutdown',
        {},
        { timeoutMs: Math.min(timeout, 10) * 1000, noAnswer: true },
      );
    } finally {
      agent.disconnect();
    }
  } else {
    await withQmp(host, vmid, (qmp) => qmp.execute('system_powerdown'));
  }
}

/**
 * Gives whether QEMU was gone within that many seconds. `heed`: an interrupt that came before, while
 * QEMU or an agent was asked, ends it as one that comes now. @throws InterruptedError
 */
export async function waitGone(
  ctx: Context,
  vmid: number,
  seconds: number,
  heed = false,
): Promise<boolean> {
  const end = ctx.host.clock.monotonic() + seconds * 1000;
  while (runningPid(ctx.host, vmid) !== undefined) {
    if (ctx.host.clock.monotonic() >= end) return false;
    if (heed && ctx.signal.aborted) throw new InterruptedError();
    await ctx.host.clock.sleep(50);
  }
  return true;
}

/** QEMU is gone: what it left goes, and pending changes take effect. */
async function afterStop(ctx: Context, vmid: number, keepActive: boolean): Promise<void> {
  const guest = loadGuest(ctx, 'qemu', vmid);
  await cleanupRun(ctx, vmid, guest.config, { keepActive });
  if (guest.config.main.values.get('lock') === 'suspended') return;
  const applied = applyPending(guest.config, { running: false });
  if (!applied.changed) return;
  saveGuest(ctx, guest, guest.config);
  await freeOwned(ctx, guest, applied.free);
}
