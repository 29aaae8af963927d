/** An archive made of images: `vma create`. */
import { randomUUID } from 'node:crypto';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { isAddress, type ServedImage, serveImage } from '../nbd/serve.js';
import type { BackupDisk, BackupProgress, ConfigBlob } from '../types.js';
import { writeVma } from '../vma/write.js';

export interface ImageDisk {
  device: string;
  path: string;
  /** QEMU looks for itself where it is left out. */
  format?: string;
}

export interface CreateRequest {
  /** Must not be there. */
  archive: string;
  configs: readonly ConfigBlob[];
  disks: readonly ImageDisk[];
  onProgress?: (progress: BackupProgress) => void;
  signal: AbortSignal;
}

/** Whole or not at all. @throws PaveError, FileError, CommandError */
export async function createArchive(host: Host, request: CreateRequest): Promise<BackupProgress> {
  const { archive } = request;
  if (host.files.lstat(archive) !== undefined)
    throw new PaveError(`can't open file ${archive} - it exists already`);
  if (host.dryRun) {
    host.note('change', `write ${request.disks.map(({ path }) => path).join(', ')} to ${archive}`);
    return { total: 0, done: 0, read: 0, zero: 0, unchanged: 0, written: 0 };
  }
  const served: ServedImage[] = [];
  host.files.write(archive, '', { exclusive: true });
  const { fd, close } = host.open(archive, 'r+');
  let whole = false;
  try {
    const disks: BackupDisk[] = [];
    for (const { device, path, format } of request.disks) {
      const image = await serveImage(host, {
        image: isAddress(path) ? path : host.path(path),
        readOnly: true,
        ...(format === undefined ? {} : { format }),
      });
      served.push(image);
      const { size } = await image.connect();
      const raw = format === 'raw' && !isAddress(path) ? { raw: path } : {};
      disks.push({ device, export: { socket: image.socket, name: '', size, ...raw } });
    }
    const result = await writeVma(host, {
      disks,
      configs: request.configs,
      uuid: randomUUID(),
      ctime: Math.floor(host.clock.now() / 1000),
      output: fd,
      signal: request.signal,
      ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
    });
    await host.bulk.sync(fd);
    whole = true;
    return result;
  } finally {
    close();
    if (!whole) host.files.unlink(archive);
    for (const image of served) await image.stop();
  }
}
