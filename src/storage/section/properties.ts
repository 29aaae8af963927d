/**
 * Every key a section of storage.cfg may have, of whatever type. Loaded only where sections are
 * made or changed. Source of names, types and limits: properties() of the original's plugins.
 */

import { bwlimitFormat } from '../../schema/formats/properties.js';
import {
  boolean,
  configId,
  enumOf,
  formatted,
  integer,
  list,
  matching,
  propertyString,
  string,
} from '../../schema/props.js';
import type { PropSchema } from '../../schema/types.js';

/** What storages of any kind have. */
export const commonProperties = {
  bwlimit: propertyString(bwlimitFormat, {
    description: 'Limits of bandwidth for operations on this storage, in KiB/s.',
  }),
  content: list('pve-storage-content', {
    description:
      'What the storage may hold: images for disks of VMs, rootdir for containers, vztmpl, iso, backup, snippets, import; or none.',
  }),
  disable: boolean({ description: 'Do not use this storage.' }),
  format: enumOf(['raw', 'qcow2', 'subvol', 'vmdk'], {
    description: 'Format of new images where none is asked for.',
  }),
  'max-protected-backups': integer({
    minimum: -1,
    defaultText: 'Unlimited for users with Datastore.Allocate privilege, 5 for other users',
    description: 'How many backups of a guest may be protected; -1: any number.',
  }),
  nodes: list('pve-node', { description: 'Use it on these nodes only.' }),
  port: integer({
    minimum: 1,
    maximum: 65535,
    description: 'Port of the server, where it is not the usual one (for PBS and ESXi).',
  }),
  'prune-backups': propertyString('prune-backups', {
    description: 'How many backups of each guest are kept when a backup job prunes.',
  }),
  shared: boolean({
    description:
      'The storage has the same content on all nodes, or on all that `nodes` names. Saying so does not make it so.',
  }),
} satisfies Record<string, PropSchema>;

/** Folders, and what is mounted there. */
export const fileProperties = {
  'content-dirs': list('pve-dir-override', {
    description: 'Folders for content types, below the path, in place of the usual ones.',
  }),
  'create-base-path': boolean({
    default: 1,
    description: 'Create the path itself where it does not exist.',
  }),
  'create-subdirs': boolean({
    default: 1,
    description: 'Create the folders of the content types.',
  }),
  is_mountpoint: string({
    default: 'no',
    description:
      'The path (yes), or the path given here, is mounted by somebody else: while it is not, the storage is offline.',
  }),
  mkdir: boolean({
    default: 1,
    description:
      'Create the path and its folders. Deprecated: see create-base-path and create-subdirs.',
  }),
  nocow: boolean({
    default: 0,
    description: 'Switch copy-on-write off for new images: faster, but without checksums.',
  }),
  preallocation: enumOf(['off', 'metadata', 'falloc', 'full'], {
    default: 'metadata',
    description:
      'How much of a new raw or qcow2 image is allocated at once; for raw, metadata is off.',
  }),
  'snapshot-as-volume-chain': boolean({
    default: 0,
    description: 'Keep snapshots as volumes of their own, one on top of the other.',
  }),
} satisfies Record<string, PropSchema>;

/** Network file systems and what they are reached by. */
export const networkProperties = {
  domain: string({ maxLength: 256, description: 'CIFS domain.' }),
  'encryption-key': string({
    valueReadFromFile: true,
    secret: true,
    description: 'Encryption key for backups, a file; `autogen` makes one without a passphrase.',
  }),
  fingerprint: matching('([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}', {
    description: "SHA-256 fingerprint of the server's certificate.",
  }),
  'fs-name': configId({ description: 'Name of the Ceph file system.' }),
  fuse: boolean({ description: 'Mount CephFS through FUSE.' }),
  keyring: string({
    valueReadFromFile: true,
    secret: true,
    description: 'Keyring for a Ceph cluster elsewhere, a file.',
  }),
  'master-pubkey': string({
    valueReadFromFile: true,
    secret: true,
    description:
      'Public RSA key (PEM, a file): each encrypted backup gets the key encrypted with it.',
  }),
  monhost: list('pve-storage-portal-dns', {
    description: 'Addresses of the monitors of a Ceph cluster elsewhere.',
  }),
  namespace: string({ description: 'Namespace on the server, or in the pool.' }),
  options: formatted('pve-storage-options', {
    description: 'Mount options of NFS or CIFS, see nfs(5) and mount.cifs(8).',
  }),
  password: string({
    maxLength: 256,
    interactive: true,
    secret: true,
    description: 'Password for the share or the server; asked for when given empty.',
  }),
  server: formatted('pve-storage-server', { description: 'Name or address of the server.' }),
  'skip-cert-verification': boolean({
    default: 0,
    description: 'Do not check the TLS certificate: only in a network that is trusted wholly.',
  }),
  smbversion: enumOf(['default', '2.0', '2.1', '3', '3.0', '3.11'], {
    default: 'default',
    description: 'Version of the SMB protocol; default takes the highest that both sides know.',
  }),
  subdir: formatted('pve-storage-path', { description: 'Folder of the share that is mounted.' }),
  username: string({ description: 'User name for the share, the server or the Ceph cluster.' }),
} satisfies Record<string, PropSchema>;

