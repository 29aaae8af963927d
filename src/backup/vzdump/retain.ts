/** Removing the backups a retention does not keep, after a new one was made. Source: VZDump.pm. */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import {
  doomedBackups,
  type KeepOptions,
  markBackups,
  pruneBackups,
} from '../../storage/core/prune.js';
import { archiveInfo } from '../../storage/files/archive.js';
import { parentsOf, SIDE_FILES } from '../../storage/files/increments.js';
import type { StorageContext } from '../../storage/types.js';
import { backupsInFolder } from './limits.js';
import type { BackupLog } from './log.js';
import type { Target } from './target.js';

/** `made` is the path of the new one, which stays. @throws PaveError where one could not be removed */
export async function pruneAfter(
  ctx: StorageContext,
  log: BackupLog,
  target: Target,
  keep: KeepOptions,
  type: 'qemu' | 'lxc',
  vmid: number,
  made: string,
): Promise<void> {
  const spare = made.slice(made.lastIndexOf('/') + 1);
  const shown = Object.keys(keep)
    .sort()
    .map((key) => `${key}=${keep[key]}`)
    .join(', ');
  log.info(`prune older backups with retention: ${shown}`);
  const removed =
    target.storage === undefined
      ? pruneFolder(ctx.host, log, target.dumpdir, keep, type, vmid, spare)
      : (
          await pruneBackups(ctx, target.storage.storeid, {
            keep,
            vmid,
            type,
            spare,
            log: (line) => log.info(line),
          })
        ).filter(({ mark }) => mark === 'remove').length;
  log.info(
    `pruned ${removed} backup(s)${removed > 0 ? ' not covered by keep-retention policy' : ''}`,
  );
}

function pruneFolder(
  host: Host,
  log: BackupLog,
  folder: string,
  keep: KeepOptions,
  type: 'qemu' | 'lxc',
  vmid: number,
  spare: string,
): number {
  const found = backupsInFolder(host, folder, type, vmid);
  const marked = markBackups(
    found.map((backup) => {
      const needs = parentsOf(host.files, folder, backup.path.slice(folder.length + 1));
      return { ...backup, volid: backup.path, vmid, needs };
    }),
    keep,
    { spare },
  );
  const failed: string[] = [];
  let removed = 0;
  for (const { volid } of doomedBackups(marked)) {
    log.info(`delete old backup '${volid}'`);
    try {
      removeArchive(host, volid);
      removed++;
    } catch (error) {
      failed.push(messageOf(error));
    }
  }
  if (failed.length > 0) throw new PaveError(failed.join('\n'));
  return removed;
}

/** With its log and notes; the archive first. */
function removeArchive(host: Host, path: string): void {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const { logfilename, notesfilename } = archiveInfo(path);
  host.files.unlink(path);
  for (const suffix of SIDE_FILES) host.files.unlink(`${path}${suffix}`);
  for (const name of [logfilename, notesfilename])
    if (name !== undefined) host.files.unlink(`${folder}/${name}`);
}
