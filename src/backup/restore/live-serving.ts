/** The archive behind a socket of ours: a machine reads from it what has not been copied yet. */
import type { Context } from '../../commands/define.js';
import { InterruptedError } from '../../host/errors.js';
import { startVm } from '../../qemu/runtime/start.js';
import { RUN_DIR, runFile } from '../../qemu/runtime/state.js';
import { volumeHasFeature } from '../../storage/index.js';
import type { Task } from '../../task/index.js';
import { STATE_HOLE, STATE_ZERO } from '../nbd/protocol.js';
import { listenForPushes, type PushTarget } from '../source/push-server.js';
import type { VmaReader } from '../vma/read.js';
import { type LiveContent, openLiveContent } from './live-content.js';
import { nodesOf } from './live-disks.js';
import { LiveJobs } from './live-jobs.js';
import type { LiveMark, RestoreMark } from './mark.js';

export interface Served {
  /** What is restored, also before the machine runs; size in bytes. */
  devices: readonly { name: string; size: number }[];
  readers: readonly VmaReader[];
  /** What it reads from us while it runs. */
  live: readonly LiveMark[];
  /** Nothing has been written to their volumes yet. */
  fresh: boolean;
}

export class LiveServing {
  private readonly ctx: Context;
  private readonly socket: string;
  private failure: { error: unknown } | undefined;
  private unpacked = 0;

  constructor(
    private readonly task: Task,
    private readonly vmid: number,
    private readonly mark: RestoreMark,
  ) {
    this.ctx = task.ctx;
    this.socket = runFile(vmid, 'restore');
  }

  /** `begin` sees to it that the machine runs; then its disks are waited for. */
  async during(served: Served, begin: (content: LiveContent) => Promise<void>): Promise<void> {
    const { ctx, mark, task, vmid } = this;
    const { host } = ctx;
    const { devices, readers, live, fresh } = served;
    const failed = (error: unknown) => {
      this.failure ??= { error };
    };
    const source = { archives: mark.state.archives, devices, tmpdir: mark.state.tmpdir! };
    const more = (bytes: number) => {
      this.unpacked += bytes;
    };
    const content = await openLiveContent(ctx, source, readers, more, failed);
    // The first machine since the node was booted.
    host.files.mkdir(RUN_DIR);
    host.files.unlink(this.socket);
    const targets = exportsOf(ctx, content, live, fresh);
    const server = await listenForPushes(host, this.socket, targets, failed);
    try {
      await begin(content);
      await new LiveJobs(task, vmid, mark, live).wait(() => {
        if (this.failure !== undefined) throw this.failure.error;
        return this.unpacked;
      });
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
}

/**
 * QEMU copies what is said to be there. What is not there and lies below a volume that is empty needs
 * no copy: such an area passes for one that is not allocated. Elsewhere it is allocated and reads as
 * zeroes, which QEMU writes without asking us for them.
 */
function exportsOf(
  ctx: Context,
  content: LiveContent,
  disks: readonly LiveMark[],
  fresh: boolean,
): ReadonlyMap<string, PushTarget> {
  return new Map(
    disks.map(({ key, device, size, volid, overlay }) => {
      // A mirror that was killed may have left there what the machine has forgotten in a power cut.
      const empty = overlay === undefined || (fresh && volumeHasFeature(ctx, 'sparseinit', volid));
      const zeroes = empty ? STATE_HOLE : STATE_HOLE | STATE_ZERO;
      return [
        key,
        {
          size,
          read: (offset: number, length: number) => content.read(device, offset, length),
          async status(offset: number, length: number) {
            const extent = await content.extent(device, offset, length);
            return { length: extent.length, flags: extent.zero ? zeroes : 0 };
          },
        },
      ];
    }),
  );
}
