/**
 * Size and backing file of an image, read from its own header: no program is started, so that a
 * list of many images is quick. The format is what the file's *name* says; a header is never
 * believed over it, since a guest can write any header into its raw disk.
 */
import type { FileStat, Host } from '../../host/types.js';
import { readQcow2Header } from './qcow2.js';
import { readVmdkHeader } from './vmdk.js';

export interface ImageInfo {
  /** That of the name; `invalid` where the content is of another. */
  format: string;
  /** Bytes the guest sees. */
  size: number;
  /** Bytes on disk. */
  used: number;
  /** Backing file, as the header names it. */
  parent?: string;
  /** Seconds since the epoch. */
  ctime: number;
}

/** Undefined where there is no such file, or a folder stands in the place of an image. */
export function imageInfo(host: Host, path: string, format: string): ImageInfo | undefined {
  const stat = host.files.stat(path);
  if (stat === undefined || (stat.kind === 'directory') !== (format === 'subvol')) return undefined;
  const common = { format, used: stat.allocated, ctime: stat.ctime };
  if (format === 'subvol') return { ...common, size: 0, used: 0 };
  if (format !== 'qcow2' && format !== 'vmdk')
    return { ...common, size: rawSize(host, path, stat) };
  const header =
    format === 'qcow2' ? readQcow2Header(host.files, path) : readVmdkHeader(host.files, path);
  if (header === undefined)
    return { ...common, format: 'invalid', size: rawSize(host, path, stat) };
  const { size, backingFile } = header;
  return { ...common, size, ...(backingFile === undefined ? {} : { parent: backingFile }) };
}

/** QEMU counts whole sectors. */
function rawSize(host: Host, path: string, stat: FileStat): number {
  if (stat.kind !== 'block') return Math.ceil(stat.size / 512) * 512;
  const device = host.files.realpath(path)?.split('/').at(-1);
  return Number(host.files.read(`/sys/class/block/${device}/size`) ?? 0) * 512;
}
