/**
 * A running guest's disks at one instant: one transaction starts a backup job of QEMU's for each of
 * them. What the guest overwrites is pushed to us before, the rest as we can take it. Works for
 * disks with threads of their own as well, for which QEMU 7.2 can neither export nodes nor add
 * filters without breaking down.
 */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import type { Qmp } from '../../qemu/qmp/client.js';
import { runFile } from '../../qemu/runtime/state.js';
import { markAllocated } from './allocated.js';
import type { Feed } from './feed.js';
import { bitmapCount, clearJobs, JOB_PREFIX, type LiveNode, ourJobs, targetNode } from './graph.js';
import { listenForPushes, type PushTarget } from './push-server.js';
import { connectQmp, withQmp } from './qmp.js';
import { hasEnded } from './shutdown.js';

/**
 * Pieces of 1 MiB copied at the same time: one is read while the other is sent. What a guest's write
 * pushes out waits behind them; with the original's 16 that takes three times as long at the 99th
 * percentile, and the backup is not over sooner.
 */
const WORKERS = 2;
/** A transaction waits for all I/O under way. */
const TRANSACTION_MS = 120_000;
/** A job told to wait for its turn: a byte a second. */
const WAITING = 1;

export interface LiveDisk extends LiveNode {
  key: string;
  /** Bitmap on the node whose clusters alone are copied; all are without one. */
  changed?: string | undefined;
  /** What the bitmap does not name is zero; without it, as it was in the last backup. */
  elseZero?: boolean;
}

export interface LiveOptions {
  vmid: number;
  disks: readonly LiveDisk[];
  feed: Feed;
  /** Bytes a second of the background copy; 0 for no limit. */
  speed: number;
  workers?: number | undefined;
  /** Further actions of the same instant, e.g. new dirty bitmaps. */
  actions: readonly { type: string; data: Record<string, unknown> }[];
  /** For a file of some kilobytes. */
  tmpdir: string;
  log: { warn(line: string): void };
  /** Runs the transaction it is given, e.g. with frozen file systems. */
  around: (transaction: () => Promise<void>) => Promise<void>;
  /** Called now and then while data flows. */
  onProgress: () => void;
  signal: AbortSignal;
}

/**
 * Returns when every disk is in the feed, whole. Whatever happens, the jobs and nodes are gone then.
 * @throws PaveError with what QEMU, the server or the feed said first
 */
export async function pushLive(host: Host, asked: LiveOptions): Promise<void> {
  const { vmid, feed, signal } = asked;
  const socket = runFile(vmid, 'backup');
  let failure: { error: unknown } | undefined;
  const targets = new Map<string, PushTarget>(
    asked.disks.map(({ key }, index) => [key, feed.target(index)]),
  );
  host.files.unlink(socket);
  const server = await listenForPushes(host, socket, targets, (error) => {
    failure ??= { error };
  });
  try {
    const disks = await markAllocated(host, asked);
    const options = { ...asked, disks };
    for (const [index, { elseZero }] of disks.entries()) if (elseZero) feed.partly(index);
    await withQmp(host, vmid, async (qmp) => {
      for (const { key, size } of disks)
        await qmp.execute('blockdev-add', targetNode(key, size, host.path(socket)).options);
    });
    await options.around(() => begin(host, options));
    const due = await dirtyBytes(host, options);
    for (const [index, { size, elseZero }] of disks.entries())
      if (elseZero) feed.expectMissing(index, size - due[index]!);
    await follow(host, options, () => failure);
    for (const [index, { key }] of disks.entries()) {
      if (feed.arrived(index) < due[index]!)
        throw new PaveError(`VM ${vmid}: ${key}: less came from its QEMU than had changed`);
    }
    for (const [index, { elseZero }] of disks.entries()) if (elseZero) await feed.fillUp(index);
  } catch (error) {
    // First of all nobody must wait for us any more, least of all a write of the guest.
    server.close();
    if (signal.aborted) throw new InterruptedError();
    if (await hasEnded(host, vmid))
      throw new PaveError(
        `VM ${vmid}: its QEMU ended during the backup: it was killed, or crashed`,
        {
          cause: failure?.error ?? error,
        },
      );
    throw failure?.error ?? error;
  } finally {
    try {
      await tidy(host, vmid);
    } finally {
      server.close();
      host.files.unlink(socket);
    }
  }
}

