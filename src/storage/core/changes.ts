/** Making, changing and removing volumes; each under the storage's lock. Source: Storage.pm vdisk_*. */
import { PaveError } from '../../errors.js';
import type { AllocRequest, ImageFormat, StorageContext } from '../types.js';
import { withStorageLock } from './lock.js';
import { pluginOf } from './registry.js';
import { defaultFormat } from './storages.js';
import { parseVolid } from './volid.js';
import { activateStorage, locate } from './volumes.js';

/** A new volume, whole or not at all; gives its id. @throws PaveError */
export async function allocVolume(
  ctx: StorageContext,
  storeid: string,
  request: Omit<AllocRequest, 'format'> & { format?: ImageFormat | undefined },
): Promise<string> {
  const storage = await activateStorage(ctx, storeid);
  const plugin = pluginOf(storage);
  const format = request.format ?? defaultFormat(storage);
  if (!plugin.formats.includes(format))
    throw new PaveError(`storage '${storeid}' does not support format '${format}'`, {
      hint: `it knows: ${plugin.formats.join(', ')}`,
    });
  const volname = await withStorageLock(ctx, storage, () =>
    plugin.alloc(ctx, storage, { ...request, format }),
  );
  return `${storeid}:${volname}`;
}

/** Removes a volume. @throws PaveError for protected ones and base images with clones */
export async function freeVolume(ctx: StorageContext, volid: string): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  await activateStorage(ctx, storage.storeid);
  await withStorageLock(ctx, storage, async () => {
    if (await isBaseInUse(ctx, volid))
      throw new PaveError(`base volume '${volname}' is still in use by linked clones`, {
        hint: 'remove the clones first, or make them full ones',
      });
    await plugin.free(ctx, storage, volname);
  });
}

/** Has a base image linked clones? Source: volume_is_base_and_used. */
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

/** Grows a volume to so many bytes; `running`: QEMU has it open and does it itself. */
export async function resizeVolume(
  ctx: StorageContext,
  volid: string,
  size: number,
  running: boolean,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.resize === undefined) throw cannot(storage.storeid, 'resize volumes');
  await plugin.resize(ctx, storage, volname, size, running);
}

/** The volume becomes a base image; gives its new id. */
export async function createBaseVolume(ctx: StorageContext, volid: string): Promise<string> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  const { createBase } = plugin;
  if (createBase === undefined) throw cannot(storage.storeid, 'make base volumes');
  await activateStorage(ctx, storage.storeid);
  const base = await withStorageLock(ctx, storage, () => createBase(ctx, storage, volname));
  return `${storage.storeid}:${base}`;
}

/** A linked clone of a base volume (or of a snapshot) for a guest; gives its id. */
export async function cloneVolume(
  ctx: StorageContext,
  volid: string,
  vmid: number,
  snapshot?: string,
): Promise<string> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  const { clone } = plugin;
  if (clone === undefined) throw cannot(storage.storeid, 'make linked clones');
  await activateStorage(ctx, storage.storeid);
  const made = await withStorageLock(ctx, storage, () =>
    clone(ctx, storage, volname, vmid, snapshot),
  );
  return `${storage.storeid}:${made}`;
}

/** Gives a volume to a guest, under a name or the next free one; gives its new id. */
export async function renameVolume(
  ctx: StorageContext,
  volid: string,
  vmid: number,
  name?: string,
): Promise<string> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  const { rename } = plugin;
  if (rename === undefined) throw cannot(storage.storeid, 'rename volumes');
  await activateStorage(ctx, storage.storeid);
  const renamed = await withStorageLock(ctx, storage, () =>
    rename(ctx, storage, volname, vmid, name),
  );
  return `${storage.storeid}:${renamed}`;
}

export async function snapshotVolume(
  ctx: StorageContext,
  volid: string,
  snapshot: string,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.snapshot === undefined) throw cannot(storage.storeid, 'take snapshots');
  await plugin.snapshot(ctx, storage, volname, snapshot);
}

/** `running`: QEMU has the volume open and deletes the snapshot itself. */
export async function deleteVolumeSnapshot(
  ctx: StorageContext,
  volid: string,
  snapshot: string,
  running: boolean,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.snapshotDelete === undefined) throw cannot(storage.storeid, 'delete snapshots');
  await plugin.snapshotDelete(ctx, storage, volname, snapshot, running);
}

export async function rollbackVolume(
  ctx: StorageContext,
  volid: string,
  snapshot: string,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.snapshotRollback === undefined) throw cannot(storage.storeid, 'roll back');
  await plugin.snapshotRollback(ctx, storage, volname, snapshot);
}

/** Snapshots of a volume, oldest first. */
export async function volumeSnapshots(
  ctx: StorageContext,
  volid: string,
): Promise<{ name: string; ctime: number }[]> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  return (await plugin.snapshotList?.(ctx, storage, volname)) ?? [];
}

/** How many protected backups of a guest a storage keeps; -1: any number. `mayAllocate`: Datastore.Allocate. */
function maxProtected(values: ReadonlyMap<string, string>, mayAllocate: boolean): number {
  return Number(values.get('max-protected-backups') ?? (mayAllocate ? -1 : 5));
}

/** @throws PaveError where the volume has no such attribute, or too many backups are protected */
export async function setVolumeAttribute(
  ctx: StorageContext,
  volid: string,
  attribute: 'notes' | 'protected',
  value: string | boolean,
  mayAllocate = true,
): Promise<void> {
  const { storage, plugin, volname } = locate(ctx, volid, true);
  if (plugin.setAttribute === undefined) throw cannot(storage.storeid, `set '${attribute}'`);
  const { vtype, vmid } = plugin.parseVolname(volname);
  const limit = maxProtected(storage.values, mayAllocate);
  if (
    attribute === 'protected' &&
    value &&
    vtype === 'backup' &&
    vmid !== undefined &&
    limit >= 0
  ) {
    const backups = await plugin.list(ctx, storage, { vmid, content: ['backup'] });
    const own = backups.find((backup) => backup.volid === volid);
    const others = backups.filter(
      (backup) => backup.protected && (own === undefined || backup.subtype === own.subtype),
    );
    if (!own?.protected && others.length >= limit)
      throw new PaveError(
        `The number of protected backups per guest is limited to ${limit} on storage '${storage.storeid}'`,
        { hint: `pvesm set ${storage.storeid} --max-protected-backups N` },
      );
  }
  await plugin.setAttribute(ctx, storage, volname, attribute, value);
}

function cannot(storeid: string, what: string): PaveError {
  return new PaveError(`storage '${storeid}' cannot ${what}`);
}
