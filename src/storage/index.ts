/** Storages and their volumes: what everything above works with. */
import { parseStorages, STORAGE_CFG } from '../config/storage-cfg.js';
import { PaveError } from '../errors.js';
import { dirPlugin } from './plugins/dir.js';
import type {
  AllocRequest,
  ContentType,
  Feature,
  ImageFormat,
  ParsedVolname,
  StorageContext,
  StoragePlugin,
  StorageSection,
  VolumeInfo,
} from './types.js';

/** One entry a storage type. */
const PLUGINS: Record<string, StoragePlugin> = { dir: dirPlugin };

export const SUPPORTED_TYPES: readonly string[] = Object.keys(PLUGINS);

/** @throws PaveError for a type that Pavé cannot drive yet */
export function pluginOf(storage: Pick<StorageSection, 'type' | 'storeid'>): StoragePlugin {
  const plugin = PLUGINS[storage.type];
  if (plugin !== undefined) return plugin;
  throw new PaveError(
    `storage '${storage.storeid}': storage type '${storage.type}' is not supported yet`,
    {
      hint: `supported: ${SUPPORTED_TYPES.join(', ')}`,
    },
  );
}

/** All storages by id, also disabled ones and those of other nodes. */
export function loadStorages(ctx: StorageContext): Map<string, StorageSection> {
  return parseStorages(ctx.store.read(STORAGE_CFG) ?? '');
}

/** Can this node use it? Undefined when it can, else why not, in the original's words. */
export function whyUnusable(ctx: StorageContext, storage: StorageSection): string | undefined {
  if (storage.disable) return `storage '${storage.storeid}' is disabled`;
  if (storage.nodes !== undefined && !storage.nodes.has(ctx.store.node)) {
    return `storage '${storage.storeid}' is not available on node '${ctx.store.node}'`;
  }
  return undefined;
}

/** @throws PaveError when there is none of that id, or (with `enabled`) when it cannot be used here */
export function requireStorage(
  ctx: StorageContext,
  storeid: string,
  options: { enabled?: boolean } = {},
): StorageSection {
  const storage = loadStorages(ctx).get(storeid);
  if (storage === undefined)
    throw new PaveError(`storage '${storeid}' does not exist`, { hint: 'pvesm status lists them' });
  const reason = options.enabled === false ? undefined : whyUnusable(ctx, storage);
  if (reason !== undefined) throw new PaveError(reason);
  return storage;
}

/** @throws PaveError `unable to parse volume ID '…'` */
export function parseVolid(volid: string): { storeid: string; volname: string } {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid);
  if (match === null) throw new PaveError(`unable to parse volume ID '${volid}'`);
  return { storeid: match[1]!, volname: match[2]! };
}

interface Located {
  storage: StorageSection;
  plugin: StoragePlugin;
  volname: string;
}

function locate(ctx: StorageContext, volid: string, enabled = false): Located {
  const { storeid, volname } = parseVolid(volid);
  const storage = requireStorage(ctx, storeid, { enabled });
  return { storage, plugin: pluginOf(storage), volname };
}

/** What the volume id says. */
export function parseVolume(ctx: StorageContext, volid: string): ParsedVolname {
  const { plugin, volname } = locate(ctx, volid);
  return plugin.parseVolname(volname);
}

/** Path or URL of a volume; an absolute path is given back as it is. */
export function volumePath(ctx: StorageContext, volid: string, snapshot?: string): string {
  if (volid.startsWith('/')) return volid;
  const { storage, plugin, volname } = locate(ctx, volid);
  return plugin.path(ctx, storage, volname, snapshot);
}

