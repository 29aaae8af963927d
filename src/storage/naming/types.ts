import type { ParsedVolname, SnapshotMethod, StorageSection } from '../types.js';

/** What only the machine or the cluster knows, and a path may depend on. */
export interface NamingFacts {
  /** Ceph: the storage's keyring, its own ceph.conf, the cluster's id. */
  keyring?: string;
  cephConf?: string;
  fsid?: string;
  /** ZFS over iSCSI: the logical unit of a volume. */
  lun?: (name: string) => number;
}

/** How a storage type names its volumes, and where they lie: pure, and the same on every node. */
export interface VolumeNaming {
  /** @throws PaveError `unable to parse …` */
  parseVolname(volname: string): ParsedVolname;
  /** A path, or a URL that QEMU opens. @throws PaveError where a snapshot cannot be opened alone */
  path(
    storage: Pick<StorageSection, 'storeid' | 'values'>,
    volname: string,
    snapshot?: string,
    facts?: NamingFacts,
  ): string;
  snapshotMethod(storage: Pick<StorageSection, 'values'>, volname: string): SnapshotMethod;
}

/** A required value of a section. */
export function setting(storage: Pick<StorageSection, 'values'>, key: string): string {
  return storage.values.get(key) ?? '';
}
