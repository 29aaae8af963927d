/** Disks of a guest that does not run: an NBD server for each, read-only, as long as we live. */
import { PaveError } from '../../errors.js';
import { errnoOf } from '../../host/errors.js';
import type { Child, Host } from '../../host/types.js';
import { RUN_DIR, runFile } from '../../qemu/runtime/state.js';
import { parseVolume, volumePath, volumeSizeInfo } from '../../storage/index.js';
import type { StorageContext } from '../../storage/types.js';
import type { NbdExport } from '../types.js';
import type { SourceDisk } from './types.js';

const READY_MS = 120_000;
/** How long a server may take to end. */
const END_MS = 2000;
/** Connections a reader may open at the same time. */
const CLIENTS = 8;

export interface Served {
  exports: Map<string, NbdExport>;
  /** Ends the servers. */
  close(): Promise<void>;
}

/** @throws PaveError with the server's own words where an image cannot be opened */
export async function serveStopped(
  ctx: StorageContext,
  vmid: number,
  disks: readonly SourceDisk[],
): Promise<Served> {
  const { host } = ctx;
  const children: { child: Child; socket: string; errors: string }[] = [];
  const exports = new Map<string, NbdExport>();
  const close = async () => {
    for (const { child } of children) child.kill('SIGTERM');
    for (const { child, socket, errors } of children) {
      // qemu-nbd forgets a SIGTERM that comes while it starts; it only reads, so it may be killed.
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await child.exited;
      clearTimeout(timer);
      host.files.unlink(socket);
      host.files.unlink(errors);
    }
  };
  try {
    host.files.mkdir(RUN_DIR);
    for (const disk of disks) {
      const socket = runFile(vmid, `backup-${disk.key}`);
      const errors = `${socket}.err`;
      const { path, format, size } = await imageOf(ctx, disk);
      host.files.unlink(socket);
      host.files.unlink(errors);
      const child = await host.spawn(serverArgv(host, socket, disk.key, path, format), {
        effect: 'read',
        stderrFile: errors,
      });
      children.push({ child, socket, errors });
      await ready(host, disk, child, socket, errors);
      const raw = format === 'raw' && path.startsWith('/') ? { raw: path } : {};
      exports.set(disk.key, { socket, name: disk.key, size, ...raw });
    }
    return { exports, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function serverArgv(
  host: Host,
  socket: string,
  name: string,
  path: string,
  format: string,
): string[] {
  return [
    // It must not outlive us: it holds a lock on the image.
    'setpriv',
    '--pdeathsig',
    'TERM',
    'qemu-nbd',
    '--read-only',
    '--persistent',
    `--shared=${CLIENTS}`,
    `--format=${format}`,
    `--socket=${host.path(socket)}`,
    `--export-name=${name}`,
    path.startsWith('/') ? host.path(path) : path,
  ];
}

async function imageOf(
  ctx: StorageContext,
  disk: SourceDisk,
): Promise<{ path: string; format: string; size: number }> {
  if (disk.volid.startsWith('/')) {
    const format = /\.(qcow2|vmdk)$/.exec(disk.volid)?.[1] ?? 'raw';
    const { imageInfo } = await import('../../storage/files/image-info.js');
    const info = imageInfo(ctx.host, disk.volid, format);
    if (info === undefined) throw new PaveError(`${disk.key}: '${disk.volid}' does not exist`);
    return { path: disk.volid, format, size: info.size };
  }
  const info = await volumeSizeInfo(ctx, disk.volid);
  if (info === undefined) throw new PaveError(`${disk.key}: volume '${disk.volid}' does not exist`);
  const format = parseVolume(ctx, disk.volid).format ?? info.format;
  return { path: volumePath(ctx, disk.volid), format, size: info.size };
}

async function ready(
  host: Host,
  disk: SourceDisk,
  child: Child,
  socket: string,
  errors: string,
): Promise<void> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const end = host.clock.monotonic() + READY_MS;
  while (!(await answers(host, socket))) {
    if (ended || host.clock.monotonic() > end) {
      const said = (host.files.read(errors) ?? '').trim().replace(/^qemu-nbd: /, '');
      throw new PaveError(`${disk.key}: '${disk.volid}' cannot be read: ${said || 'no answer'}`);
    }
    await host.clock.sleep(10);
  }
}

/** The socket's file is there a moment before anybody listens. */
async function answers(host: Host, socket: string): Promise<boolean> {
  if (!host.files.exists(socket)) return false;
  try {
    (await host.net.connectUnix(socket)).destroy();
    return true;
  } catch (error) {
    if (['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
