/** How each storage type names its volumes; also of types that Pavé cannot drive yet. */
import { PaveError } from '../../errors.js';
import { btrfsNaming, filesNaming } from './files.js';
import { lvmNaming, lvmThinNaming } from './lvm.js';
import { rbdNaming } from './rbd.js';
import type { VolumeNaming } from './types.js';
import { zfsIscsiNaming, zfsPoolNaming } from './zfs.js';

export type { NamingFacts, VolumeNaming } from './types.js';

const NAMINGS: Readonly<Record<string, VolumeNaming>> = {
  btrfs: btrfsNaming,
  cephfs: filesNaming,
  cifs: filesNaming,
  dir: filesNaming,
  lvm: lvmNaming,
  lvmthin: lvmThinNaming,
  nfs: filesNaming,
  rbd: rbdNaming,
  zfs: zfsIscsiNaming,
  zfspool: zfsPoolNaming,
};

/** @throws PaveError for a type whose volumes have no such names */
export function namingOf(type: string): VolumeNaming {
  const naming = Object.hasOwn(NAMINGS, type) ? NAMINGS[type] : undefined;
  if (naming === undefined)
    throw new PaveError(`storage type '${type}' names its volumes by no rule`);
  return naming;
}
