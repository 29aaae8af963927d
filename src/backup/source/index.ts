/** The data of a VM's disks at one point in time, written as a VMA archive. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
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
export async function archiveVm(_ctx: Context, request: ArchiveRequest): Promise<ArchiveResult> {
  throw new PaveError(`VM ${request.vmid}: its disks cannot be read yet`);
}
