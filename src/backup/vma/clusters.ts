/** A disk's extents in the archive's units. */
import type { Extent } from '../nbd/extents.js';
import type { ByteRange } from '../types.js';
import { CLUSTER } from './format.js';

/** Clusters in a row that are dealt with alike. */
export interface ClusterRun {
  first: number;
  count: number;
  kind: 'data' | 'zero' | 'unchanged';
}

/** A cluster is zero where all of it is, unchanged where all of it is, and data otherwise. */
export async function* clusterRuns(
  extents: AsyncIterable<Extent>,
  size: number,
): AsyncGenerator<ClusterRun> {
  /** Of the cluster we are in the middle of. */
  let zero = true;
  let dirty = false;
  for await (const extent of extents) {
    const end = extent.offset + extent.length;
    let at = extent.offset;
    if (at % CLUSTER !== 0) {
      zero &&= extent.zero;
      dirty ||= extent.dirty;
      at = Math.min(end, roundUp(at));
      if (at % CLUSTER !== 0 && at !== size) continue;
      yield { first: Math.floor((at - 1) / CLUSTER), count: 1, kind: kindOf(zero, dirty) };
    }
    const whole = Math.floor((end - at) / CLUSTER);
    if (whole > 0)
      yield { first: at / CLUSTER, count: whole, kind: kindOf(extent.zero, extent.dirty) };
    at += whole * CLUSTER;
    zero = extent.zero;
    dirty = extent.dirty;
    if (at < end && end === size)
      yield { first: at / CLUSTER, count: 1, kind: kindOf(zero, dirty) };
  }
}

function kindOf(zero: boolean, dirty: boolean): ClusterRun['kind'] {
  if (!dirty) return 'unchanged';
  return zero ? 'zero' : 'data';
}

function roundUp(offset: number): number {
  return Math.ceil(offset / CLUSTER) * CLUSTER;
}

/** The same extents, but dirty only where one of the ranges (in order) says so. */
export async function* onlyChanged(
  extents: AsyncIterable<Extent>,
  ranges: AsyncIterable<ByteRange> | Iterable<ByteRange>,
): AsyncGenerator<Extent> {
  const source =
    Symbol.asyncIterator in ranges ? ranges[Symbol.asyncIterator]() : ranges[Symbol.iterator]();
  let next = await source.next();
  for await (const extent of extents) {
    const end = extent.offset + extent.length;
    let at = extent.offset;
    while (at < end) {
      while (!next.done && next.value.offset + next.value.length <= at) next = await source.next();
      const range: ByteRange = next.done
        ? { offset: Number.POSITIVE_INFINITY, length: 0 }
        : next.value;
      const dirty = range.offset <= at;
      const until = Math.min(end, dirty ? range.offset + range.length : range.offset);
      yield { offset: at, length: until - at, zero: extent.zero, dirty };
      at = until;
    }
  }
}
