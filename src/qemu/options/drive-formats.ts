/** Property strings of drives: what all buses share, and what each has besides. */
import type { PropertyFormat } from '../../schema/types.js';
import { limitKeys } from './drive-limits.js';

const sizeOf = (what: string) =>
  ({
    type: 'string',
    format: 'disk-size',
    optional: true,
    format_description: 'DiskSize',
    description: `Size of the ${what}; for information only.`,
  }) as const;

const fileOf = (format: string, description: string) =>
  ({
    type: 'string',
    format,
    default_key: true,
    format_description: 'volume',
    description,
  }) as const;

const common = {
  aio: {
    type: 'string',
    enum: ['native', 'threads', 'io_uring'],
    optional: true,
    description: 'How the disk is read and written.',
  },
  backup: { type: 'boolean', optional: true, description: 'Include the disk in backups.' },
  cache: {
    type: 'string',
    enum: ['none', 'writethrough', 'writeback', 'unsafe', 'directsync'],
    optional: true,
    description: 'How the host caches the disk.',
  },
  detect_zeroes: {
    type: 'boolean',
    optional: true,
    description: 'Find zeroes that are written and do not store them.',
  },
  discard: {
    type: 'string',
    enum: ['ignore', 'on'],
    optional: true,
    description: "Pass the guest's trim requests on to the storage.",
  },
  file: fileOf(
    'pve-volume-id-or-qm-path',
    'Volume, STORAGE:SIZE in GiB for a new one, none or cdrom, or an absolute path.',
  ),
  format: {
    type: 'string',
    enum: ['raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'],
    optional: true,
    description: "Image format; the storage's own where not given.",
  },
  media: {
    type: 'string',
    enum: ['cdrom', 'disk'],
    optional: true,
    default: 'disk',
    description: 'Disk or CD-ROM.',
  },
  replicate: {
    type: 'boolean',
    optional: true,
    default: 1,
    description: 'Include the disk in replication.',
  },
  rerror: {
    type: 'string',
    enum: ['ignore', 'report', 'stop'],
    optional: true,
    description: 'What to do when reading fails.',
  },
  serial: {
    type: 'string',
    format: 'urlencoded',
    optional: true,
    maxLength: 60,
    format_description: 'serial',
    description: 'Serial number the guest sees, URL-encoded.',
  },
  shared: {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'An unmanaged volume that all nodes can reach: it does not stop a migration.',
  },
  size: sizeOf('disk'),
  snapshot: {
    type: 'boolean',
    optional: true,
    description: 'Forget what is written when the guest stops.',
  },
  werror: {
    type: 'string',
    enum: ['enospc', 'ignore', 'report', 'stop'],
    optional: true,
    description: 'What to do when writing fails.',
  },
  ...limitKeys,
  volume: { alias: 'file' },
  bps_rd_length: { alias: 'bps_rd_max_length' },
  bps_wr_length: { alias: 'bps_wr_max_length' },
  iops_rd_length: { alias: 'iops_rd_max_length' },
  iops_wr_length: { alias: 'iops_wr_max_length' },
} satisfies PropertyFormat;

const modelKey = {
  model: {
    type: 'string',
    format: 'urlencoded',
    optional: true,
    maxLength: 120,
    format_description: 'model',
    description: 'Model the guest sees, URL-encoded.',
  },
} satisfies PropertyFormat;

const ssdKeys = {
  ssd: {
    type: 'boolean',
    optional: true,
    description: 'Tell the guest that it is a solid state disk.',
  },
  wwn: {
    type: 'string',
    optional: true,
    pattern: '^(0x)[0-9a-fA-F]{16}',
    format_description: 'wwn',
    description: 'World wide name, 16 hexadecimal digits behind 0x.',
  },
} satisfies PropertyFormat;

const threadKeys = {
  iothread: { type: 'boolean', optional: true, description: 'Give the disk a thread of its own.' },
  ro: { type: 'boolean', optional: true, description: 'The guest may only read it.' },
} satisfies PropertyFormat;

const scsiKeys = {
  product: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9\\-_\\s]{,16}',
    format_description: 'product',
    description: 'Product name the guest sees, at most 16 characters.',
  },
  queues: { type: 'integer', optional: true, minimum: 2, description: 'Queues of the controller.' },
  scsiblock: {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Pass a block device of the host through as it is, with its SCSI commands.',
  },
  vendor: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9\\-_\\s]{,8}',
    format_description: 'vendor',
    description: 'Vendor name the guest sees, at most 8 characters.',
  },
} satisfies PropertyFormat;

/** The content of a new disk; only create and set take it, no config file holds it. */
export const importKey = {
  'import-from': {
    type: 'string',
    format: 'pve-volume-id-or-absolute-path',
    optional: true,
    format_description: 'source-volume',
    description:
      'Volume or absolute path to take the content from; the disk is given as STORAGE:0.',
  },
} satisfies PropertyFormat;

export const ideFormat = { ...common, ...modelKey, ...ssdKeys } satisfies PropertyFormat;
export const sataFormat = { ...common, ...ssdKeys } satisfies PropertyFormat;
export const scsiFormat = {
  ...common,
  ...ssdKeys,
  ...threadKeys,
  ...scsiKeys,
} satisfies PropertyFormat;
export const virtioFormat = { ...common, ...threadKeys } satisfies PropertyFormat;

export const efidiskFormat = {
  efitype: {
    type: 'string',
    enum: ['2m', '4m'],
    optional: true,
    default: '2m',
    description: 'Size of the variable store: 4m can do secure boot, 2m is the old kind.',
  },
  file: fileOf('pve-volume-id-or-qm-path', 'Volume of the variable store.'),
  format: {
    type: 'string',
    enum: ['raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'],
    optional: true,
    description: 'Image format of the volume.',
  },
  'ms-cert': {
    type: 'string',
    enum: ['2011', '2023', '2023w', '2023k'],
    optional: true,
    default: '2011',
    description: "Which of Microsoft's certificates are enrolled.",
  },
  'pre-enrolled-keys': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: "Begin with the distributions' and Microsoft's keys enrolled and secure boot on.",
  },
  size: sizeOf('volume'),
  volume: { alias: 'file' },
} satisfies PropertyFormat;

export const tpmstateFormat = {
  file: fileOf('pve-volume-id-or-qm-path', 'Volume of the state.'),
  format: {
    type: 'string',
    enum: ['raw', 'qcow2', 'vmdk'],
    optional: true,
    description: 'Image format of the volume.',
  },
  size: sizeOf('volume'),
  version: {
    type: 'string',
    enum: ['v1.2', 'v2.0'],
    optional: true,
    default: 'v1.2',
    description: "Version of the TPM; v2.0 is what today's systems want.",
  },
  volume: { alias: 'file' },
} satisfies PropertyFormat;

export const unusedFormat = {
  file: fileOf('pve-volume-id', 'The volume.'),
  volume: { alias: 'file' },
} satisfies PropertyFormat;
