/** What a section of /etc/pve/jobs.cfg may hold. Source: guest-common VZDump/JobBase.pm, Jobs.pm. */
import type { SectionConfigSpec } from '../../config/section-config.js';
import { boolean, formatted, list, string } from '../../schema/props.js';
import type { PropSchema } from '../../schema/types.js';
import { backupOptions, guestOptions } from '../vzdump/schema.js';

/** When a job runs, and what a person calls it. */
export const scheduleOptions = {
  comment: string({ maxLength: 512, description: 'What the job is for.' }),
  enabled: boolean({ default: 1, description: 'Let the scheduler run it.' }),
  'repeat-missed': boolean({
    default: 0,
    description: 'Run it as soon as possible where its time passed while the machine was off.',
  }),
  schedule: formatted('pve-calendar-event', {
    maxLength: 128,
    description: 'When it runs: a calendar event, e.g. "mon..fri 2:30", "*/15" or daily.',
  }),
};

/** Guests by id. */
export const jobVmid = list('pve-vmid', { completes: 'vm', description: 'The guests to back up.' });

const properties: Record<string, PropSchema> = {
  ...guestOptions,
  ...backupOptions,
  ...scheduleOptions,
  vmid: jobVmid,
};

export const JOBS_SPEC: SectionConfigSpec = {
  base: {},
  types: {
    vzdump: {
      properties,
      options: Object.fromEntries(
        Object.keys(properties).map((key) => [key, key === 'schedule' ? {} : { optional: true }]),
      ),
    },
  },
};
