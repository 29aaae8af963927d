/** Opening what a disk is restored to, the fastest way it allows. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { isAddress, serveImage } from '../nbd/serve.js';
import { type DiskTarget, nbdTarget, rawTarget } from './targets.js';

export interface TargetImage {
  /** A path as the Host knows it, or an address of QEMU's such as `rbd:pool/volume`. */
  image: string;
  format: string;
  /** It reads as zeroes from end to end: zeroes are not written. */
  blank: boolean;
  /** QEMU's cache mode, where it matters. */
  cache?: string;
  /** Bytes it must hold. */
  size: number;
}

export interface OpenedTarget extends DiskTarget {
  close(): Promise<void>;
}

/** Storages round sizes up, but never by more. */
const MAX_EXCESS = 4 << 20;

/** @throws PaveError where the image has not the size of the disk; FileError, CommandError */
export async function openTarget(host: Host, target: TargetImage): Promise<OpenedTarget> {
  const local = !isAddress(target.image);
  const kind = local ? host.files.stat(target.image)?.kind : undefined;
  if (local && kind === undefined) throw new PaveError(`'${target.image}' does not exist`);
  const direct = target.format === 'raw' && target.cache === undefined;
  // A file is blank where it has holes; a device has to be told, which QEMU does best.
  if (direct && (kind === 'file' || (kind === 'block' && target.blank)))
    return await openRaw(host, target, kind);
  const served = await serveImage(host, {
    image: local ? host.path(target.image) : target.image,
    format: target.format,
    readOnly: false,
    ...(target.cache === undefined ? {} : { cache: target.cache }),
  });
  try {
    const client = await served.connect();
    checkSize(target, client.size);
    return { ...nbdTarget(client, target.blank), close: () => served.stop() };
  } catch (error) {
    await served.stop();
    throw error;
  }
}

async function openRaw(host: Host, target: TargetImage, kind: 'file' | 'block') {
  checkSize(target, await sizeOf(host, target.image, kind));
  const { fd, close } = host.open(target.image, 'r+');
  return { ...rawTarget(host, fd, target.blank), close: async () => close() };
}

async function sizeOf(host: Host, path: string, kind: 'file' | 'block'): Promise<number> {
  if (kind === 'file') return host.files.stat(path)!.size;
  const argv = ['blockdev', '--getsize64', host.path(path)];
  return Number((await host.run(argv, { effect: 'read' })).stdout);
}

function checkSize({ image, size }: TargetImage, has: number): void {
  if (has < size || has - size > MAX_EXCESS)
    throw new PaveError(`'${image}' has ${has} bytes where the disk has ${size}`);
}
