/** Volumes of LVM and LVM-thin. Source: LVMPlugin.pm and LvmThinPlugin.pm. */
import { PaveError } from '../../errors.js';
import type { ParsedVolname } from '../types.js';
import { setting, type VolumeNaming } from './types.js';

function checkName(volname: string): void {
  if (!/^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i.test(volname))
    throw new PaveError(`lvm name '${volname}' contains illegal characters`);
}

function parseThick(volname: string): ParsedVolname {
  checkName(volname);
  const match = /^vm-(\d+)-\S+$/.exec(volname);
  if (match === null) throw new PaveError(`unable to parse lvm volume name '${volname}'`);
  const format = volname.endsWith('.qcow2') ? 'qcow2' : 'raw';
  return { vtype: 'images', name: volname, vmid: Number(match[1]), isBase: false, format };
}

function parseThin(volname: string): ParsedVolname {
  checkName(volname);
  const match = /^(vm|base)-(\d+)-\S+$/.exec(volname);
  if (match === null) throw new PaveError(`unable to parse lvm volume name '${volname}'`);
  const isBase = match[1] === 'base';
  return { vtype: 'images', name: volname, vmid: Number(match[2]), isBase, format: 'raw' };
}

export const lvmNaming: VolumeNaming = {
  parseVolname: parseThick,
  path(storage, volname, snapshot) {
    const { name, format } = parseThick(volname);
    if (snapshot !== undefined && format !== 'qcow2')
      throw new PaveError('snapshot is working with qcow2 format only');
    const own = snapshot !== undefined && snapshot !== 'current';
    const file = own ? `snap_${name.replace(/\.[^.]+$/, '')}_${snapshot}.qcow2` : name;
    return `/dev/${setting(storage, 'vgname')}/${file}`;
  },
  snapshotMethod: (_storage, volname) =>
    parseThick(volname).format === 'qcow2' ? 'mixed' : 'storage',
};

export const lvmThinNaming: VolumeNaming = {
  parseVolname: parseThin,
  path(storage, volname, snapshot) {
    const { name } = parseThin(volname);
    const volume = snapshot === undefined ? name : `snap_${name}_${snapshot}`;
    return `/dev/${setting(storage, 'vgname')}/${volume}`;
  },
  // As the original's base class decides: never qcow2 there.
  snapshotMethod: () => 'storage',
};
