/** Named property strings of pve-common and pve-storage. */
import { PaveError } from '../../errors.js';
import type { PropertyFormat } from '../types.js';

/** Values of a property string by key: text as given, booleans as 1 or 0. */
export type PropertyValues = Record<string, string | number | undefined>;

/** A named property string; `validator` sees the checked values and gives those to use. */
export interface NamedPropertyFormat {
  keys: PropertyFormat;
  validator?: (values: PropertyValues) => PropertyValues;
}

function limit(of: string): PropertyFormat[string] {
  return {
    type: 'number',
    optional: true,
    minimum: 0,
    format_description: 'LIMIT',
    description: `Bandwidth limit in KiB/s ${of}.`,
  };
}

function keep(what: string): PropertyFormat[string] {
  return {
    type: 'integer',
    optional: true,
    minimum: 0,
    format_description: 'N',
    description: `Keep ${what}.`,
  };
}

/** `keep-all` alone, or counts; all counts zero means `keep-all`. */
function pruneBackups(values: PropertyValues): PropertyValues {
  const { 'keep-all': keepAll, ...counts } = values;
  if (!Object.values(counts).some((count) => Number(count) > 0)) return { 'keep-all': 1 };
  if (Number(keepAll ?? 0) !== 0) {
    throw new PaveError('keep-all cannot be set together with other options.');
  }
  return counts;
}

/** Keys of `bwlimit`: KiB/s by operation. */
export const bwlimitFormat: PropertyFormat = {
  default: limit('where no other is set'),
  restore: limit('for restoring guests from backups'),
  migration: limit('for migrating guests, their local disks included'),
  clone: limit('for cloning disks'),
  move: limit('for moving disks'),
};

/** Keys of `prune-backups`: how many backups each period keeps. */
export const pruneBackupsFormat: PropertyFormat = {
  'keep-all': {
    type: 'boolean',
    optional: true,
    description: 'Keep all backups; excludes the other options.',
  },
  'keep-last': keep('the last <N> backups'),
  'keep-hourly': keep('the latest backup of each of the last <N> hours that have one'),
  'keep-daily': keep('the latest backup of each of the last <N> days that have one'),
  'keep-weekly': keep('the latest backup of each of the last <N> weeks that have one'),
  'keep-monthly': keep('the latest backup of each of the last <N> months that have one'),
  'keep-yearly': keep('the latest backup of each of the last <N> years that have one'),
};

/** The table; built when first asked for. */
export const propertyFormats = (): Record<string, NamedPropertyFormat> => ({
  bwlimit: { keys: bwlimitFormat },
  'prune-backups': { keys: pruneBackupsFormat, validator: pruneBackups },
  'pve-node-location': {
    keys: {
      name: {
        type: 'string',
        optional: true,
        typetext: '<name>',
        maxLength: 128,
        description: 'What the place is called.',
      },
      latitude: { type: 'number', minimum: -90, maximum: 90, description: 'Degrees north.' },
      longitude: { type: 'number', minimum: -180, maximum: 180, description: 'Degrees east.' },
    },
  },
  'proxmox-remote': {
    keys: {
      host: {
        type: 'string',
        format_description: 'ADDRESS',
        description: 'Name or address of the remote host.',
      },
      port: {
        type: 'integer',
        optional: true,
        format_description: 'PORT',
        description: 'Port of its API.',
      },
      apitoken: {
        type: 'string',
        format_description: 'PVEAPIToken=user@realm!token=SECRET',
        description: 'API token with its secret.',
        secret: true,
      },
      fingerprint: {
        type: 'string',
        optional: true,
        pattern: '([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}',
        format_description: 'FINGERPRINT',
        description:
          "SHA-256 fingerprint of the remote's certificate, where the system does not trust it.",
      },
    },
  },
});
