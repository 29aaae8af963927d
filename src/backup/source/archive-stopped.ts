/** The archive of a guest that does not run. */
import type { Context } from '../../commands/define.js';
import { writeVma } from '../vma/write.js';
import { deviceOf } from './archive-running.js';
import { ProgressLog } from './progress.js';
import { serveStopped } from './stopped.js';
import type { ArchiveRequest, ArchiveResult } from './types.js';

export async function archiveStopped(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
): Promise<ArchiveResult> {
  const { host } = ctx;
  const served = await serveStopped(ctx, request.vmid, request.disks);
  try {
    const disks = request.disks.map(({ key }) => ({
      device: deviceOf(key),
      export: served.exports.get(key)!,
    }));
    const size = disks.reduce((sum, disk) => sum + disk.export.size, 0);
    const progress = new ProgressLog(host.clock, size, request.log.info);
    const result = await writeVma(host, {
      disks,
      configs: request.configs,
      uuid,
      ctime: Math.floor(host.clock.now() / 1000),
      output: request.output,
      bwlimit: request.bwlimit,
      onProgress: (counts) => progress.update(counts),
      signal: request.signal,
    });
    progress.end(result, result.unchanged);
    return { uuid, size, read: result.read, zero: result.zero, written: result.written };
  } finally {
    await served.close();
  }
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
    configs: request.configs,
    uuid,
    ctime: Math.floor(ctx.host.clock.now() / 1000),
    output: request.output,
    signal: request.signal,
  });
  return { uuid, size: 0, read: 0, zero: 0, written };
}
