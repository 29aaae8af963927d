/** Archives: from NBD exports to a stream, as fast as the source gives and the target takes. */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import type { NbdClient } from '../nbd/client.js';
import { contextOf, extentsOf } from '../nbd/extents.js';
import { DiskInput } from '../nbd/input.js';
import { BASE_ALLOCATION } from '../nbd/protocol.js';
import { RateLimit } from '../rate.js';
import type { BackupDisk, WriteVmaRequest, WriteVmaResult } from '../types.js';
import { type ClusterRun, clusterRuns, onlyChanged } from './clusters.js';
import { BLOCK, bytesOfClusters, CLUSTER } from './format.js';
import { buildHeader } from './header.js';
import { Loads } from './loads.js';

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
  const inputs: DiskInput[] = [];
  const stop = () => {
    for (const input of inputs) input.close();
  };
  request.signal?.addEventListener('abort', stop);
  try {
    for (const disk of request.disks) inputs.push(await open(host, disk));
    return await write(host, request, header, inputs);
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
  inputs: readonly DiskInput[],
): Promise<WriteVmaResult> {
  const total = request.disks.reduce((sum, disk) => sum + disk.export.size, 0);
  let told = host.clock.monotonic();
  const loads = new Loads(host, {
    ...request,
    onWritten(state) {
      const now = host.clock.monotonic();
      if (now - told < PROGRESS_MS) return;
      told = now;
      request.onProgress?.({ total, ...state });
    },
  });
  const rate = new RateLimit(host.clock, request.bwlimit, request.signal);
  await loads.emit(header);
  for (const [index, disk] of request.disks.entries())
    await new DiskReader(loads, rate, index + 1, inputs[index]!).all(disk);
  await loads.end();
  const result = { total, ...loads.state };
  if (result.done !== total)
    throw new PaveError(`internal error: ${result.done} of ${total} bytes were archived`);
  request.onProgress?.(result);
  return result;
}

async function open(host: Host, { device, export: from, changed }: BackupDisk): Promise<DiskInput> {
  const contexts = [BASE_ALLOCATION];
  if (changed === 'bitmap') {
    if (from.bitmap === undefined)
      throw new PaveError(`disk '${device}': its export has no dirty bitmap`);
    contexts.push(contextOf(from.bitmap));
  }
  return await DiskInput.open(host, from, contexts);
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
    private readonly input: DiskInput,
  ) {}

  async all(disk: BackupDisk): Promise<void> {
    const { size, client } = this.input;
    for await (const run of clusterRuns(extentsFor(disk, client), size)) {
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
        counts.zero += bytesOfClusters(first, part, this.input.size);
      } else {
        const placed = load.addData(this.device, first, count);
        part = placed.count;
        if (part > 0) await this.fill(load.buffer, placed.at, first, part);
      }
      counts.done += bytesOfClusters(first, part, this.input.size);
      first += part;
      count -= part;
      if (count > 0) await this.loads.next();
    }
  }

  /** Has the clusters' bytes read to their place. */
  private async fill(buffer: Buffer, at: number, first: number, count: number): Promise<void> {
    const length = bytesOfClusters(first, count, this.input.size);
    const tail = count * CLUSTER - length;
    if (tail > 0) buffer.fill(0, at + length, at + length + tail);
    // Found as zeroes later, but none of the disk's.
    this.loads.counts.zero -= Math.floor(tail / BLOCK) * BLOCK;
    this.loads.counts.read += length;
    await this.rate.take(length);
    const step = Math.min(length, this.input.bestRead);
    for (let done = 0; done < length; done += step) {
      const from = at + done;
      const into = buffer.subarray(from, from + Math.min(step, length - done));
      this.loads.waitFor(this.input.read(first * CLUSTER + done, into));
    }
  }
}
