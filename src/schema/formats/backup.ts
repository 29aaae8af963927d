/** Formats of backup jobs. Source: guest-common VZDump/Common.pm, pve-common CalendarEvent.pm. */
import { messageOf, PaveError } from '../../errors.js';
import { parseCalendarEvent } from '../calendar/parse.js';
import type { PropertyFormat } from '../types.js';
import type { FormatCheck } from './check.js';
import type { NamedPropertyFormat, PropertyValues } from './properties.js';

/** Keys of `fleecing`. */
export const fleecingFormat: PropertyFormat = {
  enabled: {
    type: 'boolean',
    default: 0,
    optional: true,
    default_key: true,
    description:
      'Copy what the guest overwrites during the backup to an image on a fast storage first, so that a slow target does not hold up its writes.',
  },
  storage: {
    type: 'string',
    format: 'pve-storage-id',
    format_description: 'storage ID',
    optional: true,
    description: 'The storage of that image: best a local one with sparse or thin volumes.',
  },
};

/** Keys of `performance`. */
export const performanceFormat: PropertyFormat = {
  'max-workers': {
    type: 'integer',
    minimum: 1,
    maximum: 256,
    default: 16,
    optional: true,
    description: 'For VMs: so many reads of a disk at the same time.',
  },
  'pbs-entries-max': {
    type: 'integer',
    minimum: 1,
    default: 1_048_576,
    optional: true,
    description: 'For containers on a Proxmox Backup Server: so many entries kept in memory.',
  },
};

function fleecing(values: PropertyValues): PropertyValues {
  if (Number(values.enabled ?? 0) !== 0 && values.storage === undefined)
    throw new PaveError("'storage' parameter is required when 'enabled' is set");
  return values;
}

const calendarEvent: FormatCheck = (value) => {
  try {
    parseCalendarEvent(value);
  } catch (error) {
    throw new PaveError(`invalid calendar event '${value}' - ${messageOf(error)}`);
  }
};

/** The table; built when first asked for. */
export const backupFormats = (): Record<string, FormatCheck | NamedPropertyFormat> => ({
  'pve-calendar-event': calendarEvent,
  'backup-fleecing': { keys: fleecingFormat, validator: fleecing },
  'backup-performance': { keys: performanceFormat },
});
