/** Which parts of an export hold data, are zero, or have changed. */
import { PaveError } from '../../errors.js';
import type { NbdClient } from './client.js';
import { BASE_ALLOCATION, STATE_DIRTY, STATE_ZERO } from './protocol.js';

export interface Extent {
  /** Bytes. */
  offset: number;
  length: number;
  /** Reads as zeroes: need not be read. */
  zero: boolean;
  /** By the dirty bitmap; true where none was asked for. */
  dirty: boolean;
}

/** Asked about at once. */
const WINDOW = 0xffff0000;
/** Asked for ahead: the answers to a disk full of small extents are long. */
const AHEAD = 2;

/**
 * The extents of the whole export in order, without a gap; neighbours may be alike. A server that
 * knows no base:allocation says nothing of zeroes: then all is data.
 * @throws PaveError where the bitmap asked for is not exported
 */
export async function* extentsOf(
  client: NbdClient,
  bitmap: string | undefined,
): AsyncGenerator<Extent> {
  const base = client.agreed.contexts.get(BASE_ALLOCATION);
  const dirty = bitmap === undefined ? undefined : client.agreed.contexts.get(contextOf(bitmap));
  if (bitmap !== undefined && dirty === undefined)
    throw new PaveError(`the NBD server does not export the dirty bitmap '${bitmap}'`);
  if (base === undefined && dirty === undefined) {
    if (client.size > 0) yield { offset: 0, length: client.size, zero: false, dirty: true };
    return;
  }
  let offset = 0;
  while (offset < client.size) {
    const before = offset;
    const asked = Array.from({ length: AHEAD }, (_, i) => offset + i * WINDOW).filter(
      (start) => start < client.size,
    );
    const answers = asked.map((start) =>
      client.blockStatus(start, Math.min(WINDOW, client.size - start)),
    );
    for (const answer of answers) answer.catch(() => {});
    for (const [index, start] of asked.entries()) {
      // An answer may tell of less than it was asked about: then those ahead are of no use.
      if (start !== offset) break;
      const status = await answers[index]!;
      const end = Math.min(start + WINDOW, client.size);
      for (const extent of merged(status, base, dirty, start, end)) {
        yield extent;
        offset = extent.offset + extent.length;
      }
    }
    if (offset === before) throw new PaveError('the NBD server gives an empty block status');
  }
}

export function contextOf(bitmap: string): string {
  return `qemu:dirty-bitmap:${bitmap}`;
}

/** Steps through both contexts' extents at once, as far as both go. */
function* merged(
  status: ReadonlyMap<number, Uint32Array>,
  base: number | undefined,
  dirty: number | undefined,
  start: number,
  end: number,
): Generator<Extent> {
  const of = (context: number | undefined, otherwise: number) => {
    if (context === undefined) return cursor(undefined, otherwise);
    const extents = status.get(context);
    if (extents === undefined) throw new PaveError('the NBD server gives no block status');
    return cursor(extents, otherwise);
  };
  const zeroes = of(base, 0);
  const changes = of(dirty, STATE_DIRTY);
  let offset = start;
  while (offset < end) {
    const length = Math.min(zeroes.left(), changes.left(), end - offset);
    if (length === 0) return;
    yield {
      offset,
      length,
      zero: (zeroes.flags() & STATE_ZERO) !== 0,
      dirty: (changes.flags() & STATE_DIRTY) !== 0,
    };
    zeroes.skip(length);
    changes.skip(length);
    offset += length;
  }
}

function cursor(extents: Uint32Array | undefined, otherwise: number) {
  let at = 0;
  let left = extents?.[0] ?? Number.POSITIVE_INFINITY;
  return {
    left: () => left,
    flags: () => extents?.[at + 1] ?? otherwise,
    skip(length: number) {
      left -= length;
      if (left > 0 || extents === undefined) return;
      at += 2;
      left = at < extents.length ? extents[at]! : 0;
    },
  };
}
