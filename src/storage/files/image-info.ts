/**
 * Size and backing file of an image, read from its own header: no program is started, so that a
 * list of many images is quick. The format is what the file's *name* says; a header is never
 * believed over it, since a guest can write any header into its raw disk.
 */
import type { Host } from '../../host/types.js';

export interface ImageInfo {
  format: string;
  /** Bytes the guest sees. */
  size: number;
  /** Bytes on disk. */
  used: number;
  /** As the header names it. */
  parent?: string;
  /** Seconds since the epoch. */
  ctime: number;
}

/** Undefined where there is no such file; format `invalid` where the header is not of that format. */
export function imageInfo(host: Host, path: string, format: string): ImageInfo | undefined {
  const stat = host.files.stat(path);
  if (stat === undefined) return undefined;
  const common = { format, used: stat.allocated, ctime: Math.floor(stat.ctime) };
  if (stat.kind === 'directory') return { ...common, format: 'subvol', size: 0, used: 0 };
  if (format === 'qcow2') return readQcow2(host, path, common, stat.size);
  if (format === 'vmdk') return readVmdk(host, path, common, stat.size);
  return { ...common, size: stat.size };
}

type Common = Omit<ImageInfo, 'size'>;

/** Header fields: QEMU's docs/interop/qcow2.txt. */
function readQcow2(host: Host, path: string, common: Common, fileSize: number): ImageInfo {
  const header = host.files.readRange(path, 0, 104);
  const view =
    header === undefined
      ? undefined
      : new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view === undefined || view.byteLength < 72 || view.getUint32(0) !== 0x514649fb) {
    return { ...common, format: 'invalid', size: fileSize };
  }
  const size = Number(view.getBigUint64(24));
  const backingOffset = Number(view.getBigUint64(8));
  const backingLength = view.getUint32(16);
  if (backingOffset === 0 || backingLength === 0 || backingLength > 1023)
    return { ...common, size };
  const name = host.files.readRange(path, backingOffset, backingLength);
  return {
    ...common,
    size,
    ...(name === undefined ? {} : { parent: Buffer.from(name).toString('utf8') }),
  };
}

/** A sparse extent's capacity, or the extents of a text descriptor. Source: VMware's vmdk specification. */
function readVmdk(host: Host, path: string, common: Common, fileSize: number): ImageInfo {
  const header = Buffer.from(host.files.readRange(path, 0, 4096) ?? []);
  if (header.toString('latin1', 0, 4) === 'KDMV' && header.length >= 20) {
    return { ...common, size: Number(header.readBigUInt64LE(12)) * 512 };
  }
  const text = header.toString('latin1');
  if (text.startsWith('# Disk DescriptorFile')) {
    const sectors = [...text.matchAll(/^RW (\d+) /gm)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
    return { ...common, size: sectors * 512 };
  }
  return { ...common, format: 'invalid', size: fileSize };
}
