/** Storage in a directory of this machine, or on something that is mounted there. */
import { PaveError } from '../../errors.js';
import { fileHasFeature } from '../files/features.js';
import { basePath, isChained, volumeFile } from '../files/layout.js';
import { parseDirVolname } from '../files/names.js';
import { TYPE_FACTS } from '../section/type-facts.js';
import type { StoragePlugin } from '../types.js';

export const dirPlugin: StoragePlugin = {
  type: 'dir',
  ...TYPE_FACTS.dir!,

  async onAdd(_ctx, storage) {
    const path = basePath(storage);
    if (!/^\/[-/a-zA-Z0-9_.@]+$/.test(path))
      throw new PaveError(`illegal path for directory storage: ${path}`);
    if (isChained(storage))
      throw new PaveError(
        `storage '${storage.storeid}': snapshots as a chain of volumes (snapshot-as-volume-chain) are not supported yet`,
      );
  },
  async activate(ctx, storage) {
    const { prepareFolders } = await import('../files/mount-point.js');
    prepareFolders(ctx, storage);
  },
  async status(ctx, storage) {
    const { checkMounted } = await import('../files/mount-point.js');
    checkMounted(ctx, storage);
    const usage = ctx.host.files.usage(basePath(storage));
    if (usage === undefined)
      throw new PaveError(
        `directory '${basePath(storage)}' of storage '${storage.storeid}' does not exist`,
      );
    return { ...usage, active: true };
  },

  parseVolname: parseDirVolname,
  path: (ctx, storage, volname, snapshot) =>
    ctx.host.path(volumeFile(storage, volname, snapshot).path),
  async volnameOfPath(ctx, storage, path) {
    const { volnameOfFile } = await import('../files/reverse.js');
    return volnameOfFile(ctx, storage, path);
  },

  async list(ctx, storage, filter) {
    const { listDirVolumes } = await import('../files/listing.js');
    return listDirVolumes(ctx, storage, filter);
  },
  async alloc(ctx, storage, request) {
    const { allocImage } = await import('../files/images.js');
    return await allocImage(ctx, storage, request);
  },
  async free(ctx, storage, volname) {
    const { freeFile } = await import('../files/images.js');
    await freeFile(ctx, storage, volname);
  },
  async sizeInfo(ctx, storage, volname) {
    const { imageInfo } = await import('../files/image-info.js');
    const { format } = parseDirVolname(volname);
    const info = imageInfo(ctx.host, volumeFile(storage, volname).path, format ?? 'raw');
    if (info === undefined) return undefined;
    if (info.format === 'invalid')
      throw new PaveError(`image '${storage.storeid}:${volname}' is not in ${format} format`);
    const { size, used, parent } = info;
    return { size, used, format: info.format, ...(parent === undefined ? {} : { parent }) };
  },
  async activateVolume(ctx, storage, volname, snapshot) {
    if (!ctx.host.files.exists(volumeFile(storage, volname, snapshot).path))
      throw new PaveError(`volume '${storage.storeid}:${volname}' does not exist`);
  },
  async resize(ctx, storage, volname, size, running) {
    const { resizeImage } = await import('../files/images.js');
    await resizeImage(ctx, storage, volname, size, running);
  },

  hasFeature: (_storage, feature, volname, { snapshot }) =>
    fileHasFeature(feature, volname, snapshot),
  snapshotMethod(storage, volname) {
    if (parseDirVolname(volname).format !== 'qcow2') return 'storage';
    return isChained(storage) ? 'mixed' : 'qemu';
  },
  async snapshotList(ctx, storage, volname) {
    const { listSnapshots } = await import('../files/snapshots.js');
    return listSnapshots(ctx, storage, volname);
  },
  async snapshot(ctx, storage, volname, name) {
    const { imageSnapshot } = await import('../files/snapshots.js');
    await imageSnapshot(ctx, storage, volname, 'create', name);
  },
  async snapshotDelete(ctx, storage, volname, name, running) {
    if (running) return;
    const { imageSnapshot } = await import('../files/snapshots.js');
    await imageSnapshot(ctx, storage, volname, 'remove', name);
  },
  async snapshotRollback(ctx, storage, volname, name) {
    const { imageSnapshot } = await import('../files/snapshots.js');
    await imageSnapshot(ctx, storage, volname, 'rollback', name);
  },
  async createBase(ctx, storage, volname) {
    const { makeBase } = await import('../files/base.js');
    return await makeBase(ctx, storage, volname);
  },
  async clone(ctx, storage, volname, vmid, snapshot) {
    const { cloneImage } = await import('../files/base.js');
    return await cloneImage(ctx, storage, volname, vmid, snapshot);
  },
  async rename(ctx, storage, volname, vmid, name) {
    const { renameImage } = await import('../files/rename.js');
    return renameImage(ctx, storage, volname, vmid, name);
  },

  async setAttribute(ctx, storage, volname, attribute, value) {
    const { setFileAttribute } = await import('../files/attributes.js');
    await setFileAttribute(ctx, storage, volname, attribute, value);
  },
  async getAttribute(ctx, storage, volname, attribute) {
    const { getFileAttribute } = await import('../files/attributes.js');
    return await getFileAttribute(ctx, storage, volname, attribute);
  },
};
