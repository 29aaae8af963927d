/** One extent as it was read, checked as a whole before any of its data is used. */
import {
  BLOCK,
  BLOCKS_PER_CLUSTER,
  bytesOfClusters,
  CLUSTER,
  CLUSTERS_PER_EXTENT,
  EXTENT_HEADER,
  EXTENT_MAGIC,
  EXTENT_SUM_AT,
  EXTENT_TABLE_AT,
  FULL_MASK,
} from './format.js';
import type { VmaDevice } from './header.js';
import { md5 } from './md5.js';

const MAX_BLOCKS = CLUSTERS_PER_EXTENT * BLOCKS_PER_CLUSTER;

/** Memory for one extent after the other; an extent's data stays until the next is read into it. */
export class Extent {
  /** Where it begins in the archive. */
  offset = 0;
  /** Clusters in it; those of an index below `count` in the lists that follow. */
  count = 0;
  readonly devices: VmaDevice[] = new Array(CLUSTERS_PER_EXTENT);
  readonly clusters = new Uint32Array(CLUSTERS_PER_EXTENT);
  /** A bit for each block that is not zero, the lowest for the first. */
  readonly masks = new Uint16Array(CLUSTERS_PER_EXTENT);
  /** Where a cluster's blocks begin in `data`: only those that are not zero, one after the other. */
  readonly starts = new Uint32Array(CLUSTERS_PER_EXTENT);
  /** Bytes of data. */
  length = 0;
  /** The data, and room for the next extent's header. */
  readonly data = Buffer.allocUnsafeSlow(MAX_BLOCKS * BLOCK + EXTENT_HEADER);

  /** The blocks of a cluster that are not zero. */
  blocks(index: number): Buffer {
    const end = index + 1 < this.count ? this.starts[index + 1]! : this.length;
    return this.data.subarray(this.starts[index]!, end);
  }
}

/** What is wrong; the reader says where. */
export class ExtentFault extends Error {}

/**
 * Fills `extent` with what an extent's header says.
 * @throws ExtentFault
 */
export function parseExtent(
  header: Buffer,
  uuid: Buffer,
  byId: readonly (VmaDevice | undefined)[],
  extent: Extent,
): void {
  if (header.readUInt32BE(0) !== EXTENT_MAGIC) throw new ExtentFault('no extent begins here');
  const sum = Buffer.from(header.subarray(EXTENT_SUM_AT, EXTENT_SUM_AT + 16));
  const fits = md5(header.fill(0, EXTENT_SUM_AT, EXTENT_SUM_AT + 16)).equals(sum);
  sum.copy(header, EXTENT_SUM_AT);
  if (!fits) throw new ExtentFault("the checksum of the extent's header does not fit");
  if (header.compare(uuid, 0, 16, 8, 24) !== 0)
    throw new ExtentFault('the extent belongs to another archive');
  if (header.readUInt16BE(4) !== 0) throw new ExtentFault('the extent is of an unknown kind');
  let blocks = 0;
  extent.count = 0;
  for (let slot = 0; slot < CLUSTERS_PER_EXTENT; slot++) {
    const at = EXTENT_TABLE_AT + 8 * slot;
    const mask = header.readUInt16BE(at);
    const id = header[at + 3]!;
    if (id === 0) {
      if (mask !== 0) throw new ExtentFault('it holds data of no device');
      continue;
    }
    const device = byId[id];
    if (device === undefined) throw new ExtentFault(`it holds data of an unknown device ${id}`);
    const index = extent.count++;
    extent.devices[index] = device;
    extent.clusters[index] = header.readUInt32BE(at + 4);
    extent.masks[index] = mask;
    extent.starts[index] = blocks * BLOCK;
    blocks += mask === FULL_MASK ? BLOCKS_PER_CLUSTER : bitCount(mask);
  }
  if (blocks !== header.readUInt16BE(6))
    throw new ExtentFault(
      `its header counts ${header.readUInt16BE(6)} blocks and lists ${blocks} of them`,
    );
  extent.length = blocks * BLOCK;
}

/** Does the mask name blocks behind the end of a disk of that size? */
export function reachesPast(size: number, cluster: number, mask: number): boolean {
  const bytes = bytesOfClusters(cluster, 1, size);
  return bytes < CLUSTER && mask >>> Math.ceil(bytes / BLOCK) !== 0;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}
