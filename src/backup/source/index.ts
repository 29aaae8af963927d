/** The data of a VM's disks at one point in time, written as a VMA archive. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import type { ArchiveRequest, ArchiveResult } from './types.js';

export type {
  ArchiveKind,
  ArchiveRequest,
  ArchiveResult,
  BackupMode,
  SourceDisk,
} from './types.js';

/**
 * Writes the archive. Whatever happens, the guest runs on with its block graph as it was.
 * @throws PaveError, InterruptedError
 */
export async function archiveVm(ctx: Context, request: ArchiveRequest): Promise<ArchiveResult> {
  const uuid = randomUUID();
  if (ctx.host.dryRun) {
    ctx.host.note(
      'change',
      `read ${request.disks.map(({ key }) => key).join(', ') || 'no disks'} of VM ${request.vmid} into the archive`,
    );
    return { uuid, size: 0, read: 0, zero: 0, written: 0 };
  }
  if (request.disks.length === 0) {
    const { archiveConfigs } = await import('./archive-stopped.js');
    return await archiveConfigs(ctx, request, uuid);
  }
  if (request.wasRunning) {
    const { archiveRunning } = await import('./archive-running.js');
    return await archiveRunning(ctx, request, uuid);
  }
  const { archiveStopped } = await import('./archive-stopped.js');
  return await archiveStopped(ctx, request, uuid);
}
