/** Reading an archive to its end: every header, and that nothing is missing. */
import type { Host } from '../../host/types.js';
import { openArchive, withArchive } from '../archive.js';
import { Extent } from '../vma/extent.js';
import { BLOCKS_PER_CLUSTER, CLUSTER, clusterCount, FULL_MASK, VMSTATE } from '../vma/format.js';
import type { VmaHeader } from '../vma/header.js';
import { type ReadOptions, VmaReader } from '../vma/read.js';

export interface VerifyResult {
  /** Clusters read. */
  clusters: number;
  /** Bytes of the archive's data: blocks that are not zero. */
  data: number;
  /** Bytes of zeroes inside of clusters that hold data as well. */
  partlyZero: number;
  /** Bytes of the archive, unpacked. */
  size: number;
}

export interface VerifyHooks {
  onHeader?: (header: VmaHeader) => void;
  /** Clusters read of how many there are. */
  onProgress?: (clusters: number, total: number) => void;
  signal?: AbortSignal;
}

/** @throws PaveError that names offset and device of what is wrong */
export async function verifyArchive(
  host: Host,
  path: string,
  hooks: VerifyHooks & ReadOptions = {},
): Promise<VerifyResult> {
  return await withArchive(await openArchive(host, path), async (source) => {
    const reader = await VmaReader.open(source, { partial: hooks.partial ?? false });
    hooks.onHeader?.(reader.header);
    const total = reader.header.devices.reduce(
      (sum, { name, size }) => sum + (name === VMSTATE ? 0 : clusterCount(size)),
      0,
    );
    const result: VerifyResult = { clusters: 0, data: 0, partlyZero: 0, size: 0 };
    const extent = new Extent();
    while (await reader.read(extent)) {
      hooks.signal?.throwIfAborted();
      result.clusters += extent.count;
      result.data += extent.length;
      result.partlyZero += partlyZero(extent);
      hooks.onProgress?.(result.clusters, total);
    }
    result.size = reader.offset;
    return result;
  });
}

function partlyZero(extent: Extent): number {
  let clusters = 0;
  let blocks = 0;
  for (let index = 0; index < extent.count; index++) {
    const mask = extent.masks[index]!;
    if (mask === 0 || mask === FULL_MASK) continue;
    clusters++;
    blocks += extent.blocks(index).length;
  }
  return (clusters * BLOCKS_PER_CLUSTER * CLUSTER) / BLOCKS_PER_CLUSTER - blocks;
}

/** The original's closing words. */
export function verifyText({ clusters, data, partlyZero: partly }: VerifyResult): string {
  if (clusters === 0) return 'vma archive contains no image data';
  const read = clusters * CLUSTER;
  const sparse = read - data;
  const percent = (part: number, of: number) => `${significant((100 * part) / of)}%`;
  const lines = [`total bytes read ${read}, sparse bytes ${sparse} (${percent(sparse, read)})`];
  if (data > 0) lines.push(`space reduction due to 4K zero blocks ${percent(partly, data)}`);
  return lines.join('\n');
}

/** As printf's %.3g. */
function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
