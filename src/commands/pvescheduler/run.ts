import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Run the jobs that are due.',
  description:
    'To be called once a minute. Does nothing while an earlier call still works; prints nothing unless a job fails.',
  args: {},
  options: {},
  effect: 'change',
  examples: [{ command: 'pvescheduler run', does: 'Runs what is due now, and waits for it.' }],
  async run(ctx) {
    const { runDueJobs } = await import('../../backup/jobs/scheduler.js');
    await runDueJobs(ctx);
  },
});
