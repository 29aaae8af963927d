/**
 * A machine that runs while its disks are restored: each is an empty qcow2 volume whose backing is
 * the archive, served by us, and QEMU itself streams what is missing into the volume.
 */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import { nodeName } from '../../qemu/command/block-nodes.js';
import { withQmp } from '../../qemu/qmp/client.js';
import { startVm } from '../../qemu/runtime/start.js';
import { runFile, runningPid } from '../../qemu/runtime/state.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { parseVolume, volumePath } from '../../storage/index.js';
import type { Task } from '../../task/index.js';
import { listenForPushes, type PushTarget } from '../source/push-server.js';
import type { VmaReader } from '../vma/read.js';
import { UnpackedContent } from './content.js';
import { openTarget } from './open-target.js';
import type { PlannedDisk } from './plan.js';

export type LiveDisk = PlannedDisk & { volid: string };

const JOB = 'pave-restore-';
const PIECE = 1 << 20;
/** Too small to be worth it, and the firmware wants them as they are. */
const BEFORE_START = /^(?:efidisk|tpmstate)\d+$/;

/** @throws PaveError naming the disks that cannot be restored so */
export function assertLive(disks: readonly PlannedDisk[]): void {
  const wrong = disks.filter(
    ({ key, device, format }) =>
      device !== undefined && !BEFORE_START.test(key) && format !== 'qcow2',
  );
  if (wrong.length > 0)
    throw new PaveError(
      `--live-restore needs disks that can be qcow2; these cannot where they would lie: ${wrong.map(({ key, storeid }) => `${key} (${storeid})`).join(', ')}`,
      { hint: 'name a storage of files with --storage, or restore first and start then' },
    );
}

/**
 * Starts the machine, whose config is written, and returns when its disks need the archive no more.
 * @throws PaveError when that fails; the machine has to be ended then
 */
export async function restoreLive(
  task: Task,
  vmid: number,
  archives: readonly VmaReader[],
  disks: readonly LiveDisk[],
  bwlimit: number,
): Promise<void> {
  const { ctx } = task;
  const { host } = ctx;
  const wanted = disks.filter((disk) => disk.device !== undefined);
  const content = new UnpackedContent(
    ctx,
    `/var/tmp/pave-restore-${host.processes.self}`,
    wanted.map(({ device, size }) => ({ name: device!, size })),
  );
  let unpacked = 0;
  let failure: { error: unknown } | undefined;
  const unpacking = content
    .unpack(archives, (bytes) => {
      unpacked += bytes;
    })
    .catch((error: unknown) => {
      failure ??= { error };
    });
  const socket = runFile(vmid, 'restore');
  const live = wanted.filter(({ key }) => !BEFORE_START.test(key));
  host.files.unlink(socket);
  const server = await listenForPushes(host, socket, exportsOf(content, live), (error) => {
    failure ??= { error };
  });
  try {
    for (const disk of wanted.filter(({ key }) => BEFORE_START.test(key)))
      await fill(task, content, disk);
    for (const { volid, size } of live) await makeHollow(task, volid, size);
    ctx.out.line('starting VM for live-restore');
    task.undo.add(`stop VM ${vmid}`, () => stopVm(ctx, vmid, { force: true, skiplock: true }));
    await startVm(ctx, vmid, {
      skiplock: true,
      backing: new Map(live.map(({ key, volid }) => [volid, backing(host.path(socket), key)])),
    });
    await stream(
      task,
      vmid,
      live,
      bwlimit,
      () => failure,
      () => unpacked,
    );
    await unpacking;
    if (failure !== undefined) throw failure.error;
  } catch (error) {
    throw ctx.signal.aborted ? new InterruptedError() : (failure?.error ?? error);
  } finally {
    server.close();
    host.files.unlink(socket);
    await unpacking;
    content.close();
  }
}

/** Storages make images whose clusters are all there: such an image shows nothing of what lies below. */
async function makeHollow({ ctx }: Task, volid: string, size: number): Promise<void> {
  const path = volumePath(ctx, volid);
  const argv = ['qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'preallocation=off'];
  await ctx.host.run([...argv, ctx.host.path(path), String(Math.ceil(size / 512) * 512)], {
    effect: 'change',
    purpose: 'an image without clusters of its own',
  });
}

function backing(socket: string, key: string): Record<string, unknown> {
  return {
    driver: 'nbd',
    'node-name': `${JOB}${key}`,
    'read-only': true,
    server: { type: 'unix', path: socket },
    export: key,
  };
}

function exportsOf(
  content: UnpackedContent,
  disks: readonly LiveDisk[],
): ReadonlyMap<string, PushTarget> {
  return new Map(
    disks.map(({ key, device, size }) => [
      key,
      { size, read: (offset: number, length: number) => content.read(device!, offset, length) },
    ]),
  );
}

/** A disk as a whole, before the start. */
async function fill(task: Task, content: UnpackedContent, disk: LiveDisk): Promise<void> {
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

interface StreamJob {
  id: string;
  status: string;
  'current-progress': number;
  'total-progress': number;
  error?: string;
}

async function stream(
  task: Task,
  vmid: number,
  disks: readonly LiveDisk[],
  bwlimit: number,
  failed: () => { error: unknown } | undefined,
  unpacked: () => number,
): Promise<void> {
  const { ctx } = task;
  await withQmp(ctx.host, vmid, async (qmp) => {
    for (const { key, volid } of disks)
      await qmp.execute(
        'block-stream',
        {
          'job-id': `${JOB}${key}`,
          device: nodeName('fmt', key, volid),
          speed: Math.floor((bwlimit * 1024) / disks.length),
          'auto-dismiss': false,
        },
        { timeoutMs: 60_000 },
      );
  });
  const total = disks.reduce((sum, { size }) => sum + size, 0);
  for (let pause = 100; ; pause = Math.min(1000, pause * 1.2)) {
    const problem = failed();
    if (problem !== undefined) throw problem.error;
    if (ctx.signal.aborted) throw new InterruptedError();
    if (runningPid(ctx.host, vmid) === undefined)
      throw new PaveError(`VM ${vmid} ended before its disks were restored`);
    const jobs = await withQmp(ctx.host, vmid, (qmp) => qmp.execute<StreamJob[]>('query-jobs'));
    const ours = jobs.filter(({ id }) => id.startsWith(JOB));
    const wrong = ours.find(({ error }) => error !== undefined);
    if (wrong !== undefined) throw new PaveError(`${wrong.id.slice(JOB.length)}: ${wrong.error}`);
    const done = ours.reduce((sum, job) => sum + job['current-progress'], 0);
    ctx.out.progress({
      done,
      total,
      text: `restored ${done} of ${total} bytes, ${unpacked()} unpacked`,
    });
    if (ours.every(({ status }) => status === 'concluded')) break;
    await ctx.host.clock.sleep(pause, ctx.signal).catch(() => {});
  }
  ctx.out.progressEnd();
  await withQmp(ctx.host, vmid, async (qmp) => {
    for (const { key } of disks) await qmp.execute('job-dismiss', { id: `${JOB}${key}` });
  });
}
