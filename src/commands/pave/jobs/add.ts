import { addJob, newJobId } from '../../../backup/jobs/edit.js';
import { schedulerState } from '../../../backup/jobs/service.js';
import { defineCommand } from '../../define.js';
import { givenValues, jobId, jobOptions } from './options.js';

export default defineCommand({
  summary: 'Make a backup job.',
  description:
    'The job stands in /etc/pve/jobs.cfg, as the web interface of Proxmox VE makes it. It runs when its schedule says, once the scheduler is on: pvescheduler start.',
  args: { id: { ...jobId, optional: true } },
  options: { ...jobOptions, schedule: { ...jobOptions.schedule, optional: false } },
  effect: 'change',
  returns: { type: 'object', properties: { id: { type: 'string' } } },
  text: ({ id }: { id: string }) => id,
  examples: [
    {
      command:
        'pave jobs add nightly --schedule 2:30 --all --storage backup --compress zstd --prune-backups keep-daily=7,keep-weekly=4',
      does: 'Backs up all guests every night.',
    },
  ],
  async run(ctx, input) {
    const id = input.id ?? newJobId();
    await addJob(ctx, id, givenValues(input));
    if (schedulerState(ctx.host) === 'stopped')
      ctx.out.warn('jobs do not run by themselves yet: pvescheduler start');
    return { id };
  },
});
