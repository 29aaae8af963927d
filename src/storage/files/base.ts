/** Base images and linked clones. Source: Plugin.pm create_base and clone_image. */
import { PaveError } from '../../errors.js';
import type { StorageContext, StorageSection } from '../types.js';
import { freeDiskName } from './disk-name.js';
import { removeDrafts, removeIfEmpty } from './drafts.js';
import { imageInfo } from './image-info.js';
import { setImmutable } from './immutable.js';
import { subdir, volumeFile } from './layout.js';
import { parseDirVolname } from './names.js';
import { createImage, preallocation } from './qemu-img.js';

/** The volume becomes a base image that nobody writes to; gives its new name. */
export async function makeBase(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): Promise<string> {
  const { files } = ctx.host;
  const { vtype, isBase, name, vmid, basename, basevmid, format } = parseDirVolname(volname);
  if (vtype !== 'images') throw new PaveError(`create_base on wrong vtype '${vtype}'`);
  if (isBase) throw new PaveError('create_base not possible with base image');
  const { path } = volumeFile(storage, volname);
  const info = imageInfo(ctx.host, path, format!);
  if (info === undefined)
    throw new PaveError(`volume '${storage.storeid}:${volname}' does not exist`);
  if (basename !== undefined && info.parent !== `../${basevmid}/${basename}`)
    throw new PaveError(`volname '${volname}' contains wrong information about parent`);
  const prefix = basename === undefined ? '' : `${basevmid}/${basename}/`;
  const base = `${prefix}${vmid}/${name.replace(/^vm-/, 'base-')}`;
  const target = volumeFile(storage, base).path;
  // A container's folder keeps its name, and its mode, which is that of the container's root.
  if (target !== path) {
    if (files.lstat(target) !== undefined) throw new PaveError(`file '${target}' already exists`);
    files.rename(path, target);
    files.chmod(target, 0o444);
  }
  await setImmutable(ctx, target, true);
  return base;
}

/** A linked clone: a qcow2 image on top of a base image, which it names relative to itself. */
export async function cloneImage(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  vmid: number,
  snapshot?: string,
): Promise<string> {
  const base = parseDirVolname(volname);
  if (base.vtype !== 'images') throw new PaveError(`clone_image on wrong vtype '${base.vtype}'`);
  if (snapshot !== undefined)
    throw new PaveError('this storage type does not support clone_image on snapshot');
  if (base.format === 'subvol')
    throw new PaveError('this storage type does not support clone_image on subvolumes');
  if (!base.isBase) throw new PaveError('clone_image only works on base images');
  const folder = `${subdir(storage, 'images')}/${vmid}`;
  await removeDrafts(ctx, folder);
  ctx.host.files.mkdir(folder);
  const present = ctx.host.files.list(folder) ?? [];
  const name = freeDiskName(present, vmid, 'qcow2', storage.storeid);
  try {
    await createImage(ctx, {
      folder,
      name,
      format: 'qcow2',
      backing: { file: `../${base.vmid}/${base.name}`, format: base.format! },
      preallocation: preallocation(storage, base.format!),
      purpose: `a linked clone of ${storage.storeid}:${volname}`,
    });
  } catch (error) {
    removeIfEmpty(ctx, folder);
    throw error;
  }
  return `${base.vmid}/${base.name}/${vmid}/${name}`;
}
