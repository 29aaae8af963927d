/** Volumes of a ZFS pool, local or over iSCSI. Source: ZFSPoolPlugin.pm and ZFSPlugin.pm. */
import { PaveError } from '../../errors.js';
import type { ParsedVolname } from '../types.js';
import { setting, type VolumeNaming } from './types.js';

function parseVolname(volname: string): ParsedVolname {
  const match = /^(?:((?:base|basevol)-(\d+)-\S+)\/)?((base|basevol|vm|subvol)-(\d+)-\S+)$/.exec(
    volname,
  );
  if (match === null) throw new PaveError(`unable to parse zfs volume name '${volname}'`);
  const [, basename, basevmid, name, kind, vmid] = match;
  return {
    vtype: 'images',
    name: name!,
    vmid: Number(vmid),
    ...(basename === undefined ? {} : { basename, basevmid: Number(basevmid) }),
    isBase: kind === 'base' || kind === 'basevol',
    format: kind === 'subvol' || kind === 'basevol' ? 'subvol' : 'raw',
  };
}

export const zfsPoolNaming: VolumeNaming = {
  parseVolname,
  path(storage, volname, snapshot) {
    const { name, format } = parseVolname(volname);
    const pool = setting(storage, 'pool');
    const folder =
      format === 'subvol' ? (storage.values.get('mountpoint') ?? `/${pool}`) : `/dev/zvol/${pool}`;
    return `${folder}/${name}${snapshot === undefined ? '' : `@${snapshot}`}`;
  },
  snapshotMethod: () => 'storage',
};

export const zfsIscsiNaming: VolumeNaming = {
  parseVolname,
  path(storage, volname, snapshot, facts) {
    if (snapshot !== undefined) throw new PaveError('direct access to snapshots not implemented');
    const { name } = parseVolname(volname);
    const lun = facts?.lun?.(name);
    if (lun === undefined)
      throw new PaveError(`storage '${storage.storeid}': no logical unit for volume '${volname}'`);
    return `iscsi://${setting(storage, 'portal')}/${setting(storage, 'target')}/${lun}`;
  },
  snapshotMethod: () => 'storage',
};
