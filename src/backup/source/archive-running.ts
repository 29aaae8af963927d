/** The archive of a guest that runs, or that is started for it in mode stop. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { startVm } from '../../qemu/runtime/start.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { volumePath } from '../../storage/index.js';
import { deviceOf } from './devices.js';
import { type ClusterSink, Feed } from './feed.js';
import { allocFleecing, freeFleecing } from './fleecing.js';
import { whileFrozen } from './freeze.js';
import { liveNodes } from './graph.js';
import { backgroundControl, type LiveDisk, pushLive, tidy } from './live.js';
import { ProgressLog } from './progress.js';
import { withQmp } from './qmp.js';
import { holdShutdown } from './shutdown.js';
import { type ChosenDisk, openSink } from './sink.js';
import { Spool } from './spool.js';
import { readTpmState, TPM_KEY, tpmSize } from './tpm.js';
import {
  chooseClusters,
  parentSizes,
  settleBitmaps,
  type TrackedDisk,
  trackingActions,
} from './tracking.js';
import type { ArchiveRequest, ArchiveResult, SourceDisk } from './types.js';

/**
 * Writes the archive of a guest that runs, as it is at one instant; the guest works on. @throws
 * PaveError, with its block graph as before
 */
export async function archiveRunning(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
): Promise<ArchiveResult> {
  const { host } = ctx;
  const { vmid, log } = request;
  const paused = await readyGuest(ctx, request);
  const letEnd = await holdShutdown(host, vmid, log);
  let held = request.mode !== 'snapshot';
  const release = async () => {
    if (!held) return;
    held = false;
    if (paused) await resume(ctx, request);
    await request.onRunning?.();
  };
  try {
    if (await tidy(host, vmid)) log.warn('removed what a killed backup left in QEMU');
    const disks = await liveDisks(ctx, request);
    const tpm = await tpmOf(ctx, request);
    const sink = await openSink(ctx, request, uuid, [...disks, ...(tpm ? [tpm] : [])]);
    const { stream } = sink;
    let state: Buffer | undefined;
    const size = disks.reduce((sum, disk) => sum + disk.size, tpm?.size ?? 0);
    const buffer = await fleecingSpool(ctx, request, disks, size, sink.entry);
    const feed = new Feed(buffer?.spool ?? sink.entry, disks);
    const progress = new ProgressLog(host.clock, dueBytes(disks), log.info);
    const counts = () => ({ ...feed.counts, zero: stream.zero });
    log.info(`started backup task '${uuid}'`);
    let whole = false;
    try {
      await pushLive(host, {
        vmid,
        disks,
        feed,
        speed: request.bwlimit * 1024,
        workers: request.performance?.['max-workers'],
        actions: trackingActions(request, disks, uuid),
        tmpdir: request.tmpdir,
        log,
        around: async (transaction) => {
          await frozen(ctx, request, async () => {
            if (tpm) state = await readTpmState(ctx, vmid, tpm.disk, tpm.size);
            await transaction();
          });
          await release();
        },
        onProgress: () => progress.update(counts()),
        signal: request.signal,
      });
      await buffer?.spool.drained();
      if (state !== undefined) await sink.entry.add(disks.length, 0, state);
      await stream.finish();
      whole = true;
    } finally {
      sink.close();
      await buffer?.close();
      if (request.track) await settle(ctx, request, disks, uuid, whole);
    }
    const reused = size - (tpm?.size ?? 0) - dueBytes(disks, feed) + sink.unchanged();
    progress.end(counts(), reused, size);
    return {
      uuid,
      size,
      read: feed.counts.read,
      zero: stream.zero,
      written: stream.written,
      ...(request.kind.type === 'full' ? {} : { reused }),
    };
  } finally {
    try {
      await release();
    } finally {
      await letEnd();
    }
  }
}

/** Bytes that are pushed: of a disk with a bitmap only what changed. */
function dueBytes(disks: readonly TrackedDisk[], feed?: Feed): number {
  return disks.reduce((sum, { size, changed, bitmaps }, index) => {
    if (changed === undefined) return sum + size;
    const arrived = feed?.arrived(index) ?? Math.max(0, ...bitmaps.map(({ count }) => count));
    return sum + Math.min(size, arrived);
  }, 0);
}

