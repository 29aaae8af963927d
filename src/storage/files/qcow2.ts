/**
 * The header of a qcow2 image, read natively. Source: QEMU's docs/interop/qcow2.txt. Only what lies
 * where the format allows it is believed; anything else makes the header unreadable.
 */
import type { Files } from '../../host/types.js';

export interface Qcow2Header {
  /** Bytes the guest sees. */
  size: number;
  /** As the header names it. */
  backingFile?: string;
  encrypted: boolean;
  snapshots: { count: number; offset: number };
}

export interface Qcow2Snapshot {
  id: string;
  name: string;
  /** Seconds since the epoch. */
  date: number;
  /** Bytes of saved memory; 0 for a snapshot of the disk alone. */
  vmStateSize: number;
}

const MAGIC = 0x514649fb;
const MAX_NAME = 1023;
/** As QEMU: more are refused when the image is opened. */
const MAX_SNAPSHOTS = 65536;

/** Undefined where the file holds no qcow2 image that could be opened. */
export function readQcow2Header(files: Files, path: string): Qcow2Header | undefined {
  const header = bytesAt(files, path, 0, 104);
  if (header.length < 72 || header.readUInt32BE(0) !== MAGIC) return undefined;
  const version = header.readUInt32BE(4);
  const clusterBits = header.readUInt32BE(20);
  if ((version !== 2 && version !== 3) || clusterBits < 9 || clusterBits > 21) return undefined;
  if (version === 3 && header.length < 104) return undefined;
  const size = header.readBigUInt64BE(24);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const backingOffset = header.readBigUInt64BE(8);
  const backingLength = header.readUInt32BE(16);
  const found: Qcow2Header = {
    size: Number(size),
    encrypted: header.readUInt32BE(32) !== 0,
    snapshots: { count: header.readUInt32BE(60), offset: Number(header.readBigUInt64BE(64)) },
  };
  if (backingOffset === 0n) return found;
  // The name stands behind the header, in the first cluster.
  const inFirst = backingOffset + BigInt(backingLength) <= 1n << BigInt(clusterBits);
  if (backingLength > MAX_NAME || !inFirst) return undefined;
  const name = bytesAt(files, path, Number(backingOffset), backingLength);
  if (name.length < backingLength) return undefined;
  if (backingLength > 0) found.backingFile = name.toString('utf8');
  return found;
}

/** The snapshots inside an image, in the order of its table. */
export function readQcow2Snapshots(files: Files, path: string): Qcow2Snapshot[] {
  const header = readQcow2Header(files, path);
  if (header === undefined || header.snapshots.count > MAX_SNAPSHOTS) return [];
  const found: Qcow2Snapshot[] = [];
  let at = header.snapshots.offset;
  for (let n = 0; n < header.snapshots.count; n++) {
    const fixed = bytesAt(files, path, at, 40);
    if (fixed.length < 40) break;
    const idLength = fixed.readUInt16BE(12);
    const nameLength = fixed.readUInt16BE(14);
    const extraLength = fixed.readUInt32BE(36);
    if (extraLength > 1024) break;
    const rest = bytesAt(files, path, at + 40, extraLength + idLength + nameLength);
    if (rest.length < extraLength + idLength + nameLength) break;
    const bigState = extraLength >= 8 ? Number(rest.readBigUInt64BE(0)) : 0;
    found.push({
      id: rest.toString('utf8', extraLength, extraLength + idLength),
      name: rest.toString('utf8', extraLength + idLength),
      date: fixed.readUInt32BE(16),
      vmStateSize: bigState || fixed.readUInt32BE(32),
    });
    // Entries begin at multiples of eight bytes.
    at += Math.ceil((40 + rest.length) / 8) * 8;
  }
  return found;
}

function bytesAt(files: Files, path: string, offset: number, length: number): Buffer {
  const bytes = files.readRange(path, offset, length) ?? new Uint8Array();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
