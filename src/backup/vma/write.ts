/** Archives: from NBD exports to a stream, as fast as the source gives and the target takes. */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { NbdClient } from '../nbd/client.js';
import { contextOf, extentsOf } from '../nbd/extents.js';
import { BASE_ALLOCATION } from '../nbd/protocol.js';
import { RateLimit } from '../rate.js';
import type { BackupDisk, WriteVmaRequest, WriteVmaResult } from '../types.js';
import { type ClusterRun, clusterRuns, onlyChanged } from './clusters.js';
import { BLOCK, bytesOfClusters, CLUSTER } from './format.js';
import { buildHeader } from './header.js';
import { Loads } from './loads.js';

/** Bytes asked of the server at once: small enough to stay in the processor's caches on their way. */
const READ_SIZE = 512 << 10;
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
    return await write(host, request, header, clients);
  } catch (error) {
    throw request.signal?.aborted ? new InterruptedError() : error;
  } finally {
    request.signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function write(
  host: Host,
  request: WriteVmaRequest,
  header: Buffer,
  clients: readonly NbdClient[],
): Promise<WriteVmaResult> {
  const total = request.disks.reduce((sum, disk) => sum + disk.export.size, 0);
  let told = host.clock.now();
  const loads = new Loads(host, {
    ...request,
    onWritten(state) {
      const now = host.clock.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      request.onProgress?.({ total, ...state });
    },
  });
  const rate = new RateLimit(host.clock, request.bwlimit, request.signal);
  await loads.emit(header);
  for (const [index, disk] of request.disks.entries())
    await new DiskReader(loads, rate, index + 1, clients[index]!).all(disk);
  await loads.end();
  const result = { total, ...loads.state };
  if (result.done !== total)
    throw new PaveError(`internal error: ${result.done} of ${total} bytes were archived`);
  request.onProgress?.(result);
  return result;
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

/** One disk's way into the loads. */
class DiskReader {
  constructor(
    private readonly loads: Loads,
    private readonly rate: RateLimit,
    private readonly device: number,
    private readonly client: NbdClient,
  ) {}

  async all(disk: BackupDisk): Promise<void> {
    const { size } = this.client;
    for await (const run of clusterRuns(extentsFor(disk, this.client), size)) {
      if (run.kind === 'unchanged') {
        const bytes = bytesOfClusters(run.first, run.count, size);
        this.loads.counts.done += bytes;
        this.loads.counts.unchanged += bytes;
      } else await this.add(run);
    }
  }

  /** Puts a run of clusters into the load at hand, and into those after it. */
  private async add(run: ClusterRun): Promise<void> {
    let { first, count } = run;
    while (count > 0) {
      const { load, counts } = this.loads;
      let part: number;
      if (run.kind === 'zero') {
        part = load.addZero(this.device, first, count);
        counts.zero += bytesOfClusters(first, part, this.client.size);
      } else {
        const placed = load.addData(this.device, first, count);
        part = placed.count;
        if (part > 0) await this.fill(load.buffer, placed.at, first, part);
      }
      counts.done += bytesOfClusters(first, part, this.client.size);
      first += part;
      count -= part;
      if (count > 0) await this.loads.next();
    }
  }

  /** Has the clusters' bytes read to their place. */
  private async fill(buffer: Buffer, at: number, first: number, count: number): Promise<void> {
    const length = bytesOfClusters(first, count, this.client.size);
    const tail = count * CLUSTER - length;
    if (tail > 0) buffer.fill(0, at + length, at + length + tail);
    // Found as zeroes later, but none of the disk's.
    this.loads.counts.zero -= Math.floor(tail / BLOCK) * BLOCK;
    this.loads.counts.read += length;
    await this.rate.take(length);
    const step = Math.min(READ_SIZE, this.client.agreed.maximumBlock);
    for (let done = 0; done < length; done += step) {
      const from = at + done;
      const into = buffer.subarray(from, from + Math.min(step, length - done));
      this.loads.waitFor(this.client.read(first * CLUSTER + done, into));
    }
  }
}