/** A guest that is gone has no bitmaps any more; that is no fault of the archive. */
async function settle(
  ctx: Context,
  { vmid, log }: ArchiveRequest,
  disks: readonly TrackedDisk[],
  uuid: string,
  whole: boolean,
): Promise<void> {
  const keys = disks.map(({ key }) => key);
  try {
    await settleBitmaps(ctx, vmid, keys, uuid, whole);
  } catch (error) {
    log.warn(`dirty bitmaps of VM ${vmid}: ${messageOf(error)}`);
  }
}

interface SpoolInUse {
  spool: Spool;
  close(): Promise<void>;
}

/** Where guest writes need not wait for the target; undefined where that was not asked for. */
async function fleecingSpool(
  ctx: Context,
  request: ArchiveRequest,
  disks: readonly LiveDisk[],
  size: number,
  sink: ClusterSink,
): Promise<SpoolInUse | undefined> {
  const { vmid, log, fleecing } = request;
  if (!fleecing?.enabled) return undefined;
  const volid = await allocFleecing(ctx, vmid, fleecing.storage ?? 'local', size, log);
  try {
    const file = ctx.host.open(volumePath(ctx, volid), 'r+');
    const hold = backgroundControl(
      ctx.host,
      vmid,
      disks.map(({ key }) => key),
    );
    const spool = new Spool(sink, ctx.host.bulk, file.fd, hold);
    return {
      spool,
      async close() {
        file.close();
        await freeFleecing(ctx, vmid, [volid], log);
      },
    };
  } catch (error) {
    await freeFleecing(ctx, vmid, [volid], log);
    throw error;
  }
}

/** Gives whether the guest was started for this and waits to be let run. */
async function readyGuest(ctx: Context, request: ArchiveRequest): Promise<boolean> {
  const { vmid, mode, log } = request;
  if (runningPid(ctx.host, vmid) !== undefined) return false;
  if (mode !== 'stop') throw new PaveError(`VM ${vmid} has stopped meanwhile`);
  log.info('starting kvm to execute backup task');
  await startVm(ctx, vmid, { skiplock: true, paused: true });
  return true;
}

async function resume(ctx: Context, request: ArchiveRequest): Promise<void> {
  await withQmp(ctx.host, request.vmid, (qmp) => qmp.execute('cont', {}, { timeoutMs: 45_000 }));
}

/** The TPM's state, which is no disk of QEMU's: always the last one. */
async function tpmOf(
  ctx: Context,
  request: ArchiveRequest,
): Promise<(ChosenDisk & { disk: SourceDisk }) | undefined> {
  const disk = request.disks.find(({ key }) => key === TPM_KEY);
  if (disk === undefined) return undefined;
  const size = await tpmSize(ctx, request.vmid, disk);
  const same = (await parentSizes(ctx, request)).get(deviceOf(TPM_KEY)) === size;
  return { key: TPM_KEY, size, choice: same ? 'compared' : 'all', disk };
}

async function liveDisks(ctx: Context, request: ArchiveRequest): Promise<TrackedDisk[]> {
  const keys = request.disks.map(({ key }) => key).filter((key) => key !== TPM_KEY);
  const nodes = await withQmp(ctx.host, request.vmid, (qmp) => liveNodes(qmp, keys));
  return chooseClusters(request, nodes, await parentSizes(ctx, request));
}

/** Frozen only where the guest runs: one that is paused could not answer. */
async function frozen(
  ctx: Context,
  { vmid, mode, config, log }: ArchiveRequest,
  work: () => Promise<void>,
): Promise<void> {
  if (mode !== 'snapshot') return await work();
  const { status } = await withQmp(ctx.host, vmid, (qmp) =>
    qmp.execute<{ status: string }>('query-status'),
  );
  if (status !== 'running') return await work();
  await whileFrozen(ctx.host, vmid, config, log, work);
}
