/** A running VM that is stopped or paused for its backup, and brought back. */
import type { Context } from '../../commands/define.js';
import { markHeld } from '../../guest/held.js';
import { startVm } from '../../qemu/runtime/start.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { pauseVm, resumeVm } from '../../qemu/runtime/suspend.js';
import { withQmp } from '../source/qmp.js';
import type { BackupRun } from './guest-backup.js';
import { usualPriority } from './ionice.js';
import { logging } from './log.js';

export class VmPower {
  private downSince: number | undefined;
  /** Takes away the mark for who finds the guest down and us gone. */
  private unmark: (() => void) | undefined;

  private constructor(
    private readonly run: Pick<BackupRun, 'log' | 'settings'>,
    private readonly ctx: Context,
    private readonly vmid: number,
    /** It was running, perhaps paused, when the backup began. */
    readonly running: boolean,
    /** It was paused, and is left so. */
    readonly paused: boolean,
  ) {}

  static async of(run: BackupRun, vmid: number, running: boolean): Promise<VmPower> {
    const { ctx, log } = run;
    const status = running
      ? await withQmp(ctx.host, vmid, (qmp) => qmp.execute<{ status: string }>('query-status'))
      : undefined;
    const paused = status?.status === 'paused';
    return new VmPower(run, logging(ctx, log), vmid, running, paused);
  }

  /** From now on it is not there for its users. */
  down(): void {
    this.downSince = this.ctx.host.clock.monotonic();
  }

  /** Throws where it does not end within `--stopwait`; it runs on then. */
  async shutdown(): Promise<void> {
    const seconds = this.run.settings.stopwait * 60;
    await stopVm(this.ctx, this.vmid, {
      skiplock: true,
      shutdown: true,
      keepActive: true,
      timeout: seconds,
      onAsk: () => this.mark('stopped', seconds),
    });
  }

  async pause(): Promise<void> {
    if (this.paused) return;
    this.mark('paused', 0);
    await pauseVm(this.ctx, this.vmid, true);
  }

  /** The point in time is taken. A paused guest is resumed here, a stopped one runs already. */
  async wentOn(mode: 'snapshot' | 'suspend' | 'stop'): Promise<void> {
    if (mode === 'snapshot' || !this.running) return;
    if (mode === 'suspend' && !this.paused) await resumeVm(this.ctx, this.vmid, true);
    this.runsAgain();
    if (!this.paused) this.tell('resuming VM again after');
  }

  private mark(how: 'stopped' | 'paused', seconds: number): void {
    const { host } = this.ctx;
    const pid = runningPid(host, this.vmid);
    if (pid === undefined) return;
    const until = host.clock.now() + seconds * 1000;
    this.unmark = markHeld(host, this.vmid, { how, pid, until });
  }

  private runsAgain(): void {
    this.unmark?.();
    this.unmark = undefined;
  }

  /** At the end, whatever happened. */
  async bringBack(stopped: boolean): Promise<void> {
    try {
      await this.makeRun(stopped);
    } finally {
      // Where that failed it was told.
      this.runsAgain();
    }
  }

  private async makeRun(stopped: boolean): Promise<void> {
    const { log } = this.run;
    if (!stopped) {
      if (this.paused) return;
      log.info('resume vm');
      if (runningPid(this.ctx.host, this.vmid) !== undefined)
        await resumeVm(this.ctx, this.vmid, true);
    } else if (runningPid(this.ctx.host, this.vmid) === undefined) {
      log.info('restarting vm');
      await usualPriority(this.ctx.host, log);
      await startVm(this.ctx, this.vmid, { skiplock: true });
    }
    this.tell('guest is online again after');
  }

  /** Once. */
  private tell(what: string): void {
    if (this.downSince === undefined) return;
    const seconds = Math.floor((this.ctx.host.clock.monotonic() - this.downSince) / 1000);
    this.downSince = undefined;
    this.run.log.info(`${what} ${seconds < 1 ? '<1' : seconds} seconds`);
  }
}
