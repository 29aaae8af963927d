/** Options of the commands that make and change jobs. */
import { jobVmid, scheduleOptions } from '../../../backup/jobs/spec.js';
import { backupOptions, guestOptions } from '../../../backup/vzdump/schema.js';
import { matching } from '../../../schema/props.js';

const { stop: _, ...ofJobs } = backupOptions;

export const jobOptions = { ...guestOptions, ...ofJobs, ...scheduleOptions, vmid: jobVmid };

export const jobId = matching('[^\\s/]+', {
  maxLength: 50,
  description: 'The id of the job.',
});

/** What was given, without what was not. */
export function givenValues(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(jobOptions).flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]])),
  );
}
