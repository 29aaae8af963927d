/**
 * Extents in the making: headers and the room for their data in one piece of memory, so that the
 * source's bytes are read to where they are written from.
 */
import {
  BLOCK,
  BLOCKS_PER_CLUSTER,
  CLUSTER,
  CLUSTERS_PER_EXTENT,
  EXTENT_HEADER,
  EXTENT_MAGIC,
  EXTENT_SUM_AT,
  EXTENT_TABLE_AT,
  FULL_MASK,
  MAX_EXTENT,
} from './format.js';
import { md5 } from './md5.js';

const ZERO_BLOCK = Buffer.alloc(BLOCK);

export class Load {
  /** Room for one extent full of data, or for thousands without any. */
  readonly buffer = Buffer.alloc(MAX_EXTENT);
  private readonly words: Uint32Array;
  private readonly starts: number[] = [];
  private end = 0;
  private slots = CLUSTERS_PER_EXTENT;
  /** Of the sealed load: bytes that were data by the source's word and turned out as zeroes. */
  foundZero = 0;

  constructor(private readonly uuid: Buffer) {
    const { buffer, byteOffset, length } = this.buffer;
    this.words = new Uint32Array(buffer, byteOffset, length >> 2);
  }

  reset(): void {
    this.starts.length = 0;
    this.end = 0;
    this.slots = CLUSTERS_PER_EXTENT;
    this.foundZero = 0;
  }

  get empty(): boolean {
    return this.starts.length === 0;
  }

  /** As many of these zero clusters as there is room for; gives how many. */
  addZero(device: number, first: number, count: number): number {
    let done = 0;
    while (done < count && this.slot(0)) {
      const part = Math.min(count - done, CLUSTERS_PER_EXTENT - this.slots);
      for (let i = 0; i < part; i++) this.enter(device, first + done + i, 0);
      done += part;
    }
    return done;
  }

  /** As many of these clusters as there is room for; gives how many, and where their bytes go. */
  addData(device: number, first: number, count: number): { count: number; at: number } {
    if (!this.slot(CLUSTER)) return { count: 0, at: 0 };
    const at = this.end;
    const fits = Math.floor((this.buffer.length - at) / CLUSTER);
    const part = Math.min(count, CLUSTERS_PER_EXTENT - this.slots, fits);
    for (let i = 0; i < part; i++) this.enter(device, first + i, FULL_MASK);
    this.end += part * CLUSTER;
    return { count: part, at };
  }

  /** Makes sure of a free place in an extent, and of room for its data. */
  private slot(data: number): boolean {
    const needed = data + (this.slots < CLUSTERS_PER_EXTENT ? 0 : EXTENT_HEADER);
    if (this.end + needed > this.buffer.length) return false;
    if (this.slots < CLUSTERS_PER_EXTENT) return true;
    const start = this.end;
    this.buffer.fill(0, start, start + EXTENT_HEADER);
    this.buffer.writeUInt32BE(EXTENT_MAGIC, start);
    this.uuid.copy(this.buffer, start + 8);
    this.starts.push(start);
    this.end += EXTENT_HEADER;
    this.slots = 0;
    return true;
  }

  private enter(device: number, cluster: number, mask: number): void {
    const { buffer } = this;
    const at = this.starts[this.starts.length - 1]! + EXTENT_TABLE_AT + 8 * this.slots++;
    buffer.writeUInt16BE(mask, at);
    buffer[at + 3] = device;
    buffer.writeUInt32BE(cluster, at + 4);
  }

  /** Once all data is there: drops zero blocks and completes the headers. Gives what is to be written. */
  seal(): Buffer {
    let out = 0;
    for (const start of this.starts) out = this.sealExtent(start, out);
    return this.buffer.subarray(0, out);
  }

  /** An extent moves down by what was dropped before it. Gives where it ends. */
  private sealExtent(start: number, to: number): number {
    const { buffer } = this;
    if (to !== start) buffer.copyWithin(to, start, start + EXTENT_HEADER);
    let from = start + EXTENT_HEADER;
    let out = to + EXTENT_HEADER;
    for (let slot = 0; slot < CLUSTERS_PER_EXTENT; slot++) {
      const entry = to + EXTENT_TABLE_AT + 8 * slot;
      if (buffer[entry + 3] === 0) break;
      if (buffer[entry] === 0 && buffer[entry + 1] === 0) continue;
      const mask = this.maskOf(from);
      if (mask !== FULL_MASK) buffer.writeUInt16BE(mask, entry);
      out = this.keep(mask, from, out);
      from += CLUSTER;
    }
    const blocks = (out - to - EXTENT_HEADER) / BLOCK;
    buffer.writeUInt16BE(blocks, to + 6);
    md5(buffer.subarray(to, to + EXTENT_HEADER)).copy(buffer, to + EXTENT_SUM_AT);
    return out;
  }

  /** Which blocks of a cluster are not zero. */
  private maskOf(at: number): number {
    let mask = 0;
    for (let block = 0; block < BLOCKS_PER_CLUSTER; block++) {
      const start = at + block * BLOCK;
      // Most blocks show with their first bytes that they are not zero.
      if (
        this.words[start >> 2] !== 0 ||
        ZERO_BLOCK.compare(this.buffer, start, start + BLOCK) !== 0
      )
        mask |= 1 << block;
    }
    return mask;
  }

  private keep(mask: number, from: number, to: number): number {
    const { buffer } = this;
    if (mask === FULL_MASK) {
      if (to !== from) buffer.copyWithin(to, from, from + CLUSTER);
      return to + CLUSTER;
    }
    let out = to;
    for (let block = 0; block < BLOCKS_PER_CLUSTER; block++) {
      if ((mask & (1 << block)) === 0) {
        this.foundZero += BLOCK;
        continue;
      }
      const start = from + block * BLOCK;
      if (out !== start) buffer.copyWithin(out, start, start + BLOCK);
      out += BLOCK;
    }
    return out;
  }
}
