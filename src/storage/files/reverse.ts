/** From a path to the volume it is. Source: Storage.pm path_to_volume_id. */
import type { ContentType, StorageContext, StorageSection } from '../types.js';
import { subdir, volumeFile } from './layout.js';
import { listImages } from './listing.js';
import { FILE_NAMES } from './names.js';

/** The volume a path of the storage belongs to; undefined for one that is none. */
export function volnameOfFile(
  ctx: StorageContext,
  storage: StorageSection,
  path: string,
): { vtype: ContentType; volname: string } | undefined {
  const image = below(subdir(storage, 'images'), path);
  const owned = image === undefined ? null : /^(\d+)\/([^/\s]+)$/.exec(image);
  if (owned !== null) {
    // Only the list knows whether it is a linked clone, which has its base in its name.
    for (const { volid } of listImages(ctx, storage, { vmid: Number(owned[1]) })) {
      const volname = volid.slice(volid.indexOf(':') + 1);
      if (volumeFile(storage, volname).path === path) return { vtype: 'images', volname };
    }
    return undefined;
  }
  for (const type of ['iso', 'vztmpl', 'backup', 'snippets', 'import'] as const) {
    const name = below(subdir(storage, type), path);
    if (name !== undefined && FILE_NAMES[type]!.test(name))
      return { vtype: type, volname: `${type}/${name}` };
  }
  return undefined;
}

function below(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`)
    ? path.slice(folder.length + 1).replace(/\/+$/, '')
    : undefined;
}
