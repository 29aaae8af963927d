/** The archive of a guest that does not run. */
import type { Context } from '../../commands/define.js';
import type { NbdExport } from '../types.js';
import { writeVma } from '../vma/write.js';
import { deviceOf } from './devices.js';
import { ProgressLog } from './progress.js';
import { pullDisk } from './pull.js';
import { archiveMeta, type ChosenDisk, openSink } from './sink.js';
import { serveStopped } from './stopped.js';
import { parentSizes } from './tracking.js';
import type { ArchiveRequest, ArchiveResult } from './types.js';

/** Writes the archive of a guest that is off; nobody may start it meanwhile. @throws PaveError */
export async function archiveStopped(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
): Promise<ArchiveResult> {
  const { exports, close } = await serveStopped(ctx, request.vmid, request.disks);
  try {
    return request.kind.type === 'full'
      ? await whole(ctx, request, uuid, exports)
      : await changed(ctx, request, uuid, exports);
  } finally {
    await close();
  }
}

async function whole(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
  exports: ReadonlyMap<string, NbdExport>,
): Promise<ArchiveResult> {
  const { host } = ctx;
  const disks = request.disks.map(({ key }) => ({
    device: deviceOf(key),
    export: exports.get(key)!,
  }));
  const chosen = choose(request, exports, undefined);
  const size = sum(chosen);
  const progress = new ProgressLog(host.clock, size, request.log.info);
  const result = await writeVma(host, {
    disks,
    configs: [...request.configs, ...archiveMeta(request, uuid, chosen)],
    uuid,
    ctime: Math.floor(host.clock.now() / 1000),
    output: request.output,
    bwlimit: request.bwlimit,
    onProgress: (counts) => progress.update(counts),
    signal: request.signal,
  });
  progress.end(result, result.unchanged);
  return { uuid, size, read: result.read, zero: result.zero, written: result.written };
}

/** No bitmap outlives QEMU: all is read, and what the chain has already is left out. */
async function changed(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
  exports: ReadonlyMap<string, NbdExport>,
): Promise<ArchiveResult> {
  const { host } = ctx;
  request.log.info('no dirty bitmap of a stopped guest: comparing with the last backup');
  const disks = choose(request, exports, await parentSizes(ctx, request));
  const { stream, entry, unchanged, close } = await openSink(ctx, request, uuid, disks);
  const size = sum(disks);
  const progress = new ProgressLog(host.clock, size, request.log.info);
  const state = { done: 0, read: 0 };
  const counts = () => ({ ...state, zero: stream.zero });
  try {
    for (const [index, { key }] of disks.entries())
      await pullDisk(host, exports.get(key)!, index, entry, {
        bwlimit: request.bwlimit,
        signal: request.signal,
        onProgress: (bytes, data) => {
          state.done += bytes;
          if (data) state.read += bytes;
          progress.update(counts());
        },
      });
    await stream.finish();
  } finally {
    close();
  }
  progress.end(counts(), unchanged());
  return {
    uuid,
    size,
    read: state.read,
    zero: stream.zero,
    reused: unchanged(),
    written: stream.written,
  };
}

/** A disk that the parent does not have, or not of this size, is stored whole. */
function choose(
  { disks }: ArchiveRequest,
  exports: ReadonlyMap<string, NbdExport>,
  parent: ReadonlyMap<string, number> | undefined,
): ChosenDisk[] {
  return disks.map(({ key }) => {
    const { size } = exports.get(key)!;
    return { key, size, choice: parent?.get(deviceOf(key)) === size ? 'compared' : 'all' };
  });
}

function sum(disks: readonly { size: number }[]): number {
  return disks.reduce((total, { size }) => total + size, 0);
}

/** A guest without disks: its config alone. */
export async function archiveConfigs(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
): Promise<ArchiveResult> {
  request.log.info('backup contains no disks');
  const { written } = await writeVma(ctx.host, {
    disks: [],
    configs: [...request.configs, ...archiveMeta(request, uuid, [])],
    uuid,
    ctime: Math.floor(ctx.host.clock.now() / 1000),
    output: request.output,
    signal: request.signal,
  });
  return { uuid, size: 0, read: 0, zero: 0, written };
}
