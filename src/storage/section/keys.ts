/** Which keys a section of each type has. Source: options() of the original's plugins. */

export interface KeyRule {
  required?: boolean;
  /** Given when the storage is added, never changed. */
  fixed?: boolean;
  /** Kept in a file of its own, never in storage.cfg. */
  secret?: boolean;
}

interface TypeKeys {
  /** Required and fixed. */
  identity?: string;
  required?: string;
  fixed?: string;
  optional: string;
  secret?: string;
}

const USUAL = 'content disable nodes';
const LIMIT = `${USUAL} bwlimit`;
const BACKUPS = 'max-protected-backups prune-backups';
const FOLDERS = 'create-base-path create-subdirs format mkdir';
const FILES = `${LIMIT} ${BACKUPS} ${FOLDERS} content-dirs`;

const TYPES: Readonly<Record<string, TypeKeys>> = {
  btrfs: {
    identity: 'path',
    optional: `${USUAL} ${BACKUPS} ${FOLDERS} is_mountpoint nocow preallocation shared`,
  },
  cephfs: {
    identity: 'path',
    optional: `${FILES} fs-name fuse monhost options subdir username`,
    secret: 'keyring',
  },
  cifs: {
    identity: 'path server share',
    fixed: 'snapshot-as-volume-chain',
    optional: `${FILES} domain options preallocation smbversion subdir username`,
    secret: 'password',
  },
  dir: {
    identity: 'path',
    fixed: 'snapshot-as-volume-chain',
    optional: `${FILES} is_mountpoint preallocation shared`,
  },
  esxi: {
    required: 'server username',
    optional: `${USUAL} port shared skip-cert-verification`,
    secret: 'password',
  },
  iscsi: { identity: 'portal target', optional: LIMIT },
  iscsidirect: { identity: 'portal target', optional: LIMIT },
  lvm: {
    identity: 'vgname',
    fixed: 'base',
    optional: `${LIMIT} saferemove saferemove-stepsize saferemove_throughput shared snapshot-as-volume-chain tagged_only`,
  },
  lvmthin: { identity: 'thinpool vgname', optional: LIMIT },
  nfs: {
    identity: 'export path server',
    fixed: 'snapshot-as-volume-chain',
    optional: `${FILES} options preallocation`,
  },
  pbs: {
    identity: 'datastore server',
    optional: `${USUAL} ${BACKUPS} fingerprint namespace port username`,
    secret: 'encryption-key master-pubkey password',
  },
  rbd: { optional: `${LIMIT} data-pool krbd monhost namespace pool username`, secret: 'keyring' },
  zfs: {
    identity: 'blocksize iscsiprovider pool portal target',
    optional: `${LIMIT} comstar_hg comstar_tg lio_tpg nowritecache sparse zfs-base-path`,
  },
  zfspool: { identity: 'pool', optional: `${LIMIT} blocksize mountpoint sparse` },
};

/** Every type the file knows, sorted. */
export const STORAGE_TYPES = Object.keys(TYPES);

/** Key -> rule; undefined for a type that storage.cfg does not know. */
export function keysOf(type: string): ReadonlyMap<string, KeyRule> | undefined {
  const keys = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (keys === undefined) return undefined;
  const rules = new Map<string, KeyRule>();
  const add = (names: string | undefined, rule: KeyRule) => {
    for (const name of names?.split(' ') ?? []) rules.set(name, rule);
  };
  add(keys.identity, { required: true, fixed: true });
  add(keys.required, { required: true });
  add(keys.fixed, { fixed: true });
  add(keys.optional, {});
  add(keys.secret, { secret: true });
  return rules;
}
