/** The header of a vmdk image, read natively. Source: VMware's "Virtual Disk Format 5.0". */
import type { Files } from '../../host/types.js';

export interface VmdkHeader {
  /** Bytes the guest sees. */
  size: number;
  /** The image it lies on, as its descriptor names it. */
  backingFile?: string;
}

const SECTOR = 512;
const MAX_DESCRIPTOR = 1 << 20;

/** Undefined where the file holds no vmdk image. */
export function readVmdkHeader(files: Files, path: string): VmdkHeader | undefined {
  const head = bytesAt(files, path, 0, SECTOR);
  const magic = head.toString('latin1', 0, 4);
  if (magic === 'KDMV' && head.length >= 44) {
    const offset = Number(head.readBigUInt64LE(28)) * SECTOR;
    const length = Math.min(Number(head.readBigUInt64LE(36)) * SECTOR, MAX_DESCRIPTOR);
    const size = Number(head.readBigUInt64LE(12)) * SECTOR;
    if (!Number.isSafeInteger(size) || !Number.isSafeInteger(offset)) return undefined;
    const descriptor = offset > 0 ? bytesAt(files, path, offset, length).toString('utf8') : '';
    return { ...described(descriptor), size };
  }
  if (magic === 'COWD' && head.length >= 16) return { size: head.readUInt32LE(12) * SECTOR };
  if (!head.toString('latin1').startsWith('# Disk DescriptorFile')) return undefined;
  return described(bytesAt(files, path, 0, MAX_DESCRIPTOR).toString('utf8'));
}

function described(text: string): VmdkHeader {
  const extents = [...text.matchAll(/^(?:RW|RDONLY|NOACCESS)\s+(\d+)\s/gm)];
  const size = extents.reduce((sum, match) => sum + Number(match[1]), 0) * SECTOR;
  const header: VmdkHeader = { size };
  const alone = /^parentCID\s*=\s*f{8}\s*$/im.test(text) || !/^parentCID/im.test(text);
  const parent = /^parentFileNameHint\s*=\s*"([^"]*)"/im.exec(text)?.[1];
  if (!alone && parent) header.backingFile = parent;
  return header;
}

function bytesAt(files: Files, path: string, offset: number, length: number): Buffer {
  const bytes = files.readRange(path, offset, length) ?? new Uint8Array();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
