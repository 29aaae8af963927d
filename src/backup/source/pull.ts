/** Reads a disk from an NBD server into the archive, several pieces at a time. */
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { extentsOf } from '../nbd/extents.js';
import { DiskInput } from '../nbd/input.js';
import { BASE_ALLOCATION } from '../nbd/protocol.js';
import { RateLimit } from '../rate.js';
import type { NbdExport } from '../types.js';
import { clusterRuns } from '../vma/clusters.js';
import { bytesOfClusters, CLUSTER } from '../vma/format.js';
import type { ClusterSink } from './feed.js';

/** Clusters read at once, and how many such pieces are under way. */
const PIECE = 16;
const PIECES = 8;

export interface PullOptions {
  /** KiB a second; 0 for no limit. */
  bwlimit: number;
  onProgress: (bytes: number, data: boolean) => void;
  signal: AbortSignal;
}

/** Hands every cluster of the export to the sink, in order; zeroes the server knows of are not read. */
export async function pullDisk(
  host: Host,
  from: NbdExport,
  index: number,
  sink: ClusterSink,
  { bwlimit, onProgress, signal }: PullOptions,
): Promise<void> {
  const input = await DiskInput.open(host, from, [BASE_ALLOCATION]);
  const rate = new RateLimit(host.clock, bwlimit, signal);
  const ahead: { cluster: number; data: Buffer; read: Promise<void> }[] = [];
  const handOn = async () => {
    const { cluster, data, read } = ahead.shift()!;
    await read;
    await sink.add(index, cluster, data);
    onProgress(data.length, true);
  };
  try {
    for await (const run of clusterRuns(extentsOf(input.client, undefined), from.size)) {
      if (signal.aborted) throw new InterruptedError();
      if (run.kind === 'zero') {
        while (ahead.length > 0) await handOn();
        await sink.addZeroes(index, run.first, run.count);
        onProgress(bytesOfClusters(run.first, run.count, from.size), false);
        continue;
      }
      for (let done = 0; done < run.count; done += PIECE) {
        const cluster = run.first + done;
        const length = bytesOfClusters(cluster, Math.min(PIECE, run.count - done), from.size);
        await rate.take(length);
        const data = Buffer.allocUnsafe(length);
        const read = input.read(cluster * CLUSTER, data);
        read.catch(() => {});
        ahead.push({ cluster, data, read });
        if (ahead.length >= PIECES) await handOn();
        if (signal.aborted) throw new InterruptedError();
      }
    }
    while (ahead.length > 0) await handOn();
  } finally {
    input.close();
  }
}
