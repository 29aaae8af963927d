/**
 * The options of a backup: of the command vzdump, of /etc/vzdump.conf and of the jobs in jobs.cfg.
 * Source: guest-common VZDump/Common.pm.
 */
import {
  array,
  boolean,
  enumOf,
  integer,
  list,
  node,
  propertyString,
  storeid,
  string,
} from '../../schema/props.js';

/** Which guests. */
export const guestOptions = {
  all: boolean({ default: 0, description: 'Back up all guests of this node.' }),
  exclude: list('pve-vmid', {
    completes: 'vm',
    description: 'Guests to leave out; implies --all.',
  }),
  node: node({ description: 'Do nothing on any other node.' }),
  pool: string({ description: 'Back up the guests of this pool.' }),
};

/** How, and where to. */
export const backupOptions = {
  bwlimit: integer({
    minimum: 0,
    default: 0,
    description: 'Read at most so many KiB/s; 0: no limit.',
  }),
  compress: enumOf(['0', '1', 'gzip', 'lzo', 'zstd'], {
    default: '0',
    description: 'Compress the archive; 1 is lzo.',
  }),
  dumpdir: string({ description: 'Write to this folder instead of a storage.' }),
  'exclude-path': array(
    { type: 'string' },
    { description: 'For containers: files to leave out, as shell patterns.' },
  ),
  fleecing: propertyString('backup-fleecing', {
    description:
      'For VMs: keep what the guest overwrites during the backup on a fast storage first.',
  }),
  fullbackup: integer({
    minimum: 0,
    extra: true,
    description:
      'For VMs: every Nth backup is a full one, those between hold only what has changed since the one before; 0 or 1: all are full.',
  }),
  ionice: integer({
    minimum: 0,
    maximum: 8,
    default: 7,
    description: 'Priority of disk access: 0 is the highest, 7 the lowest, 8 only when idle.',
  }),
  lockwait: integer({
    minimum: 0,
    default: 180,
    description: 'Minutes to wait for another vzdump of this node to end.',
  }),
  mailnotification: enumOf(['always', 'failure'], {
    default: 'always',
    description: 'When to send mail to --mailto.',
  }),
  mailto: list('email-or-username', { description: 'Who gets mail about the backup.' }),
  mode: enumOf(['snapshot', 'suspend', 'stop'], {
    default: 'snapshot',
    description:
      'Back a running guest up as it runs, paused for a moment, or shut down for a moment.',
  }),
  'notes-template': string({
    maxLength: 1024,
    requires: 'storage',
    description:
      'Notes to be kept with the backup. {{cluster}}, {{guestname}}, {{node}} and {{vmid}} are replaced; a line break is written \\n, a backslash \\\\.',
  }),
  'notification-mode': enumOf(['auto', 'legacy-sendmail', 'notification-system'], {
    default: 'auto',
    description:
      'Mail to --mailto, notify as /etc/pve/notifications.cfg says, or the first where --mailto is given, else the second.',
  }),
  'pbs-change-detection-mode': enumOf(['legacy', 'data', 'metadata'], {
    description: 'For containers on a Proxmox Backup Server: how changed files are found.',
  }),
  performance: propertyString('backup-performance', {
    description: 'How hard the disks are read.',
  }),
  pigz: integer({
    default: 0,
    description: 'Use pigz for gzip: with so many threads; 1 takes half of the CPUs.',
  }),
  protected: boolean({
    requires: 'storage',
    description: 'Mark the backup as protected: nothing removes it before the mark is taken away.',
  }),
  'prune-backups': propertyString('prune-backups', {
    default: 'keep-all=1',
    description: 'Which backups to keep, instead of what the storage says.',
  }),
  quiet: boolean({ default: 0, description: 'Print nothing.' }),
  remove: boolean({
    default: 1,
    description: 'Remove the backups that prune-backups does not keep, once the new one is there.',
  }),
  script: string({ completes: 'file', description: 'Hook script that is called at each phase.' }),
  stdexcludes: boolean({ default: 1, description: 'For containers: leave out temporary files.' }),
  stop: boolean({ default: 0, description: 'Stop the backup that runs on this node.' }),
  stopwait: integer({
    minimum: 0,
    default: 10,
    description: 'Minutes to wait for a guest to shut down.',
  }),
  storage: storeid({
    completes: 'storage-enabled',
    description: 'The storage to back up to; local where neither it nor --dumpdir is given.',
  }),
  tmpdir: string({ description: 'Folder for temporary files.' }),
  zstd: integer({
    default: 1,
    description: 'Threads of zstd; 0 takes half of the CPUs.',
  }),
};
