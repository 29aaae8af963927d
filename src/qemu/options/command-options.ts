/** Options of the commands that make and change VMs, besides the keys of the config. */
import {
  boolean,
  digest,
  formatted,
  integer,
  list,
  skiplock,
  storeid,
  string,
} from '../../schema/props.js';

export const createOptions = {
  archive: string({
    maxLength: 255,
    description: 'Backup to restore, as a volume id or path, or - for standard input.',
  }),
  bwlimit: integer({
    minimum: 0,
    defaultText: 'bwlimit.restore of storage.cfg, else datacenter.cfg',
    description: 'Bandwidth limit in KiB/s.',
  }),
  force: boolean({ requires: 'archive', description: 'Replace a guest of that id.' }),
  'ha-managed': boolean({
    default: 0,
    description: 'Add the guest as a resource of high availability.',
  }),
  'import-working-storage': storeid({
    format_description: 'storage-id',
    description: 'File storage for what is unpacked during an import.',
  }),
  'live-restore': boolean({
    description: 'Start the guest while its disks are still being filled.',
  }),
  pool: formatted('pve-poolid', { description: 'Pool the guest is added to.' }),
  start: boolean({ default: 0, description: 'Start the guest when it has been made.' }),
  storage: storeid({
    format_description: 'storage-id',
    description: 'Storage for disks that name none.',
  }),
  unique: boolean({ requires: 'archive', description: 'Give the guest new MAC addresses.' }),
};

export const setOptions = {
  delete: list('pve-configid', { description: 'Keys to take away.', completes: 'guest-option' }),
  digest: digest({ maxLength: 40 }),
  force: boolean({
    requires: 'delete',
    description: 'Remove the volumes of deleted drives instead of keeping them as unused.',
  }),
  revert: list('pve-configid', {
    description: 'Pending changes to forget.',
    completes: 'guest-option',
  }),
  skiplock: skiplock(),
};
