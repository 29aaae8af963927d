/** Where the archives go: a storage's backup folder, or a folder by name. */
import { messageOf, PaveError } from '../../errors.js';
import { shellQuote } from '../../host/quote.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { KeepOptions } from '../../storage/core/prune.js';
import { activateStorage, requireStorage, volumePath } from '../../storage/index.js';
import type { StorageContext, StorageSection } from '../../storage/types.js';
import type { BackupLog } from './log.js';
import { type Settings, storageRetention } from './settings.js';
import { missingMount } from './unmounted.js';

export interface Target {
  storage?: StorageSection;
  /** As other programs of the machine know it. */
  dumpdir: string;
  /** What the storage keeps. */
  keep?: KeepOptions | undefined;
}

/** @throws PaveError with every reason why nothing can be backed up to it */
export async function openTarget(
  ctx: StorageContext,
  log: BackupLog,
  settings: Pick<Settings, 'storage' | 'dumpdir' | 'tmpdir'>,
): Promise<Target> {
  const problems: PaveError[] = [];
  const attempt = async (work: () => Promise<Target> | Target): Promise<Target | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PaveError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const { storage, dumpdir, tmpdir } = settings;
  const target = await attempt(() =>
    dumpdir !== undefined
      ? folderTarget(ctx, dumpdir)
      : storageTarget(ctx, log, storage ?? 'local'),
  );
  if (tmpdir !== undefined && ctx.host.files.stat(tmpdir)?.kind !== 'directory')
    problems.push(
      new PaveError(`tmpdir '${tmpdir}' does not exist`, { hint: `mkdir ${shellQuote(tmpdir)}` }),
    );
  const [first] = problems;
  if (first === undefined) return target!;
  if (problems.length === 1) throw first;
  throw new PaveError(problems.map(({ message }) => message).join('\n'));
}

function folderTarget(ctx: StorageContext, dumpdir: string): Target {
  const { host } = ctx;
  assertMounted(ctx, dumpdir, `dumpdir '${dumpdir}'`);
  if (host.files.stat(dumpdir)?.kind !== 'directory')
    throw new PaveError(`dumpdir '${dumpdir}' does not exist`, {
      hint: `mkdir ${shellQuote(dumpdir)}`,
    });
  return { dumpdir: host.path(dumpdir) };
}

async function storageTarget(
  ctx: StorageContext,
  log: BackupLog,
  storeid: string,
): Promise<Target> {
  let storage: StorageSection;
  try {
    const known = requireStorage(ctx, storeid);
    checkFolderMount(ctx, log, known);
    storage = await activateStorage(ctx, storeid);
  } catch (error) {
    if (!(error instanceof PaveError)) throw error;
    throw new PaveError(`could not activate storage '${storeid}': ${messageOf(error)}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
  if (!storage.content.has('backup'))
    throw new PaveError(
      `could not get storage information for '${storeid}': can't use storage '${storeid}' for backups - wrong content type`,
      { hint: `pvesm set ${storeid} --content ${[...storage.content, 'backup'].join(',')}` },
    );
  const example = volumePath(ctx, `${storeid}:backup/vzdump-qemu-100-2000_01_01-00_00_00.vma`);
  return {
    storage,
    dumpdir: example.slice(0, example.lastIndexOf('/')),
    keep: storageRetention(storage.values),
  };
}

/**
 * A storage that mounts by itself is asked elsewhere; a plain folder can only be judged by what the
 * machine is to mount there. Who says `is_mountpoint no` knows better, and is told all the same.
 */
function checkFolderMount(ctx: StorageContext, log: BackupLog, storage: StorageSection): void {
  const path = storage.values.get('path');
  if (path === undefined || !['dir', 'btrfs'].includes(storage.type)) return;
  const declared = storage.values.get('is_mountpoint');
  if (declared === undefined) assertMounted(ctx, path, `folder '${path}'`);
  else if (parseBoolean(declared) === 0) {
    const missing = missingMount(ctx.host, path);
    if (missing !== undefined)
      log.warn(`'${missing.point}' is not mounted: the backup goes to the disk below it`);
  }
}

function assertMounted(ctx: StorageContext, folder: string, what: string): void {
  const missing = missingMount(ctx.host, folder);
  if (missing === undefined) return;
  throw new PaveError(
    `${what} is to be on what ${missing.source} mounts at '${missing.point}', but nothing is mounted there: a backup would fill the disk below it`,
    { hint: `mount ${missing.point}, or take it out of ${missing.source}` },
  );
}
