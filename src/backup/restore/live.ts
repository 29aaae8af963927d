/**
 * A machine that runs while its disks are restored. It reads from the archive what has not been
 * copied yet, through a socket of ours. Killed, we leave a machine whose reads wait, and a mark: the
 * same call goes on where it was.
 */
import type { Context } from '../../commands/define.js';
import { writeGuestConfig } from '../../config/guest-config-write.js';
import { PaveError } from '../../errors.js';
import { type Guest, isOn, loadGuest, saveGuest } from '../../guest/load.js';
import { InterruptedError } from '../../host/errors.js';
import { type Qmp, QmpError, withQmp } from '../../qemu/qmp/client.js';
import { startVm } from '../../qemu/runtime/start.js';
import { runFile, runningPid } from '../../qemu/runtime/state.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { parseVolume, volumePath } from '../../storage/index.js';
import type { Task } from '../../task/index.js';
import { listenForPushes, type PushTarget } from '../source/push-server.js';
import type { VmaReader } from '../vma/read.js';
import { restoreLimit } from './fill.js';
import { addToPool, finishRestored, writeFirewall } from './finish.js';
import { type LiveContent, openLiveContent, requireLiveRoom } from './live-content.js';
import {
  JOB,
  makeHollow,
  nodesOf,
  overlayNode,
  overlayPath,
  type RestoreJob,
  startJob,
  syncVolume,
  takesBacking,
} from './live-disks.js';
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
  const serving = new Serving(task, guest.vmid, mark);
  await serving.during(devicesOf(disks), readers, live, async (content) => {
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
      stopVm(ctx, guest.vmid, { force: true, skiplock: true, timeout: 5 }),
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
    const serving = new Serving(task, vmid, mark);
    const devices = live.map(({ device, size }) => ({ name: device, size }));
    await serving.during(devices, readers, live, async () => {
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

/** The archive behind a socket, and QEMU's jobs that copy from it. */
class Serving {
  private readonly ctx: Context;
  private readonly socket: string;
  private failure: { error: unknown } | undefined;
  private unpacked = 0;
  /** Jobs of ours were under way when QEMU was last asked. */
  private busy = false;

  constructor(
    private readonly task: Task,
    private readonly vmid: number,
    private readonly mark: RestoreMark,
  ) {
    this.ctx = task.ctx;
    this.socket = runFile(vmid, 'restore');
  }

  /** `begin` sees to it that the machine runs; then its disks are waited for. */
  async during(
    devices: readonly { name: string; size: number }[],
    readers: readonly VmaReader[],
    live: readonly LiveMark[],
    begin: (content: LiveContent) => Promise<void>,
  ): Promise<void> {
    const { ctx, mark } = this;
    const { host } = ctx;
    const failed = (error: unknown) => {
      this.failure ??= { error };
    };
    const source = { archives: mark.state.archives, devices, tmpdir: mark.state.tmpdir! };
    const content = await openLiveContent(
      ctx,
      source,
      readers,
      (bytes) => {
        this.unpacked += bytes;
      },
      failed,
    );
    host.files.unlink(this.socket);
    const server = await listenForPushes(host, this.socket, exportsOf(content, live), failed);
    try {
      await begin(content);
      await this.wait(live);
      await content.ready;
      if (this.failure !== undefined) throw this.failure.error;
    } catch (error) {
      throw ctx.signal.aborted ? new InterruptedError() : (this.failure?.error ?? error);
    } finally {
      server.close();
      host.files.unlink(this.socket);
      await content.ready;
      content.close();
    }
  }

  async start(live: readonly LiveMark[]): Promise<void> {
    const { ctx, vmid, socket } = this;
    await startVm(ctx, vmid, { skiplock: true, ...nodesOf(ctx, socket, live) });
  }

  /** Until no disk needs the archive any more. */
  private async wait(live: readonly LiveMark[]): Promise<void> {
    const { ctx, vmid } = this;
    const total = live.reduce((sum, { size }) => sum + size, 0);
    const left = new Map(live.map((disk) => [`${JOB}${disk.key}`, disk]));
    const speed = Math.floor((this.mark.state.bwlimit ?? 0) / live.length) || 0;
    /** Ours; what an earlier run of ours began may have failed for its end. */
    const begun = new Set<string>();
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.2)) {
      if (this.failure !== undefined) throw this.failure.error;
      this.task.check();
      if (runningPid(ctx.host, vmid) === undefined)
        throw new PaveError(`VM ${vmid} ended before its disks were restored`);
      const done = await withQmp(ctx.host, vmid, (qmp) => this.step(qmp, left, begun, speed));
      const rest = [...left.values()].reduce((sum, { size }) => sum + size, 0);
      const copied = Math.min(total, total - rest + done);
      const also = this.unpacked > 0 ? `, ${this.unpacked} unpacked` : '';
      ctx.out.progress({
        done: copied,
        total,
        text: `restored ${copied} of ${total} bytes${also}`,
      });
      if (left.size === 0 && !this.busy) break;
      await ctx.host.clock.sleep(pause, ctx.signal).catch(() => {});
    }
    ctx.out.progressEnd();
    await this.removeOverlays();
  }

  /** Begins, furthers and ends jobs. Gives the bytes that those under way have done. */
  private async step(
    qmp: Qmp,
    left: Map<string, LiveMark>,
    begun: Set<string>,
    speed: number,
  ): Promise<number> {
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
    return done;
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
  private async removeOverlays(): Promise<void> {
    const { ctx, vmid, mark } = this;
    const tmpdir = mark.state.tmpdir!;
    const pattern = new RegExp(`^pave-restore-${vmid}-(\\w+)\\.qcow2$`);
    await withQmp(ctx.host, vmid, async (qmp) => {
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
    });
  }
}

function exportsOf(
  content: LiveContent,
  disks: readonly LiveMark[],
): ReadonlyMap<string, PushTarget> {
  return new Map(
    disks.map(({ key, device, size }) => [
      key,
      { size, read: (offset: number, length: number) => content.read(device, offset, length) },
    ]),
  );
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
