import { removeJob } from '../../../backup/jobs/edit.js';
import { defineCommand } from '../../define.js';
import { jobId } from './options.js';

export default defineCommand({
  summary: 'Remove a backup job.',
  description: 'The backups it made stay.',
  args: { id: jobId },
  options: {},
  effect: 'change',
  examples: [{ command: 'pave jobs remove nightly', does: 'Removes the job nightly.' }],
  run: (ctx, input) => removeJob(ctx, input.id),
});
