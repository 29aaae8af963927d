/** A whole archive gets its name, notes and protection, and older ones go. Source: VZDump.pm. */
import { messageOf } from '../../errors.js';
import { PARENTS_SUFFIX } from '../../storage/files/increments.js';
import { setVolumeAttribute } from '../../storage/index.js';
import { archiveSize } from './format.js';
import type { BackupRun, GuestResult } from './guest-backup.js';
import { notesOf } from './notes.js';
import { pruneAfter } from './retain.js';
import type { ArchivePlan } from './vm-archive.js';

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** Gives the archive's bytes, and notes in the result where it is. @throws PaveError, FileError */
export async function storeArchive(
  run: BackupRun,
  plan: ArchivePlan,
  draft: string,
  result: GuestResult,
): Promise<number> {
  const { ctx, log, settings, target } = run;
  const { host } = ctx;
  if (plan.kind.type === 'incremental') {
    const names = plan.kind.archives.map((path) => `${nameOf(path)}\n`);
    host.files.write(`${plan.target}${PARENTS_SUFFIX}`, names.join(''));
  }
  if (host.dryRun) host.note('change', `rename '${draft}' to '${plan.target}'`);
  else host.files.rename(draft, plan.target);
  result.target = plan.target;
  const size = host.files.stat(plan.target)?.size ?? 0;
  if (!host.dryRun) log.info(`archive file size: ${archiveSize(size)}`);
  if (target.storage !== undefined) {
    const volid = `${target.storage.storeid}:backup/${nameOf(plan.target)}`;
    await addNotes(run, volid, result);
    if (settings.protected) {
      log.info('marking backup as protected');
      if (!host.dryRun) await setVolumeAttribute(ctx, volid, 'protected', true);
    }
  }
  const keep = settings['prune-backups'] ?? {};
  if (settings.remove) await pruneAfter(ctx, log, target, keep, 'qemu', result.vmid, plan.target);
  return size;
}

/** Notes that cannot be written do not make the backup a failure. */
async function addNotes(run: BackupRun, volid: string, result: GuestResult): Promise<void> {
  const { ctx, log, settings, cluster } = run;
  const template = settings['notes-template'];
  if (template === undefined || template === '') return;
  log.info('adding notes to backup');
  if (ctx.host.dryRun) return;
  try {
    const notes = notesOf(template, {
      cluster,
      guestname: result.name ?? `VM ${result.vmid}`,
      node: ctx.host.node,
      vmid: String(result.vmid),
    });
    await setVolumeAttribute(ctx, volid, 'notes', notes);
  } catch (error) {
    log.warn(`unable to add notes - ${messageOf(error)}`);
  }
}
