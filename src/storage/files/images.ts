/** Making, growing and removing volumes in a folder. Source: Plugin.pm of the original. */
import { PaveError } from '../../errors.js';
import { formatSize } from '../../schema/units.js';
import type { AllocRequest, StorageContext, StorageSection } from '../types.js';
import { archiveInfo } from './archive.js';
import { freeDiskName } from './disk-name.js';
import { draftName, removeDrafts, removeIfEmpty, removeTree } from './drafts.js';
import { setImmutable } from './immutable.js';
import { neededBy, SIDE_FILES } from './increments.js';
import { subdir, volumeFile } from './layout.js';
import { parseDirVolname, parseImageName } from './names.js';
import { createImage, preallocation } from './qemu-img.js';
import { refuseChainedVolume } from './snapshots.js';

/** A new image of a guest; gives its volname. The caller holds the storage's lock. */
export async function allocImage(
  ctx: StorageContext,
  storage: StorageSection,
  request: AllocRequest,
): Promise<string> {
  const { files } = ctx.host;
  const { vmid, format } = request;
  const folder = `${subdir(storage, 'images')}/${vmid}`;
  await removeDrafts(ctx, folder);
  const present = files.list(folder) ?? [];
  const name = request.name ?? freeDiskName(present, vmid, format, storage.storeid);
  checkName(name, format);
  const path = `${folder}/${name}`;
  if (files.lstat(path) !== undefined) throw new PaveError(`disk image '${path}' already exists`);
  if (format === 'subvol' && request.size !== 0)
    throw new PaveError('storage does not support subvol quotas', { hint: 'give a size of 0' });
  files.mkdir(folder);
  try {
    if (format === 'subvol') files.mkdir(path, { mode: 0o755, exclusive: true });
    else
      await createImage(ctx, {
        folder,
        name,
        format,
        size: request.size,
        preallocation: preallocation(storage, format),
        purpose: `a ${format} image of ${formatSize(request.size)} for guest ${vmid}`,
      });
  } catch (error) {
    removeIfEmpty(ctx, folder);
    throw error;
  }
  return `${vmid}/${name}`;
}

function checkName(name: string, format: string): void {
  // A leading dot hides a file from every list.
  if (name.startsWith('.'))
    throw new PaveError(`illegal name '${name}' - it may not begin with a dot`);
  const parsed = parseImageName(name);
  if (parsed.format !== format)
    throw new PaveError(
      `illegal name '${name}' - wrong extension for format ('${parsed.format}' != '${format}')`,
    );
}

/**
 * Removes a volume of any content type; one that is gone already is no error.
 * @throws PaveError for a protected backup
 */
export async function freeFile(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): Promise<void> {
  const { files } = ctx.host;
  const { vtype, name, isBase, format } = parseDirVolname(volname);
  const { path } = volumeFile(storage, volname);
  if (vtype === 'backup') {
    freeBackup(ctx, storage, volname, path);
    return;
  }
  if (vtype !== 'images') {
    files.unlink(path);
    return;
  }
  refuseChainedVolume(ctx, storage, volname);
  const folder = path.slice(0, path.lastIndexOf('/'));
  const kind = files.lstat(path)?.kind;
  // The folder of a template's container does not say so in its name.
  if (kind !== undefined && (isBase || format === 'subvol')) await setImmutable(ctx, path, false);
  if (format === 'subvol' && kind === 'directory') {
    // Out of sight first: half a root file system must not pass for a volume.
    const doomed = `${folder}/${draftName(ctx, name)}`;
    files.rename(path, doomed);
    await removeTree(ctx, doomed);
  } else files.unlink(path);
  await removeDrafts(ctx, folder);
  removeIfEmpty(ctx, folder);
}

/** With its notes and the log of its making. */
function freeBackup(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  path: string,
): void {
  const { files } = ctx.host;
  if (files.exists(`${path}.protected`))
    throw new PaveError(`cannot remove protected volume '${volname}' on '${storage.storeid}'`);
  const slash = path.lastIndexOf('/');
  const folder = path.slice(0, slash);
  const user = neededBy(files, folder, path.slice(slash + 1));
  if (user !== undefined)
    throw new PaveError(`'${volname}' is needed by the increment '${user}'`, {
      hint: 'remove the increments that follow it first, the newest one before the others',
    });
  files.unlink(path);
  for (const suffix of SIDE_FILES) files.unlink(`${path}${suffix}`);
  const { logfilename, notesfilename } = auxiliaries(path);
  for (const name of [logfilename, notesfilename])
    if (name !== undefined) files.unlink(`${folder}/${name}`);
}

/** Only archives with a standard name have such files. */
function auxiliaries(path: string): { logfilename?: string; notesfilename?: string } {
  try {
    return archiveInfo(path);
  } catch {
    return {};
  }
}

/** Grows an image; QEMU does it itself while a guest has it open. */
export async function resizeImage(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  size: number,
  running: boolean,
): Promise<void> {
  const { format } = parseDirVolname(volname);
  if (format !== 'raw' && format !== 'qcow2') throw new PaveError("can't resize this image format");
  if (running) return;
  const { host } = ctx;
  const { path } = volumeFile(storage, volname);
  const mode = `--preallocation=${preallocation(storage, format)}`;
  const bytes = String(Math.ceil(size / 1024) * 1024);
  await host.run(['qemu-img', 'resize', '-q', mode, '-f', format, host.path(path), bytes], {
    effect: 'change',
  });
}
