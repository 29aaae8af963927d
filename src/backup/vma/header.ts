/** The header of an archive: its name, its disks, the config files kept with them. */
import { PaveError } from '../../errors.js';
import type { ConfigBlob } from '../types.js';
import { MAGIC, MAX_DEVICE_ID, uuidBytes, uuidText } from './format.js';
import { md5 } from './md5.js';

/** Up to the blobs: what tells how long the whole header is. */
export const FIXED_HEADER = 12288;
/** Many small files at most. */
const MAX_HEADER = 16 << 20;

const SLOTS = 256;
const SUM_AT = 32;
const NAMES_AT = 2044;
const DATA_AT = 3068;
const DEVICES_AT = 4096;
const DEVICE_SIZE = 32;
/** A blob's length has 16 bits. */
const MAX_BLOB = 0xffff;

export interface VmaDevice {
  /** Its number in the extents, from 1. */
  id: number;
  /** e.g. `drive-scsi0`; `vmstate` is the saved memory. */
  name: string;
  /** Bytes. */
  size: number;
}

export interface VmaHeader {
  uuid: string;
  /** Seconds since the epoch. */
  ctime: number;
  /** By id. */
  devices: VmaDevice[];
  configs: { name: string; data: Buffer }[];
  /** Bytes of the header itself: where the first extent begins. */
  length: number;
}

/** Bytes of the whole header, by its first part. @throws PaveError where it is none */
export function headerLength(start: Buffer): number {
  if (start.length < FIXED_HEADER || start.readUInt32BE(0) !== MAGIC)
    throw new PaveError('no VMA archive');
  const version = start.readUInt32BE(4);
  if (version !== 1) throw new PaveError(`VMA archive of unknown version ${version}`);
  const size = start.readUInt32BE(56);
  if (size <= FIXED_HEADER || size > MAX_HEADER) throw damaged(56, `header of ${size} bytes`);
  return size;
}

/** @throws PaveError that names the offset of what is wrong */
export function parseHeader(bytes: Buffer): VmaHeader {
  const length = headerLength(bytes);
  if (bytes.length < length)
    throw new PaveError(`VMA archive ends in its header, at byte ${bytes.length} of ${length}`);
  const header = Buffer.from(bytes.subarray(0, length));
  const sum = Buffer.from(header.subarray(SUM_AT, SUM_AT + 16));
  if (!md5(header.fill(0, SUM_AT, SUM_AT + 16)).equals(sum))
    throw damaged(SUM_AT, 'its checksum does not fit');
  const blobs = blobTable(header);
  return {
    uuid: uuidText(header.subarray(8, 24)),
    ctime: Number(header.readBigInt64BE(24)),
    devices: parseDevices(header, blobs),
    configs: parseConfigs(header, blobs),
    length,
  };
}

/** The files kept in the header: name -> content. @throws PaveError where it is damaged */
export function vmaConfigs(bytes: Buffer): Map<string, Buffer> {
  return new Map(parseHeader(bytes).configs.map(({ name, data }) => [name, data]));
}

function damaged(offset: number, what: string): PaveError {
  return new PaveError(`damaged VMA header at byte ${offset}: ${what}`);
}

type BlobTable = (pointer: number, from: number) => Buffer;

function blobTable(header: Buffer): BlobTable {
  const start = header.readUInt32BE(48);
  const end = start + header.readUInt32BE(52);
  if (start < FIXED_HEADER || end > header.length) throw damaged(48, 'its blobs lie outside of it');
  return (pointer, from) => {
    const at = start + pointer;
    if (at + 2 > end) throw damaged(from, 'it points past its blobs');
    const length = header.readUInt16LE(at);
    if (at + 2 + length > end) throw damaged(at, 'a blob is longer than the room for it');
    return header.subarray(at + 2, at + 2 + length);
  };
}

function nameAt(blobs: BlobTable, pointer: number, from: number): string {
  const blob = blobs(pointer, from);
  if (blob.length < 2 || blob[blob.length - 1] !== 0) throw damaged(from, 'a name without end');
  return blob.toString('utf8', 0, blob.indexOf(0));
}

