/**
 * The files kept in the header of a VMA archive. Source of the format: vma_spec.txt of pve-qemu; the
 * numbers are big-endian, but for the length of a blob.
 */
import { createHash } from 'node:crypto';
import { PaveError } from '../errors.js';

/** Up to the blobs: what tells how long the whole header is. */
export const VMA_FIXED_HEADER = 12288;

const MAGIC = 0x564d4100;
const SLOTS = 256;
const NAMES_AT = 2044;
const DATA_AT = 3068;
/** Many small files at most. */
const MAX_HEADER = 16 << 20;

/** Bytes of the whole header. @throws PaveError where it is none */
export function vmaHeaderSize(start: Buffer): number {
  if (start.length < VMA_FIXED_HEADER || start.readUInt32BE(0) !== MAGIC)
    throw new PaveError('no VMA archive');
  if (start.readUInt32BE(4) !== 1)
    throw new PaveError(`VMA archive of unknown version ${start.readUInt32BE(4)}`);
  const size = start.readUInt32BE(56);
  if (size < VMA_FIXED_HEADER || size > MAX_HEADER) throw new PaveError('damaged VMA header');
  return size;
}

/** Name -> content, e.g. `qemu-server.conf`. @throws PaveError where the header is damaged */
export function vmaConfigs(header: Buffer): Map<string, Buffer> {
  const size = vmaHeaderSize(header);
  if (header.length < size) throw new PaveError('VMA archive ends in its header');
  assertChecksum(header.subarray(0, size));
  const blobs = header.subarray(
    header.readUInt32BE(48),
    header.readUInt32BE(48) + header.readUInt32BE(52),
  );
  const found = new Map<string, Buffer>();
  for (let slot = 0; slot < SLOTS; slot++) {
    const nameAt = header.readUInt32BE(NAMES_AT + 4 * slot);
    const dataAt = header.readUInt32BE(DATA_AT + 4 * slot);
    if (nameAt === 0 || dataAt === 0) continue;
    const name = blobAt(blobs, nameAt).toString('utf8').replace(/\0.*$/s, '');
    found.set(name, blobAt(blobs, dataAt));
  }
  return found;
}

function blobAt(blobs: Buffer, offset: number): Buffer {
  if (offset + 2 > blobs.length) throw new PaveError('damaged VMA header');
  const end = offset + 2 + blobs.readUInt16LE(offset);
  if (end > blobs.length) throw new PaveError('damaged VMA header');
  return blobs.subarray(offset + 2, end);
}

function assertChecksum(header: Buffer): void {
  const blank = Buffer.from(header);
  blank.fill(0, 32, 48);
  const sum = createHash('md5').update(blank).digest();
  if (!sum.equals(header.subarray(32, 48)))
    throw new PaveError('damaged VMA header: its checksum does not fit');
}
