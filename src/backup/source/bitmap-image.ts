/**
 * A dirty bitmap as a file that QEMU reads: a qcow2 image without data that holds nothing else. A
 * bitmap cannot be handed to QEMU otherwise. Source of the format: docs/interop/qcow2.txt of QEMU.
 */
import { CLUSTER, clusterCount } from '../vma/format.js';

export const BITMAP_NAME = 'allocated';

const CLUSTER_BITS = 16;
/** One bit for each cluster of an archive. */
const GRANULARITY_BITS = 16;
const BITMAPS_EXTENSION = 0x23852875;
/** The bitmaps of the file are its image's. */
const AUTOCLEAR_BITMAPS = 1n;
/** Bytes of the disk that one entry of the level 1 table stands for. */
const PER_L1_ENTRY = (CLUSTER / 8) * CLUSTER;

/** A bit for each cluster of a disk of `size` bytes. */
export class ClusterBits {
  readonly bytes: Buffer;

  constructor(readonly size: number) {
    this.bytes = Buffer.alloc(Math.ceil(clusterCount(size) / 8));
  }

  set(first: number, count: number): void {
    let at = first;
    const end = first + count;
    while (at < end && at % 8 !== 0) this.one(at++);
    const whole = Math.floor((end - at) / 8);
    if (whole > 0) {
      this.bytes.fill(0xff, at / 8, at / 8 + whole);
      at += whole * 8;
    }
    while (at < end) this.one(at++);
  }

  private one(cluster: number): void {
    this.bytes[cluster >>> 3]! |= 1 << (cluster & 7);
  }
}

/** The image's file; parts of the bitmap that are zero take no room in it. */
export function bitmapImage({ size, bytes }: ClusterBits): Buffer {
  const pieces = Array.from({ length: Math.ceil(bytes.length / CLUSTER) }, (_, n) =>
    bytes.subarray(n * CLUSTER, (n + 1) * CLUSTER),
  );
  const l1Entries = Math.max(1, Math.ceil(size / PER_L1_ENTRY));
  const l1Clusters = Math.ceil((l1Entries * 8) / CLUSTER);
  const tableClusters = Math.ceil((pieces.length * 8) / CLUSTER);
  // Header, refcount table, refcount block, level 1 table, bitmap directory, bitmap table, bitmap.
  const l1At = 3;
  const directoryAt = l1At + l1Clusters;
  const tableAt = directoryAt + 1;
  let next = tableAt + tableClusters;
  const table = Buffer.alloc(tableClusters * CLUSTER);
  const data: Buffer[] = [];
  for (const [n, piece] of pieces.entries()) {
    if (piece.every((byte) => byte === 0)) continue;
    table.writeBigUInt64BE(BigInt(next++ * CLUSTER), n * 8);
    data.push(filled(piece));
  }
  const refcounts = filled(Buffer.alloc(next * 2));
  for (let n = 0; n < next; n++) refcounts.writeUInt16BE(1, n * 2);
  return Buffer.concat([
    header(size, l1Entries, l1At * CLUSTER, directoryAt * CLUSTER),
    filled(bigEndian(2 * CLUSTER)),
    refcounts,
    Buffer.alloc(l1Clusters * CLUSTER),
    filled(directoryEntry(tableAt * CLUSTER, pieces.length)),
    table,
    ...data,
  ]);
}

function header(size: number, l1Entries: number, l1At: number, directoryAt: number): Buffer {
  const head = Buffer.alloc(CLUSTER);
  head.write('QFI\xfb', 0, 'latin1');
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(CLUSTER_BITS, 20);
  head.writeBigUInt64BE(BigInt(size), 24);
  head.writeUInt32BE(l1Entries, 36);
  head.writeBigUInt64BE(BigInt(l1At), 40);
  // The refcount table: one cluster, behind the header.
  head.writeBigUInt64BE(BigInt(CLUSTER), 48);
  head.writeUInt32BE(1, 56);
  head.writeBigUInt64BE(AUTOCLEAR_BITMAPS, 88);
  // Refcounts of 16 bits; the header's own length.
  head.writeUInt32BE(4, 96);
  head.writeUInt32BE(104, 100);
  head.writeUInt32BE(BITMAPS_EXTENSION, 104);
  head.writeUInt32BE(24, 108);
  head.writeUInt32BE(1, 112);
  head.writeBigUInt64BE(BigInt(directoryEntry(0, 0).length), 120);
  head.writeBigUInt64BE(BigInt(directoryAt), 128);
  return head;
}

function directoryEntry(tableAt: number, tableEntries: number): Buffer {
  const entry = Buffer.alloc(Math.ceil((24 + BITMAP_NAME.length) / 8) * 8);
  entry.writeBigUInt64BE(BigInt(tableAt), 0);
  entry.writeUInt32BE(tableEntries, 8);
  // A dirty tracking bitmap.
  entry[16] = 1;
  entry[17] = GRANULARITY_BITS;
  entry.writeUInt16BE(BITMAP_NAME.length, 18);
  entry.write(BITMAP_NAME, 24);
  return entry;
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Whole clusters, with zeroes at the end. */
function filled(bytes: Buffer): Buffer {
  const all = Buffer.alloc(Math.ceil(bytes.length / CLUSTER) * CLUSTER);
  bytes.copy(all);
  return all;
}
