/** Where the volumes of a directory storage lie. Source: Plugin.pm get_subdir and filesystem_path. */
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import { splitList } from '../../schema/lists.js';
import type { ContentType, StorageSection } from '../types.js';
import { parseDirVolname } from './names.js';

export const SUBDIRS: Partial<Record<ContentType, string>> = {
  images: 'images',
  rootdir: 'private',
  iso: 'template/iso',
  vztmpl: 'template/cache',
  backup: 'dump',
  snippets: 'snippets',
  import: 'import',
};

type Values = Pick<StorageSection, 'values'>;

/** The storage's own folder. @throws PaveError where it has none */
export function basePath(storage: Values): string {
  const path = storage.values.get('path');
  if (path === undefined || path === '') throw new PaveError('storage definition has no path');
  return path;
}

/** Folder of a content type, `content-dirs` respected. */
export function subdir(storage: Values, vtype: ContentType): string {
  const path = basePath(storage);
  const usual = SUBDIRS[vtype];
  if (usual === undefined) throw new PaveError(`unknown vtype '${vtype}'`);
  return `${path}/${contentDirs(storage).get(vtype) ?? usual}`;
}

/** `content-dirs` as a table: `images=disks,iso=cds`. */
function contentDirs(storage: Values): Map<string, string> {
  const dirs = new Map<string, string>();
  for (const part of splitList(storage.values.get('content-dirs') ?? '')) {
    const at = part.indexOf('=');
    if (at > 0) dirs.set(part.slice(0, at), part.slice(at + 1));
  }
  return dirs;
}

/** Are its snapshots files of their own, one on top of the other? */
export function isChained(storage: Values): boolean {
  return parseBoolean(storage.values.get('snapshot-as-volume-chain') ?? '0') === 1;
}

/** @throws PaveError for a snapshot of a format that has none */
export function volumeFile(
  storage: Values,
  volname: string,
  snapshot?: string,
): { path: string; vmid?: number; vtype: ContentType } {
  const { vtype, name, vmid, format } = parseDirVolname(volname);
  if (snapshot !== undefined && format !== 'qcow2' && format !== 'qed') {
    throw new PaveError("can't snapshot this image format");
  }
  // Inside a qcow2 image: the same file.
  const own = snapshot !== undefined && snapshot !== 'current' && isChained(storage);
  const file = own ? `snap-${snapshot}-${name}` : name;
  const folder = subdir(storage, vtype);
  const path = vtype === 'images' ? `${folder}/${vmid}/${file}` : `${folder}/${file}`;
  return { path, ...(vmid === undefined ? {} : { vmid }), vtype };
}
