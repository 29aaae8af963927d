/** Archives: from NBD exports to a stream, as fast as the source gives and the target takes. */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { NbdClient } from '../nbd/client.js';
import { contextOf, extentsOf } from '../nbd/extents.js';
import { BASE_ALLOCATION } from '../nbd/protocol.js';
import { RateLimit } from '../rate.js';
import type { BackupDisk, BackupProgress, WriteVmaRequest, WriteVmaResult } from '../types.js';
import { type ClusterRun, clusterRuns, onlyChanged } from './clusters.js';
import { CLUSTER, uuidBytes } from './format.js';
import { buildHeader } from './header.js';
import { Load } from './load.js';

/** Bytes asked of the server at once: small enough to stay in the processor's caches on their way. */
const READ_SIZE = 512 << 10;
/** Extents being read, sealed and written at the same time; 4 MiB each. */
const LOADS = 6;
const PROGRESS_MS = 250;

/**
 * Writes a whole archive. Memory does not depend on the size of the disks; zeroes that the server
 * knows of are not read.
 * @throws PaveError, FileError; InterruptedError when the signal came
 */
export async function writeVma(host: Host, request: WriteVmaRequest): Promise<WriteVmaResult> {
  const header = buildHeader({
    ...request,
    devices: request.disks.map(({ device, export: { size } }) => ({ name: device, size })),
  });
  const clients: NbdClient[] = [];
  const stop = () => {
    for (const client of clients) client.close();
  };
  request.signal?.addEventListener('abort', stop);
  try {
    for (const disk of request.disks) clients.push(await connect(host, disk));
    const writer = new Writer(host, request);
    await writer.emit(header);
    for (const [index, disk] of request.disks.entries())
      await writer.disk(index + 1, disk, clients[index]!);
    return await writer.end();
  } catch (error) {
    throw request.signal?.aborted ? new InterruptedError() : error;
  } finally {
    request.signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function connect(host: Host, { device, export: from, changed }: BackupDisk) {
  const contexts = [BASE_ALLOCATION];
  if (changed === 'bitmap') {
    if (from.bitmap === undefined)
      throw new PaveError(`disk '${device}': its export has no dirty bitmap`);
    contexts.push(contextOf(from.bitmap));
  }
  const client = await NbdClient.connect(host, { ...from, contexts });
  if (client.size === from.size) return client;
  client.close();
  throw new PaveError(
    `disk '${device}': its export has ${client.size} bytes where ${from.size} were expected`,
  );
}

function extentsFor({ changed, export: from }: BackupDisk, client: NbdClient) {
  if (changed === undefined) return extentsOf(client, undefined);
  if (changed === 'bitmap') return extentsOf(client, from.bitmap);
  return onlyChanged(extentsOf(client, undefined), changed);
}

/** A load on its way: `done` when its memory may be used again. */
interface Slot {
  load: Load;
  reads: Promise<void>[];
  counts: Counts;
  done: Promise<void>;
}

type Counts = Pick<BackupProgress, 'done' | 'read' | 'zero' | 'unchanged'>;

class Writer {
  private readonly state: BackupProgress;
  private readonly rate: RateLimit;
  private readonly slots: Slot[];
  private at = 0;
  private written: Promise<void> = Promise.resolve();
  private told: number;

  constructor(
    private readonly host: Host,
    private readonly request: WriteVmaRequest,
  ) {
    const total = request.disks.reduce((sum, disk) => sum + disk.export.size, 0);
    this.state = { total, written: 0, ...none() };
    this.rate = new RateLimit(host.clock, request.bwlimit, request.signal);
    this.told = host.clock.now();
    const uuid = uuidBytes(request.uuid);
    this.slots = Array.from({ length: request.disks.length === 0 ? 0 : LOADS }, () => ({
      load: new Load(uuid),
      reads: [],
      counts: none(),
      done: Promise.resolve(),
    }));
  }

  async emit(bytes: Buffer): Promise<void> {
    const { output } = this.request;
    if (typeof output === 'number') await this.host.bulk.write(output, bytes);
    else await output.write(bytes);
    this.state.written += bytes.length;
  }

  async disk(device: number, disk: BackupDisk, client: NbdClient): Promise<void> {
    const { size } = disk.export;
    for await (const run of clusterRuns(extentsFor(disk, client), size)) {
      if (run.kind === 'unchanged') {
        const { counts } = this.slots[this.at]!;
        const bytes = bytesOf(run.first, run.count, size);
        counts.done += bytes;
        counts.unchanged += bytes;
      } else await this.add(device, run, client);
    }
  }

  /** Puts a run of clusters into the load at hand, and into those after it. */
  private async add(device: number, run: ClusterRun, client: NbdClient): Promise<void> {
    let { first, count } = run;
    while (count > 0) {
      const slot = this.slots[this.at]!;
      let part: number;
      if (run.kind === 'zero') {
        part = slot.load.addZero(device, first, count);
        slot.counts.zero += bytesOf(first, part, client.size);
      } else {
        const placed = slot.load.addData(device, first, count);
        part = placed.count;
        if (part > 0) await this.fill(slot, placed.at, first, part, client);
      }
      slot.counts.done += bytesOf(first, part, client.size);
      first += part;
      count -= part;
      if (count > 0) await this.next();
    }
  }

  /** Has the clusters' bytes read to their place. */
  private async fill(slot: Slot, at: number, first: number, count: number, client: NbdClient) {
    const { buffer } = slot.load;
    const start = first * CLUSTER;
    const length = bytesOf(first, count, client.size);
    const tail = count * CLUSTER - length;
    if (tail > 0) buffer.fill(0, at + length, at + length + tail);
    // What lies behind the disk's end is no zero of the disk.
    slot.counts.zero -= Math.floor(tail / 4096) * 4096;
    slot.counts.read += length;
    await this.rate.take(length);
    const step = Math.min(READ_SIZE, client.agreed.maximumBlock);
    for (let done = 0; done < length; done += step) {
      const part = Math.min(step, length - done);
      const read = client.read(start + done, buffer.subarray(at + done, at + done + part));
      read.catch(() => {});
      slot.reads.push(read);
    }
  }

  /** Sends the load at hand on its way, and waits for the next to be free. */
  private async next(): Promise<void> {
    const slot = this.slots[this.at]!;
    slot.done = this.finish(slot, this.written);
    slot.done.catch(() => {});
    this.written = slot.done;
    this.at = (this.at + 1) % this.slots.length;
    const free = this.slots[this.at]!;
    await free.done;
    free.load.reset();
    free.reads = [];
    free.counts = none();
  }

  /** Loads are sealed as their data comes, and written in order. */
  private async finish(slot: Slot, before: Promise<void>): Promise<void> {
    await Promise.all(slot.reads);
    const bytes = slot.load.seal();
    await before;
    if (bytes.length > 0) await this.emit(bytes);
    const { state } = this;
    state.done += slot.counts.done;
    state.read += slot.counts.read;
    state.zero += slot.counts.zero + slot.load.foundZero;
    state.unchanged += slot.counts.unchanged;
    const now = this.host.clock.now();
    if (now - this.told < PROGRESS_MS) return;
    this.told = now;
    this.request.onProgress?.({ ...state });
  }

  async end(): Promise<BackupProgress> {
    if (this.slots.length > 0) await this.next();
    await this.written;
    this.request.onProgress?.({ ...this.state });
    return { ...this.state };
  }
}

function none(): Counts {
  return { done: 0, read: 0, zero: 0, unchanged: 0 };
}

/** Bytes of these clusters, less what lies behind the disk's end. */
function bytesOf(first: number, count: number, size: number): number {
  return Math.min(size, (first + count) * CLUSTER) - Math.min(size, first * CLUSTER);
}