/** The volume a path is; undefined where it is none of any storage. */
export function volidOfPath(
  ctx: StorageContext,
  path: string,
): { vtype: ContentType; volid: string } | undefined {
  const real = ctx.host.files.realpath(path) ?? path;
  for (const storage of loadStorages(ctx).values()) {
    const found = PLUGINS[storage.type]?.volnameOfPath?.(ctx, storage, real);
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

export async function activateVolumes(
  ctx: StorageContext,
  volids: readonly string[],
): Promise<void> {
  for (const storeid of new Set(volids.map((volid) => parseVolid(volid).storeid)))
    await activateStorage(ctx, storeid);
  const missing: string[] = [];
  for (const volid of volids) {
    const { storage, plugin, volname } = locate(ctx, volid, true);
    await plugin.activateVolume?.(ctx, storage, volname);
    if ((await plugin.sizeInfo(ctx, storage, volname)) === undefined) missing.push(volid);
  }
  if (missing.length > 0 && !ctx.host.dryRun) {
    throw new PaveError(missing.map((volid) => `volume '${volid}' does not exist`).join('\n'));
  }
}

export async function deactivateVolumes(
  ctx: StorageContext,
  volids: readonly string[],
): Promise<void> {
  for (const volid of volids) {
    const { storage, plugin, volname } = locate(ctx, volid);
    await plugin.deactivateVolume?.(ctx, storage, volname);
  }
}

/** Only one at a time makes or removes volumes of a storage; on a shared one, in the whole cluster. */
export async function withStorageLock<T>(
  ctx: StorageContext,
  storage: StorageSection,
  work: () => Promise<T>,
): Promise<T> {
  if (storage.shared)
    return await ctx.store.withLock(`storage-${storage.storeid}`, work, { timeoutS: 60 });
  const lock = await ctx.host.lock(`/var/lock/pve-manager/pve-storage-${storage.storeid}`, {
    timeoutS: 60,
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** @throws PaveError when the storage may not hold that content */
export function checkContent(storage: StorageSection, content: ContentType): void {
  if (storage.content.has(content)) return;
  throw new PaveError(`storage '${storage.storeid}' does not support content type '${content}'`, {
    hint: `pvesm set ${storage.storeid} --content ${[...storage.content, content].join(',')}`,
  });
}

/** A new volume; gives its id. */
export async function allocVolume(
  ctx: StorageContext,
  storeid: string,
  request: Omit<AllocRequest, 'format'> & { format?: ImageFormat | undefined },
): Promise<string> {
  const storage = await activateStorage(ctx, storeid);
  const plugin = pluginOf(storage);
  const format = request.format ?? defaultFormat(storage);
  if (!plugin.formats.includes(format))
    throw new PaveError(`storage '${storeid}' does not support format '${format}'`);
  const volname = await withStorageLock(ctx, storage, () =>
    plugin.alloc(ctx, storage, { ...request, format }),
  );
  return `${storeid}:${volname}`;
}

export function defaultFormat(storage: StorageSection): ImageFormat {
  return (
    (storage.values.get('format') as ImageFormat | undefined) ?? pluginOf(storage).defaultFormat
  );
}

/** Removes a volume. @throws PaveError for protected ones and base images with clones */
export async function freeVolume(ctx: StorageContext, volid: string): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  await activateStorage(ctx, storage.storeid);
  await withStorageLock(ctx, storage, async () => {
    if (await isBaseInUse(ctx, volid))
      throw new PaveError(`base volume '${volname}' is still in use by linked clones`);
    await plugin.free(ctx, storage, volname);
  });
}

/** Has a base image linked clones? */
export async function isBaseInUse(ctx: StorageContext, volid: string): Promise<boolean> {
  const { storage, plugin, volname } = locate(ctx, volid);
  const base = plugin.parseVolname(volname);
  if (!base.isBase) return false;
  const all = await plugin.list(ctx, storage, { content: ['images', 'rootdir'] });
  return all.some((volume) => {
    const clone = plugin.parseVolname(parseVolid(volume.volid).volname);
    return clone.basename === base.name && clone.basevmid === base.vmid;
  });
}

/** Volumes of a storage, in the plugin's order; of the types it may hold where none are named. */
export async function listVolumes(
  ctx: StorageContext,
  storeid: string,
  filter: { vmid?: number | undefined; content?: readonly ContentType[] | undefined } = {},
): Promise<VolumeInfo[]> {
  const storage = requireStorage(ctx, storeid);
  const content = filter.content ?? [...storage.content];
  return await pluginOf(storage).list(ctx, storage, { vmid: filter.vmid, content });
}

/** Undefined where there is no such volume. */
export async function volumeSize(ctx: StorageContext, volid: string) {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  return await plugin.sizeInfo(ctx, storage, volname);
}

export async function resizeVolume(
  ctx: StorageContext,
  volid: string,
  size: number,
  running: boolean,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.resize === undefined)
    throw new PaveError(`storage '${storage.storeid}' cannot resize volumes`);
  await plugin.resize(ctx, storage, volname, size, running);
}

export function volumeHasFeature(
  ctx: StorageContext,
  feature: Feature,
  volid: string,
  state: { snapshot?: string; running?: boolean } = {},
): boolean {
  const { storage, plugin, volname } = locate(ctx, volid);
  return plugin.hasFeature(storage, feature, volname, state);
}
