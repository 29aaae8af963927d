/** Storage in a directory of this machine, or on something that is mounted there. */
import { PaveError } from '../../errors.js';
import { imageInfo } from '../files/image-info.js';
import {
  allocImage,
  cloneImage,
  freeFile,
  imageSnapshot,
  makeBase,
  resizeImage,
} from '../files/images.js';
import { basePath, volumeFile } from '../files/layout.js';
import { listDirVolumes } from '../files/listing.js';
import { checkMounted, prepareFolders } from '../files/mount-point.js';
import { parseDirVolname } from '../files/names.js';
import { volnameOfFile } from '../files/reverse.js';
import type { Feature, StoragePlugin } from '../types.js';

type State = 'base' | 'current' | 'snap';

/** What works for which format. Source: volume_has_feature of the original. */
const FEATURES: Partial<Record<Feature, Partial<Record<State, readonly string[]>>>> = {
  snapshot: { current: ['qcow2'], snap: ['qcow2'] },
  clone: { base: ['qcow2', 'raw', 'vmdk'] },
  template: { current: ['qcow2', 'raw', 'vmdk', 'subvol'] },
  copy: { base: ['qcow2', 'raw', 'vmdk'], current: ['qcow2', 'raw', 'vmdk'], snap: ['qcow2'] },
  sparseinit: { base: ['qcow2', 'raw', 'vmdk'], current: ['qcow2', 'raw', 'vmdk'] },
  rename: { current: ['qcow2', 'raw', 'vmdk'] },
  resize: { current: ['qcow2', 'raw'] },
};

export const dirPlugin: StoragePlugin = {
  type: 'dir',
  content: ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'none', 'import'],
  defaultContent: ['images', 'rootdir'],
  formats: ['raw', 'qcow2', 'vmdk', 'subvol'],
  defaultFormat: 'raw',
  async activate(ctx, storage) {
    prepareFolders(ctx, storage);
  },
  async status(ctx, storage) {
    checkMounted(ctx, storage);
    const usage = ctx.host.files.usage(basePath(storage));
    if (usage === undefined) throw new PaveError(`directory '${basePath(storage)}' does not exist`);
    return { ...usage, active: true };
  },
  parseVolname: parseDirVolname,
  path: (ctx, storage, volname, snapshot) =>
    ctx.host.path(volumeFile(storage, volname, snapshot).path),
  volnameOfPath: volnameOfFile,
  async list(ctx, storage, filter) {
    return listDirVolumes(ctx, storage, filter);
  },
  alloc: allocImage,
  free: freeFile,
  async sizeInfo(ctx, storage, volname) {
    const { format, vtype } = parseDirVolname(volname);
    const info = imageInfo(
      ctx.host,
      volumeFile(storage, volname).path,
      vtype === 'images' || vtype === 'import' ? format! : 'raw',
    );
    if (info === undefined) return undefined;
    if (info.format === 'invalid')
      throw new PaveError(`'${storage.storeid}:${volname}' is not in ${format} format`);
    return {
      size: info.size,
      format: info.format,
      used: info.used,
      ...(info.parent === undefined ? {} : { parent: info.parent }),
    };
  },
  resize: resizeImage,
  hasFeature(_storage, feature, volname, { snapshot }) {
    const { isBase, format } = parseDirVolname(volname);
    const state: State = snapshot !== undefined ? 'snap' : isBase ? 'base' : 'current';
    return FEATURES[feature]?.[state]?.includes(format ?? '') ?? false;
  },
  snapshot: (ctx, storage, volname, name) => imageSnapshot(ctx, storage, volname, '-c', name),
  snapshotDelete: async (ctx, storage, volname, name, running) => {
    if (!running) await imageSnapshot(ctx, storage, volname, '-d', name);
  },
  snapshotRollback: (ctx, storage, volname, name) =>
    imageSnapshot(ctx, storage, volname, '-a', name),
  createBase: makeBase,
  clone: (ctx, storage, volname, vmid) => cloneImage(ctx, storage, volname, vmid),
  async setAttribute(ctx, storage, volname, attribute, value) {
    const { path, vtype } = volumeFile(storage, volname);
    if (vtype !== 'backup') throw new PaveError(`only backups support attribute '${attribute}'`);
    const file = `${path}.${attribute}`;
    if (value === false || value === '') ctx.host.files.unlink(file);
    else ctx.host.files.write(file, value === true ? '' : `${value}`);
  },
};