function parseDevices(header: Buffer, blobs: BlobTable): VmaDevice[] {
  const devices: VmaDevice[] = [];
  for (let id = 1; id < SLOTS; id++) {
    const at = DEVICES_AT + DEVICE_SIZE * id;
    const pointer = header.readUInt32BE(at);
    const size = Number(header.readBigUInt64BE(at + 8));
    if (pointer === 0 && size === 0) continue;
    if (pointer === 0 || size === 0 || !Number.isSafeInteger(size))
      throw damaged(at, `device ${id} has no name, or no possible size`);
    devices.push({ id, name: nameAt(blobs, pointer, at), size });
  }
  const twice = devices.find(
    ({ name }, index) => devices.findIndex((d) => d.name === name) < index,
  );
  if (twice !== undefined) throw damaged(DEVICES_AT, `two devices called '${twice.name}'`);
  return devices;
}

function parseConfigs(header: Buffer, blobs: BlobTable): VmaHeader['configs'] {
  const configs: VmaHeader['configs'] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const name = header.readUInt32BE(NAMES_AT + 4 * slot);
    const data = header.readUInt32BE(DATA_AT + 4 * slot);
    if (name === 0 || data === 0) continue;
    configs.push({
      name: nameAt(blobs, name, NAMES_AT + 4 * slot),
      data: blobs(data, DATA_AT + 4 * slot),
    });
  }
  return configs;
}

export interface HeaderRequest {
  uuid: string;
  /** Seconds since the epoch. */
  ctime: number;
  /** Their ids are their places, from 1. */
  devices: readonly { name: string; size: number }[];
  configs: readonly ConfigBlob[];
}

/** @throws PaveError where the format has no room for it */
export function buildHeader(request: HeaderRequest): Buffer {
  const { devices, configs } = request;
  if (devices.length > MAX_DEVICE_ID)
    throw new PaveError(`a VMA archive holds at most ${MAX_DEVICE_ID} disks`);
  if (configs.length > SLOTS)
    throw new PaveError(`a VMA archive holds at most ${SLOTS} config files`);
  const fixed = Buffer.alloc(FIXED_HEADER);
  const blobs = new Blobs();
  for (const [slot, { name, data }] of configs.entries()) {
    fixed.writeUInt32BE(blobs.addName(name.slice(name.lastIndexOf('/') + 1)), NAMES_AT + 4 * slot);
    fixed.writeUInt32BE(blobs.add(Buffer.from(data), name), DATA_AT + 4 * slot);
  }
  for (const [index, { name, size }] of devices.entries()) {
    if (size <= 0) throw new PaveError(`disk '${name}' is empty: a VMA archive cannot hold it`);
    const at = DEVICES_AT + DEVICE_SIZE * (index + 1);
    fixed.writeUInt32BE(blobs.addName(name), at);
    fixed.writeBigUInt64BE(BigInt(size), at + 8);
  }
  fixed.writeUInt32BE(MAGIC, 0);
  fixed.writeUInt32BE(1, 4);
  uuidBytes(request.uuid).copy(fixed, 8);
  fixed.writeBigInt64BE(BigInt(request.ctime), 24);
  fixed.writeUInt32BE(FIXED_HEADER, 48);
  fixed.writeUInt32BE(blobs.size, 52);
  const length = FIXED_HEADER + Math.ceil(blobs.size / 512) * 512;
  fixed.writeUInt32BE(length, 56);
  const header = Buffer.concat([fixed, blobs.bytes()], length);
  md5(header).copy(header, SUM_AT);
  return header;
}

/** The table of blobs; its first byte is never used, so that 0 points at nothing. */
class Blobs {
  private readonly parts: Buffer[] = [Buffer.alloc(1)];
  size = 1;

  add(data: Buffer, what: string): number {
    if (data.length > MAX_BLOB)
      throw new PaveError(`'${what}' is too large for a VMA archive: more than ${MAX_BLOB} bytes`);
    const at = this.size;
    const length = Buffer.alloc(2);
    length.writeUInt16LE(data.length);
    this.parts.push(length, data);
    this.size += 2 + data.length;
    return at;
  }

  addName(name: string): number {
    return this.add(Buffer.from(`${name}\0`, 'utf8'), name);
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}
