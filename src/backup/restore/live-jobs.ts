/** QEMU's jobs that copy the disks of a running machine from the archive, until none is needed. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { type Qmp, QmpError, QmpSilence } from '../../qemu/qmp/client.js';
import { runningPid } from '../../qemu/runtime/state.js';
import type { Task } from '../../task/index.js';
import { withQmp } from '../source/qmp.js';
import {
  JOB,
  overlayNode,
  overlayPath,
  type RestoreJob,
  startJob,
  syncVolume,
} from './live-disks.js';
import type { LiveMark, RestoreMark } from './mark.js';

export class LiveJobs {
  private readonly ctx: Context;
  private readonly left: Map<string, LiveMark>;
  /** Ours; what an earlier run of ours began may have failed for its end. */
  private readonly begun = new Set<string>();
  /** Jobs of ours were under way when QEMU was last asked. */
  private busy = false;
  /** Bytes that those under way have done. */
  private done = 0;
  private silent = false;

  constructor(
    private readonly task: Task,
    private readonly vmid: number,
    private readonly mark: RestoreMark,
    private readonly live: readonly LiveMark[],
  ) {
    this.ctx = task.ctx;
    this.left = new Map(live.map((disk) => [`${JOB}${disk.key}`, disk]));
  }

  /**
   * Until no disk needs the archive any more. `unpacked` gives how much of it there is, and throws
   * where that failed.
   * @throws PaveError where the machine ends before, or a copy fails
   */
  async wait(unpacked: () => number): Promise<void> {
    const { ctx, vmid, left } = this;
    const total = this.live.reduce((sum, { size }) => sum + size, 0);
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.2)) {
      const bytes = unpacked();
      this.task.check();
      if (runningPid(ctx.host, vmid) === undefined)
        throw new PaveError(`VM ${vmid} ended before its disks were restored`);
      await this.ask((qmp) => this.step(qmp));
      const rest = [...left.values()].reduce((sum, { size }) => sum + size, 0);
      const copied = Math.min(total, total - rest + this.done);
      const also = bytes > 0 ? `, ${bytes} unpacked` : '';
      ctx.out.progress({
        done: copied,
        total,
        text: `restored ${copied} of ${total} bytes${also}`,
      });
      if (left.size === 0 && !this.busy) break;
      await ctx.host.clock.sleep(pause, ctx.signal).catch(() => {});
    }
    ctx.out.progressEnd();
    while (!(await this.ask((qmp) => this.removeOverlays(qmp)))) {
      if (runningPid(ctx.host, vmid) === undefined) break;
      await ctx.host.clock.sleep(1000, ctx.signal).catch(() => {});
      this.task.check();
    }
  }

  /**
   * Another command may have the monitor, or the machine be slow: what it has written is worth more
   * than our patience. All of this can be asked again; false: it has to be.
   */
  private async ask(work: (qmp: Qmp) => Promise<void>): Promise<boolean> {
    const { ctx, vmid } = this;
    try {
      await withQmp(ctx.host, vmid, work);
      return true;
    } catch (error) {
      if (!(error instanceof QmpSilence)) throw error;
      if (!this.silent) ctx.out.warn(`${error.message}; asking again`);
      this.silent = true;
      this.busy = true;
      return false;
    }
  }

  /** Begins, furthers and ends jobs. */
  private async step(qmp: Qmp): Promise<void> {
    const { left, begun } = this;
    const speed = Math.floor((this.mark.state.bwlimit ?? 0) / this.live.length) || 0;
    let done = 0;
    const jobs = await qmp.execute<RestoreJob[]>('query-jobs');
    this.busy = jobs.some(({ id, status }) => id.startsWith(JOB) && status !== 'concluded');
    for (const [id, disk] of left) {
      if (jobs.some((job) => job.id === id)) continue;
      await startJob(qmp, disk, speed);
      begun.add(id);
    }
    for (const { id, status, error, 'current-progress': progress } of jobs) {
      if (!id.startsWith(JOB)) continue;
      const disk = left.get(id);
      // One that an earlier run of ours began: perhaps at another pace.
      if (disk !== undefined && status === 'running' && !begun.has(id)) {
        await qmp.execute('block-job-set-speed', { device: id, speed });
        begun.add(id);
      }
      done += disk === undefined ? 0 : progress;
      if (status === 'ready') await this.goOver(qmp, disk, id);
      if (status !== 'concluded') continue;
      if (error !== undefined && begun.has(id))
        throw new PaveError(`${id.slice(JOB.length)}: ${error}`);
      if (error === undefined) {
        this.needsNoMore(disk);
        left.delete(id);
        done -= progress;
      }
      // Soon: QEMU 7.2 crashes when it is asked for its nodes while an ended mirror is there.
      await qmp.execute('job-dismiss', { id });
    }
    this.done = done;
  }

  /** Volume and overlay are alike, and stay so until QEMU works on the volume. */
  private async goOver(qmp: Qmp, disk: LiveMark | undefined, id: string): Promise<void> {
    if (disk !== undefined) await syncVolume(this.ctx, disk.volid);
    this.needsNoMore(disk);
    await qmp.execute('job-complete', { id });
  }

  /** Never again may it be put on top of the archive. */
  private needsNoMore(disk: LiveMark | undefined): void {
    const { live = [] } = this.mark.state;
    if (live.some(({ key }) => key === disk?.key))
      this.mark.set({ live: live.filter(({ key }) => key !== disk?.key) });
  }

  /** Those that no disk is on any more, also of an earlier run. */
  private async removeOverlays(qmp: Qmp): Promise<void> {
    const { ctx, vmid, mark } = this;
    const tmpdir = mark.state.tmpdir!;
    const pattern = new RegExp(`^pave-restore-${vmid}-(\\w+)\\.qcow2$`);
    for (const name of ctx.host.files.list(tmpdir) ?? []) {
      const key = pattern.exec(name)?.[1];
      if (key === undefined) continue;
      try {
        await qmp.execute('blockdev-del', { 'node-name': overlayNode(key) });
      } catch (error) {
        if (!(error instanceof QmpError) || !/find node/i.test(error.reason)) throw error;
      }
      ctx.host.files.unlink(overlayPath(tmpdir, vmid, key));
    }
  }
}
