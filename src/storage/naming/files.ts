/** Volumes of directories, network shares and btrfs. Source: Plugin.pm and BTRFSPlugin.pm. */
import { isChained, subdir, volumeFile } from '../files/layout.js';
import { parseDirVolname } from '../files/names.js';
import type { VolumeNaming } from './types.js';

export const filesNaming: VolumeNaming = {
  parseVolname: parseDirVolname,
  path: (storage, volname, snapshot) => volumeFile(storage, volname, snapshot).path,
  snapshotMethod(storage, volname) {
    if (parseDirVolname(volname).format !== 'qcow2') return 'storage';
    return isChained(storage) ? 'mixed' : 'qemu';
  },
};

export const btrfsNaming: VolumeNaming = {
  parseVolname: parseDirVolname,
  path(storage, volname, snapshot) {
    const { vtype, name, vmid, format } = parseDirVolname(volname);
    const folder =
      vtype === 'images' ? `${subdir(storage, vtype)}/${vmid}` : subdir(storage, vtype);
    const at = snapshot === undefined ? '' : `@${snapshot}`;
    // A raw image lies in a subvolume of its own, so that it can have snapshots.
    if (vtype === 'images' && format === 'raw')
      return `${folder}/${name.replace(/\.raw$/, '')}${at}/disk.raw`;
    return `${folder}/${name}${vtype === 'images' && format === 'subvol' ? at : ''}`;
  },
  snapshotMethod: filesNaming.snapshotMethod,
};
