/** The archive of a guest that runs, or that is started for it in mode stop. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { withQmp } from '../../qemu/qmp/client.js';
import { startVm } from '../../qemu/runtime/start.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { volumePath } from '../../storage/index.js';
import { createVmaStream } from '../vma/stream.js';
import { type ClusterSink, Feed } from './feed.js';
import { allocFleecing, freeFleecing } from './fleecing.js';
import { whileFrozen } from './freeze.js';
import { liveNodes } from './graph.js';
import { backgroundControl, type LiveDisk, pushLive, tidy } from './live.js';
import { ProgressLog } from './progress.js';
import { Spool } from './spool.js';
import type { ArchiveRequest, ArchiveResult } from './types.js';

export async function archiveRunning(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
): Promise<ArchiveResult> {
  const { host } = ctx;
  const { vmid, log } = request;
  const paused = await readyGuest(ctx, request);
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
    const stream = await createVmaStream(host, {
      devices: disks.map(({ key, size }) => ({ device: deviceOf(key), size })),
      configs: request.configs,
      uuid,
      ctime: Math.floor(host.clock.now() / 1000),
      output: request.output,
    });
    const size = disks.reduce((sum, disk) => sum + disk.size, 0);
    const buffer = await fleecingSpool(ctx, request, disks, size, stream);
    const feed = new Feed(buffer?.spool ?? stream, disks);
    const progress = new ProgressLog(host.clock, size, log.info);
    const counts = () => ({ ...feed.counts, zero: stream.zero });
    log.info(`started backup task '${uuid}'`);
    try {
      await pushLive(host, {
        vmid,
        disks,
        feed,
        speed: request.bwlimit * 1024,
        workers: request.performance?.['max-workers'],
        actions: [],
        around: async (transaction) => {
          await frozen(ctx, request, transaction);
          await release();
        },
        onProgress: () => progress.update(counts()),
        signal: request.signal,
      });
      await buffer?.spool.drained();
      await stream.finish();
    } finally {
      await buffer?.close();
    }
    progress.end(counts());
    return { uuid, size, read: feed.counts.read, zero: stream.zero, written: stream.written };
  } finally {
    await release();
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

/** Name of a disk in the archive. Source: `qmdevice` of VZDump/QemuServer.pm. */
export function deviceOf(key: string): string {
  return key === 'tpmstate0' ? 'drive-tpmstate0-backup' : `drive-${key}`;
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
  request.log.info('resuming VM again');
  await withQmp(ctx.host, request.vmid, (qmp) => qmp.execute('cont', {}, { timeoutMs: 45_000 }));
}

async function liveDisks(ctx: Context, request: ArchiveRequest): Promise<LiveDisk[]> {
  const keys = request.disks.map(({ key }) => key);
  const nodes = await withQmp(ctx.host, request.vmid, (qmp) => liveNodes(qmp, keys));
  return keys.map((key) => ({ key, ...nodes.get(key)! }));
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