async function begin(host: Host, options: LiveOptions): Promise<void> {
  const { disks, speed, workers, actions } = options;
  const jobs = disks.map(({ key, node, changed }, index) => ({
    type: 'blockdev-backup',
    data: {
      'job-id': `${JOB_PREFIX}${key}`,
      device: node,
      target: targetNode(key, 0, '').name,
      ...(changed === undefined
        ? { sync: 'full' }
        : { sync: 'bitmap', bitmap: changed, 'bitmap-mode': 'never' }),
      // All begin at once; the copies go one after the other.
      speed: index === 0 ? speed : WAITING,
      'auto-dismiss': false,
      'x-perf': { 'max-workers': workers ?? WORKERS },
    },
  }));
  await withQmp(host, options.vmid, (qmp) =>
    qmp.execute('transaction', { actions: [...actions, ...jobs] }, { timeoutMs: TRANSACTION_MS }),
  );
}

/** What each disk has to push at least; whole disks are counted by the archive itself. */
async function dirtyBytes(host: Host, { vmid, disks }: LiveOptions): Promise<number[]> {
  return await withQmp(host, vmid, async (qmp) => {
    const due: number[] = [];
    for (const { key, node, changed } of disks) {
      const count = changed === undefined ? 0 : await bitmapCount(qmp, node, changed);
      if (count === undefined)
        throw new PaveError(`VM ${vmid}: ${key}: its dirty bitmap was taken away`);
      due.push(count);
    }
    return due;
  });
}

/** Until all jobs have ended; one connection a look, since QEMU talks to one client only. */
async function follow(
  host: Host,
  options: LiveOptions,
  failed: () => { error: unknown } | undefined,
): Promise<void> {
  const { vmid, disks, feed, signal } = options;
  let current = 0;
  for (let pause = 20; ; pause = Math.min(1000, pause * 1.3)) {
    const problem = failed();
    if (problem !== undefined) throw problem.error;
    if (signal.aborted) throw new InterruptedError();
    const jobs = await withQmp(host, vmid, async (qmp) => {
      const found = new Map((await ourJobs(qmp)).map((job) => [job.id, job]));
      const before = current;
      while (
        current < disks.length &&
        isOver(found.get(`${JOB_PREFIX}${disks[current]!.key}`)?.status)
      )
        current++;
      if (current !== before && current < disks.length) {
        await qmp
          .execute('block-job-set-speed', {
            device: `${JOB_PREFIX}${disks[current]!.key}`,
            speed: options.speed,
          })
          // It may have ended this very moment.
          .catch(() => {});
        pause = 20;
      }
      return found;
    });
    for (const { key } of disks) {
      const job = jobs.get(`${JOB_PREFIX}${key}`);
      if (job === undefined)
        throw new PaveError(`VM ${vmid}: the backup job of ${key} was taken away`);
      if (job.error !== undefined) throw new PaveError(`VM ${vmid}: ${key}: ${job.error}`);
    }
    options.onProgress();
    if (current === disks.length) break;
    await host.clock.sleep(pause, signal).catch(() => {});
  }
  await feed.settled();
}

/**
 * Holds the background copies back, and lets them go on; what guest writes push out comes all the
 * same. One request at a time, and only the last one counts.
 */
export function backgroundControl(host: Host, vmid: number, keys: readonly string[]) {
  let wanted = false;
  let now = false;
  let turn: Promise<void> = Promise.resolve();
  const apply = async () => {
    if (wanted === now) return;
    now = wanted;
    await withQmp(host, vmid, async (qmp) => {
      for (const key of keys)
        await qmp
          .execute(now ? 'block-job-pause' : 'block-job-resume', { device: `${JOB_PREFIX}${key}` })
          // It has ended already.
          .catch(() => {});
    });
  };
  return (hold: boolean): void => {
    wanted = hold;
    // Who follows the jobs notices where the guest is gone.
    turn = turn.then(apply).catch(() => {});
  };
}

function isOver(status: string | undefined): boolean {
  return status === undefined || status === 'concluded' || status === 'null';
}

/** Takes our jobs and nodes out of a running guest; one that is gone has none. */
export async function tidy(host: Host, vmid: number): Promise<boolean> {
  let qmp: Qmp;
  try {
    qmp = await connectQmp(host, vmid);
  } catch (error) {
    if (!host.files.exists(runFile(vmid, 'qmp'))) return false;
    const { runningPid } = await import('../../qemu/runtime/state.js');
    if (runningPid(host, vmid) === undefined) return false;
    throw error;
  }
  try {
    return await clearJobs(qmp, (ms) => host.clock.sleep(ms));
  } finally {
    qmp.disconnect();
  }
}