/** Volume managers and pools. */
export const blockProperties = {
  blocksize: formatted('pve-storage-zfs-blocksize', {
    format_description: 'pow2[k|m]',
    description: 'Block size of ZFS volumes.',
  }),
  comstar_hg: string({ description: 'Host group for COMSTAR views.' }),
  comstar_tg: string({ description: 'Target group for COMSTAR views.' }),
  'data-pool': string({ description: 'Ceph pool for data, for erasure coding.' }),
  krbd: boolean({ default: 0, description: 'Access images through the krbd kernel module.' }),
  lio_tpg: string({ description: 'Target portal group of Linux LIO targets.' }),
  mountpoint: formatted('pve-storage-path', { description: 'Where the pool is mounted.' }),
  nowritecache: boolean({ description: 'Switch the write cache of the target off.' }),
  pool: string({ description: 'Name of the pool.' }),
  saferemove: boolean({ description: 'Overwrite removed volumes with zeroes.' }),
  'saferemove-stepsize': enumInteger(['1', '2', '4', '8', '16', '32'], {
    default: 32,
    description: 'MiB that are overwritten at a time, at most what the storage can.',
  }),
  saferemove_throughput: string({ description: 'How fast removed volumes are overwritten.' }),
  sparse: boolean({ description: 'Make volumes that take their space only as they fill.' }),
  tagged_only: boolean({ description: "Only use logical volumes tagged 'pve-vm-ID'." }),
  'zfs-base-path': formatted('pve-storage-path', {
    description:
      'Folder with the block devices of the pool on the target; found out where possible.',
  }),
} satisfies Record<string, PropSchema>;

/** What can only be given when a storage is added. */
export const creationProperties = {
  authsupported: string({ description: 'How to authenticate to Ceph; only kept for old files.' }),
  base: formatted('pve-volume-id', {
    completes: 'volume',
    description: 'Base volume: it is activated first.',
  }),
  datastore: string({ description: 'Name of the datastore on a Proxmox Backup Server.' }),
  export: formatted('pve-storage-path', { description: 'Path the NFS server exports.' }),
  iscsiprovider: string({ description: 'What serves iSCSI there: comstar, istgt, iet or LIO.' }),
  path: formatted('pve-storage-path', { description: 'Folder of the storage on this machine.' }),
  portal: formatted('pve-storage-portal-dns', {
    description: 'Portal of the iSCSI target: name or address, with or without a port.',
  }),
  share: string({ description: 'Name of the CIFS share.' }),
  target: string({ description: 'Name of the iSCSI target.' }),
  thinpool: formatted('pve-storage-vgname', { description: 'Thin pool of the volume group.' }),
  vgname: formatted('pve-storage-vgname', { description: 'Name of the volume group.' }),
} satisfies Record<string, PropSchema>;

/** A number that is one of a few, kept as the text that was given. */
function enumInteger(values: readonly string[], options: PropSchema) {
  return integer({ enum: values, ...options });
}

/** What `pvesm set` may change, by name. */
export const changeableProperties = {
  ...commonProperties,
  ...fileProperties,
  ...networkProperties,
  ...blockProperties,
};

/** What `pvesm add` may be given, by name. */
export const allProperties = { ...changeableProperties, ...creationProperties };
