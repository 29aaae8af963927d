/** Volumes of a Ceph pool. Source: RBDPlugin.pm and CephConfig.pm. */
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import { splitList } from '../../schema/lists.js';
import type { ParsedVolname, StorageSection } from '../types.js';
import type { VolumeNaming } from './types.js';

function parseVolname(volname: string): ParsedVolname {
  const match = /^(?:(base-(\d+)-\S+)\/)?((base)?(?:vm)?-(\d+)-\S+)$/.exec(volname);
  if (match === null) throw new PaveError(`unable to parse rbd volume name '${volname}'`);
  const [, basename, basevmid, name, base, vmid] = match;
  return {
    vtype: 'images',
    name: name!,
    vmid: Number(vmid),
    ...(basename === undefined ? {} : { basename, basevmid: Number(basevmid) }),
    isBase: base !== undefined,
    format: 'raw',
  };
}

function inPool({ values }: Pick<StorageSection, 'values'>, volume: string): string {
  return [values.get('pool') ?? 'rbd', values.get('namespace'), volume]
    .filter((part) => part !== undefined)
    .join('/');
}

/** IPv6 addresses in brackets, as librados wants them. Source: CephConfig.pm hostlist. */
function hostList(text: string): string {
  return splitList(text)
    .map((host) => (/^[0-9a-f:.]*:[0-9a-f:.]*:/i.test(host) ? `[${host}]` : host))
    .join(';');
}

function isMapped({ values }: Pick<StorageSection, 'values'>): boolean {
  return parseBoolean(values.get('krbd') ?? '0') === 1;
}

export const rbdNaming: VolumeNaming = {
  parseVolname,
  path(storage, volname, snapshot, facts = {}) {
    const { values } = storage;
    const { name } = parseVolname(volname);
    const volume = inPool(storage, snapshot === undefined ? name : `${name}@${snapshot}`);
    if (isMapped(storage)) {
      const fsid = values.get('fsid') ?? facts.fsid;
      if (fsid === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(fsid))
        throw new PaveError('cluster fsid has invalid format');
      return `/dev/rbd-pve/${fsid}/${volume}`;
    }
    const monhost = values.get('monhost');
    const conf = facts.cephConf ?? (monhost === undefined ? '/etc/pve/ceph.conf' : undefined);
    let path = `rbd:${volume}`;
    if (conf !== undefined) path += `:conf=${conf}`;
    if (monhost !== undefined) {
      path += `:mon_host=${hostList(monhost).replace(/:/g, '\\:')}`;
      path += `:auth_supported=${facts.keyring === undefined ? 'none' : 'cephx'}`;
    }
    if (facts.keyring !== undefined)
      path += `:id=${values.get('username') ?? 'admin'}:keyring=${facts.keyring}`;
    return path;
  },
  snapshotMethod: (storage) => (isMapped(storage) ? 'storage' : 'qemu'),
};
