/** Volumes of a directory storage. Source: Plugin.pm list_images and list_volumes. */
import { findGuest } from '../../guest/find.js';
import type { ContentType, StorageContext, StorageSection, VolumeInfo } from '../types.js';
import { archiveInfo } from './archive.js';
import { imageInfo } from './image-info.js';
import { parentsOf, verdictOf } from './increments.js';
import { subdir } from './layout.js';
import { FILE_NAMES, parseImageName } from './names.js';

export interface ListFilter {
  vmid?: number | undefined;
  content: readonly ContentType[];
  volids?: readonly string[] | undefined;
}

/** All volumes of a directory storage that the filter lets through, unsorted. */
export function listDirVolumes(
  ctx: StorageContext,
  storage: StorageSection,
  filter: ListFilter,
): VolumeInfo[] {
  const found: VolumeInfo[] = [];
  let images: VolumeInfo[] | undefined;
  for (const type of filter.content) {
    if (type === 'images' || type === 'rootdir') {
      images ??= listImages(ctx, storage, filter);
      found.push(...images.filter((image) => image.content === type));
    } else if (
      type !== 'none' &&
      !(filter.vmid !== undefined && (type === 'iso' || type === 'vztmpl'))
    ) {
      found.push(...listFiles(ctx, storage, type, filter.vmid));
    }
  }
  return filter.volids === undefined
    ? found
    : found.filter(({ volid }) => filter.volids!.includes(volid));
}

/** How a linked clone names its base: a neighbour in the same storage. Nothing else counts as one. */
const CLONE_PARENT = /^\.\.\/(\d+)\/([^/]+\.(?:raw|qcow2|vmdk|subvol))$/;

/** Disk images of all guests, or of one. */
export function listImages(
  ctx: StorageContext,
  storage: StorageSection,
  filter: { vmid?: number | undefined },
): VolumeInfo[] {
  const folder = subdir(storage, 'images');
  const owners = (ctx.host.files.list(folder) ?? [])
    .filter((name) => /^[0-9][0-9]+$/.test(name))
    .sort();
  const found: VolumeInfo[] = [];
  for (const owner of owners) {
    if (filter.vmid !== undefined && Number(owner) !== filter.vmid) continue;
    const vmid = Number(owner);
    const content = findGuest(ctx.store, vmid)?.kind === 'lxc' ? 'rootdir' : 'images';
    for (const name of (ctx.host.files.list(`${folder}/${owner}`) ?? []).sort()) {
      const format = formatOf(name);
      if (format === undefined) continue;
      const info = imageInfo(ctx.host, `${folder}/${owner}/${name}`, format);
      if (info === undefined) continue;
      const base = CLONE_PARENT.exec(info.parent ?? '');
      found.push({
        volid: `${storage.storeid}:${base === null ? '' : `${base[1]}/${base[2]}/`}${owner}/${name}`,
        format: info.format,
        size: info.size,
        vmid,
        used: info.used,
        ctime: info.ctime,
        content,
        ...(info.parent === undefined ? {} : { parent: info.parent }),
      });
    }
  }
  return found;
}

/** Undefined for what is no image: a snapshot's file, a half-made one. */
function formatOf(name: string): string | undefined {
  if (name.startsWith('.')) return undefined;
  try {
    return parseImageName(name).format;
  } catch {
    return undefined;
  }
}

function listFiles(
  ctx: StorageContext,
  storage: StorageSection,
  type: ContentType,
  vmid: number | undefined,
): VolumeInfo[] {
  const folder = subdir(storage, type);
  const found: VolumeInfo[] = [];
  for (const name of (ctx.host.files.list(folder) ?? []).sort()) {
    if (name.startsWith('.') || !FILE_NAMES[type]?.test(name)) continue;
    if (type === 'backup' && vmid !== undefined && !name.includes(`-${vmid}-`)) continue;
    const stat = ctx.host.files.stat(`${folder}/${name}`);
    if (stat === undefined || stat.kind === 'directory') continue;
    const volume: VolumeInfo = {
      volid: `${storage.storeid}:${type}/${name}`,
      format: fileFormat(type, name),
      size: stat.size,
      ctime: stat.ctime,
      content: type,
    };
    if (type === 'backup') describeBackup(ctx, volume, `${folder}/${name}`, vmid);
    found.push(volume);
  }
  return found;
}

function fileFormat(type: ContentType, name: string): string {
  if (type === 'snippets') return 'snippet';
  if (type === 'iso') return 'iso';
  if (type === 'vztmpl') {
    const packed = /\.tar\.([^.]+)$/i.exec(name)?.[1];
    return packed === undefined ? 'tar' : `t${packed}`;
  }
  if (type === 'backup')
    return /\.(tgz|(?:tar|vma|vma-inc)(?:\.(?:gz|lzo|zst|bz2))?)$/.exec(name)![1]!;
  return /\.([^.]+)$/.exec(name)![1]!;
}

function describeBackup(
  ctx: StorageContext,
  volume: VolumeInfo,
  path: string,
  vmid: number | undefined,
): void {
  let type: string | undefined;
  try {
    const info = archiveInfo(path);
    type = info.type;
    if (info.ctime !== undefined) volume.ctime = info.ctime;
  } catch {
    // A backup somebody named himself.
  }
  volume.subtype = type ?? 'unknown';
  const owner = vmid ?? /^.*\/[^/]*?-([1-9]\d{2,8})-[^/]+$/.exec(path)?.[1];
  if (owner !== undefined) volume.vmid = Number(owner);
  const notes = ctx.host.files.read(`${path}.notes`);
  if (notes !== undefined) volume.notes = notes.split('\n')[0]!;
  if (ctx.host.files.exists(`${path}.protected`)) volume.protected = true;
  const slash = path.lastIndexOf('/');
  const needs = parentsOf(ctx.host.files, path.slice(0, slash), path.slice(slash + 1));
  if (needs.length > 0) volume.needs = needs;
  const verified = verdictOf(ctx.host.files, path);
  if (verified !== undefined) volume.verification = verified;
}
