import { PaveError } from '../../errors.js';
import type { StorageContext, StorageSection } from '../types.js';
import { freeDiskName } from './disk-name.js';
import { removeIfEmpty } from './drafts.js';
import { subdir, volumeFile } from './layout.js';
import { parseDirVolname, parseImageName } from './names.js';
import { refuseChainedVolume } from './snapshots.js';

/** Hands an image to another guest, or gives it another name; gives its new volname. Source: Plugin.pm rename_volume. */
export function renameImage(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  vmid: number,
  name?: string,
): string {
  const { files } = ctx.host;
  const { vtype, basename, basevmid, format, isBase } = parseDirVolname(volname);
  if (vtype !== 'images' || format === 'subvol' || isBase)
    throw new PaveError(`volume '${storage.storeid}:${volname}' cannot be renamed`);
  refuseChainedVolume(ctx, storage, volname);
  const { path } = volumeFile(storage, volname);
  if (files.lstat(path) === undefined)
    throw new PaveError(`volume '${storage.storeid}:${volname}' does not exist`);
  const folder = `${subdir(storage, 'images')}/${vmid}`;
  const target = name ?? freeDiskName(files.list(folder) ?? [], vmid, format!, storage.storeid);
  if (parseImageName(target).format !== format)
    throw new PaveError(`illegal name '${target}' - the image is of format '${format}'`);
  if (files.lstat(`${folder}/${target}`) !== undefined)
    throw new PaveError(`target volume '${target}' already exists`);
  files.mkdir(folder);
  files.rename(path, `${folder}/${target}`);
  removeIfEmpty(ctx, path.slice(0, path.lastIndexOf('/')));
  const prefix = basename === undefined ? '' : `${basevmid}/${basename}/`;
  return `${prefix}${vmid}/${target}`;
}
