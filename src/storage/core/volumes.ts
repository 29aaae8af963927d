/** Volumes by their id, whatever storage they lie on. */
import { PaveError } from '../../errors.js';
import type {
  ContentType,
  Feature,
  ParsedVolname,
  SnapshotMethod,
  StorageContext,
  StoragePlugin,
  StorageSection,
  VolumeInfo,
} from '../types.js';
import { findPlugin, pluginOf } from './registry.js';
import { loadStorages, requireStorage } from './storages.js';
import { parseVolid } from './volid.js';

export interface Located {
  storage: StorageSection;
  plugin: StoragePlugin;
  volname: string;
}

/** A volume's storage and plugin. With `enabled` the storage must be usable here. @throws PaveError */
export function locate(
  ctx: Pick<StorageContext, 'store'>,
  volid: string,
  enabled = false,
): Located {
  const { storeid, volname } = parseVolid(volid);
  const storage = requireStorage(ctx, storeid, { enabled });
  return { storage, plugin: pluginOf(storage), volname };
}

/** What the volume id says. @throws PaveError where it is none, or its storage is unknown */
export function parseVolume(ctx: Pick<StorageContext, 'store'>, volid: string): ParsedVolname {
  const { plugin, volname } = locate(ctx, volid);
  return plugin.parseVolname(volname);
}

/** Path or URL of a volume; an absolute path is given back as it is. */
export function volumePath(ctx: StorageContext, volid: string, snapshot?: string): string {
  if (volid.startsWith('/')) return volid;
  const { storage, plugin, volname } = locate(ctx, volid);
  return plugin.path(ctx, storage, volname, snapshot);
}

/** The volume a path is; undefined where it is none of any storage. Source: path_to_volume_id. */
export async function volidOfPath(
  ctx: StorageContext,
  path: string,
): Promise<{ vtype: ContentType; volid: string } | undefined> {
  const { root, files } = ctx.host;
  const resolved = files.realpath(path) ?? path;
  const real = resolved.startsWith(`${root}/`) ? resolved.slice(root.length) : resolved;
  for (const storage of loadStorages(ctx).values()) {
    const found = await findPlugin(storage.type)?.volnameOfPath?.(ctx, storage, real);
    if (found !== undefined)
      return { vtype: found.vtype, volid: `${storage.storeid}:${found.volname}` };
  }
  return undefined;
}

/** Makes a storage usable: mounts, folders. @throws PaveError */
export async function activateStorage(
  ctx: StorageContext,
  storeid: string,
): Promise<StorageSection> {
  const storage = requireStorage(ctx, storeid);
  await pluginOf(storage).activate?.(ctx, storage);
  return storage;
}

/** Makes volumes usable, their storages first. @throws PaveError that names every missing volume */
export async function activateVolumes(
  ctx: StorageContext,
  volids: readonly string[],
  snapshot?: string,
): Promise<void> {
  for (const storeid of new Set(volids.map((volid) => parseVolid(volid).storeid)))
    await activateStorage(ctx, storeid);
  const reasons: string[] = [];
  for (const volid of volids) {
    const { storage, plugin, volname } = locate(ctx, volid, true);
    try {
      await plugin.activateVolume?.(ctx, storage, volname, snapshot);
    } catch (error) {
      if (!(error instanceof PaveError)) throw error;
      reasons.push(error.message);
    }
  }
  // In a dry run, volumes that it would have made do not exist.
  if (reasons.length > 0 && !ctx.host.dryRun) throw new PaveError(reasons.join('\n'));
}

/** Tries all of them. @throws PaveError that names those that failed */
export async function deactivateVolumes(
  ctx: StorageContext,
  volids: readonly string[],
  snapshot?: string,
): Promise<void> {
  const failed: string[] = [];
  let cause: unknown;
  for (const volid of volids) {
    try {
      const { storage, plugin, volname } = locate(ctx, volid);
      await plugin.deactivateVolume?.(ctx, storage, volname, snapshot);
    } catch (error) {
      failed.push(volid);
      cause = error;
    }
  }
  if (failed.length > 0)
    throw new PaveError(`volume deactivation failed: ${failed.join(' ')}`, { cause });
}

const LISTED: readonly ContentType[] = [
  'rootdir',
  'images',
  'vztmpl',
  'iso',
  'backup',
  'snippets',
  'import',
];

export interface ListFilter {
  vmid?: number | undefined;
  /** Of what the storage may hold; all of it where left out. */
  content?: readonly ContentType[] | undefined;
  volids?: readonly string[] | undefined;
}

/** Volumes of a storage, sorted by id without regard to case. Source: volume_list. */
export async function listVolumes(
  ctx: StorageContext,
  storeid: string,
  filter: ListFilter = {},
): Promise<VolumeInfo[]> {
  const storage = await activateStorage(ctx, storeid);
  const content = (filter.content ?? LISTED).filter((type) => storage.content.has(type));
  const found = await pluginOf(storage).list(ctx, storage, { ...filter, content });
  const key = new Map(found.map((volume) => [volume, volume.volid.toLowerCase()]));
  return found.sort((a, b) => (key.get(a)! < key.get(b)! ? -1 : key.get(a)! > key.get(b)! ? 1 : 0));
}

/** Bytes, format, backing file; undefined where there is no such volume. */
export async function volumeSizeInfo(ctx: StorageContext, volid: string) {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  return await plugin.sizeInfo(ctx, storage, volname);
}

export function volumeHasFeature(
  ctx: Pick<StorageContext, 'store'>,
  feature: Feature,
  volid: string,
  state: { snapshot?: string; running?: boolean } = {},
): boolean {
  const { storage, plugin, volname } = locate(ctx, volid);
  return plugin.hasFeature(storage, feature, volname, state);
}

/** Who takes snapshots of the volume while its guest runs. */
export function volumeSnapshotMethod(
  ctx: Pick<StorageContext, 'store'>,
  volid: string,
): SnapshotMethod {
  const { storage, plugin, volname } = locate(ctx, volid);
  return plugin.snapshotMethod(storage, volname);
}

export async function volumeAttribute(
  ctx: StorageContext,
  volid: string,
  attribute: 'notes' | 'protected',
): Promise<string | boolean | undefined> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  return await plugin.getAttribute?.(ctx, storage, volname, attribute);
}
