/** The VMA format read by the letter of its specification, for what our own writer makes. */
import { createHash } from 'node:crypto';

export interface SpecArchive {
  uuid: string;
  ctime: number;
  configs: Map<string, string>;
  devices: Map<number, { name: string; size: number }>;
  /** Device id -> its bytes, rounded up to whole clusters. */
  data: Map<number, Buffer>;
  extents: number[];
}

function sumFits(bytes: Buffer, at: number): boolean {
  const blank = Buffer.from(bytes);
  blank.fill(0, at, at + 16);
  return createHash('md5')
    .update(blank)
    .digest()
    .equals(bytes.subarray(at, at + 16));
}

export function readBySpec(bytes: Buffer): SpecArchive {
  const header = bytes.subarray(0, bytes.readUInt32BE(56));
  if (header.toString('latin1', 0, 4) !== 'VMA\0' || header.readUInt32BE(4) !== 1)
    throw new Error('no VMA header');
  if (!sumFits(header, 32)) throw new Error('header checksum');
  const blobs = header.readUInt32BE(48);
  const blob = (pointer: number) => {
    const at = blobs + pointer;
    return header.subarray(at + 2, at + 2 + header.readUInt16LE(at));
  };
  const name = (pointer: number) => blob(pointer).toString('utf8').replace(/\0$/, '');
  const archive: SpecArchive = {
    uuid: header.toString('hex', 8, 24),
    ctime: Number(header.readBigInt64BE(24)),
    configs: new Map(),
    devices: new Map(),
    data: new Map(),
    extents: [],
  };
  for (let slot = 0; slot < 256; slot++) {
    const at = header.readUInt32BE(2044 + 4 * slot);
    if (at !== 0)
      archive.configs.set(name(at), blob(header.readUInt32BE(3068 + 4 * slot)).toString('utf8'));
  }
  for (let id = 1; id < 255; id++) {
    const at = 4096 + 32 * id;
    const size = Number(header.readBigUInt64BE(at + 8));
    if (size === 0) continue;
    archive.devices.set(id, { name: name(header.readUInt32BE(at)), size });
    archive.data.set(id, Buffer.alloc(Math.ceil(size / 65536) * 65536, 0xee));
  }
  let at = header.length;
  while (at < bytes.length) {
    archive.extents.push(at);
    const head = bytes.subarray(at, at + 512);
    if (head.toString('latin1', 0, 4) !== 'VMAE' || head.readUInt16BE(4) !== 0)
      throw new Error(`no extent at ${at}`);
    if (!sumFits(head, 24)) throw new Error(`extent checksum at ${at}`);
    if (head.toString('hex', 8, 24) !== archive.uuid) throw new Error(`extent uuid at ${at}`);
    let from = at + 512;
    for (let slot = 0; slot < 59; slot++) {
      const entry = 40 + 8 * slot;
      const mask = head.readUInt16BE(entry);
      const id = head[entry + 3]!;
      if (id === 0) continue;
      const target = archive.data.get(id)!;
      for (let block = 0; block < 16; block++) {
        const to = head.readUInt32BE(entry + 4) * 65536 + block * 4096;
        if ((mask >> block) & 1) {
          bytes.copy(target, to, from, from + 4096);
          from += 4096;
        } else target.fill(0, to, to + 4096);
      }
    }
    if (from !== at + 512 + head.readUInt16BE(6) * 4096) throw new Error(`block count at ${at}`);
    at = from;
  }
  return archive;
}

/** Gives a changed header or extent the checksum that goes with it. */
export function resum(bytes: Buffer, at: number, length: number, sumAt: number): void {
  const part = bytes.subarray(at, at + length);
  part.fill(0, sumAt, sumAt + 16);
  createHash('md5').update(part).digest().copy(part, sumAt);
}
