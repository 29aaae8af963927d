/**
 * What a chain of archives holds, as a fingerprint of each cluster: to find out what has changed
 * where no dirty bitmap can tell.
 */
import { createHash } from 'node:crypto';
import { InterruptedError } from '../../host/errors.js';
import type { StorageContext } from '../../storage/types.js';
import { openArchive, withArchive } from '../archive.js';
import type { ClusterSink } from '../source/feed.js';
import { BLOCK, BLOCKS_PER_CLUSTER, CLUSTER, clusterCount } from '../vma/format.js';
import { clustersOf, VmaReader } from '../vma/read.js';
import { ABSENT, PrintStore, type Prints, WIDTH, ZERO } from './prints.js';

const ZEROES = Buffer.alloc(CLUSTER);

export interface ChainContent {
  devices: Map<string, { size: number; prints: Prints }>;
  /** Once nothing is compared any more. */
  close(): void;
}

/**
 * Reads the archives, the newest first, checking them on the way. Devices that are not of the size
 * given are left out. `folder` is for what does not fit into memory.
 */
export async function readChainContent(
  ctx: StorageContext,
  archives: readonly string[],
  sizes: ReadonlyMap<string, number>,
  folder: string,
  signal: AbortSignal,
): Promise<ChainContent> {
  const devices: ChainContent['devices'] = new Map();
  const store = new PrintStore(ctx.host, folder);
  const cluster = Buffer.alloc(CLUSTER);
  try {
    for (const [age, path] of archives.entries()) {
      await withArchive(await openArchive(ctx.host, path), async (source) => {
        const reader = await VmaReader.open(source, { partial: age < archives.length - 1 });
        if (age === 0) {
          for (const { name, size } of reader.header.devices) {
            if (sizes.get(name) === size)
              devices.set(name, { size, prints: store.disk(clusterCount(size)) });
          }
        }
        await takeIn(reader, devices, cluster, signal);
      });
    }
  } catch (error) {
    store.close();
    throw error;
  }
  return { devices, close: () => store.close() };
}

/** Fingerprints of what this archive has and no newer one had. */
async function takeIn(
  reader: VmaReader,
  devices: ChainContent['devices'],
  cluster: Buffer,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  for await (const part of clustersOf(reader)) {
    if ((count++ & 0xfff) === 0 && signal.aborted) throw new InterruptedError();
    const prints = devices.get(part.device.name)?.prints;
    if (prints === undefined || part.cluster >= prints.clusters) continue;
    if (!prints.has(part.cluster)) await prints.bring(part.cluster);
    if (!prints.at(part.cluster).equals(ABSENT)) continue;
    if (part.mask !== 0) spread(part.mask, part.data, cluster);
    prints.set(part.cluster, part.mask === 0 ? ZERO : printOf(cluster));
  }
}

/** The blocks that are there at their places, zeroes elsewhere. */
function spread(mask: number, data: Buffer, into: Buffer): void {
  let from = 0;
  for (let block = 0; block < BLOCKS_PER_CLUSTER; block++) {
    if ((mask >>> block) & 1) {
      data.copy(into, block * BLOCK, from, from + BLOCK);
      from += BLOCK;
    } else into.fill(0, block * BLOCK, (block + 1) * BLOCK);
  }
}

/** Of a whole cluster; a shorter one is filled up with zeroes, as archives do. */
function printOf(cluster: Buffer): Buffer {
  if (cluster.equals(ZEROES)) return ZERO;
  const print = createHash('sha256').update(cluster).digest().subarray(0, WIDTH);
  // These two mean something else.
  if (print.equals(ABSENT) || print.equals(ZERO)) print[0] = 1;
  return print;
}

/** Passes on only what differs from the chain. */
export class ChangedOnly implements ClusterSink {
  /** Bytes left out. */
  unchanged = 0;
  private readonly last = Buffer.alloc(CLUSTER);

  constructor(
    private readonly sink: ClusterSink,
    /** By disk: what the chain holds of it; undefined: all of it is passed on. */
    private readonly known: readonly ({ size: number; prints: Prints } | undefined)[],
  ) {}

  async add(disk: number, cluster: number, data: Buffer): Promise<void> {
    const known = this.known[disk];
    if (known === undefined) return await this.sink.add(disk, cluster, data);
    for (let at = 0; at < data.length; at += CLUSTER) {
      const part = data.subarray(at, at + CLUSTER);
      const number = cluster + at / CLUSTER;
      if (!known.prints.has(number)) await known.prints.bring(number);
      if (printOf(this.whole(part)).equals(known.prints.at(number))) this.unchanged += part.length;
      else await this.sink.add(disk, number, part);
    }
  }

  async addZeroes(disk: number, cluster: number, count: number): Promise<void> {
    const known = this.known[disk];
    if (known === undefined) return await this.sink.addZeroes(disk, cluster, count);
    for (let number = cluster; number < cluster + count; number++) {
      if (!known.prints.has(number)) await known.prints.bring(number);
      if (known.prints.at(number).equals(ZERO))
        this.unchanged += Math.min(CLUSTER, known.size - number * CLUSTER);
      else await this.sink.addZeroes(disk, number, 1);
    }
  }

  private whole(part: Buffer): Buffer {
    if (part.length === CLUSTER) return part;
    part.copy(this.last);
    this.last.fill(0, part.length);
    return this.last;
  }
}
