/** Sizes of the VMA format. Source: vma_spec.txt of pve-qemu; numbers are big-endian, but for the length of a blob. */
export const BLOCK = 4096;
export const BLOCKS_PER_CLUSTER = 16;
export const CLUSTER = BLOCK * BLOCKS_PER_CLUSTER;
export const CLUSTERS_PER_EXTENT = 59;
export const EXTENT_HEADER = 512;
export const MAX_EXTENT = EXTENT_HEADER + CLUSTERS_PER_EXTENT * CLUSTER;
export const FULL_MASK = 0xffff;

/** `VMA\0` and `VMAE`. */
export const MAGIC = 0x564d4100;
export const EXTENT_MAGIC = 0x564d4145;

/** Of an extent's header: its own checksum, and the table of its clusters, 8 bytes each. */
export const EXTENT_SUM_AT = 24;
export const EXTENT_TABLE_AT = 40;

/** The device that holds the memory of a saved VM: a stream without holes and without an end known before. */
export const VMSTATE = 'vmstate';

/** Device ids go from 1 to this; 255 is kept free, as the original does. */
export const MAX_DEVICE_ID = 254;

/** `6ba7b810-…` -> its 16 bytes. */
export function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new TypeError(`no uuid: '${uuid}'`);
  return bytes;
}

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Bytes of these clusters of a disk, less what lies behind its end. */
export function bytesOfClusters(first: number, count: number, size: number): number {
  return Math.min(size, (first + count) * CLUSTER) - Math.min(size, first * CLUSTER);
}

export function clusterCount(size: number): number {
  return Math.ceil(size / CLUSTER);
}
