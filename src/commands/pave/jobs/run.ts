import { requireJob } from '../../../backup/jobs/all.js';
import { PaveError } from '../../../errors.js';
import { defineCommand } from '../../define.js';
import { jobId } from './options.js';

export default defineCommand({
  summary: 'Run a backup job now.',
  description: 'On this node, with the log on the terminal; its schedule goes on as before.',
  args: { id: jobId },
  options: {},
  effect: 'change',
  examples: [{ command: 'pave jobs run nightly', does: 'Makes the backups of the job nightly.' }],
  async run(ctx, input) {
    const job = requireJob(ctx.store, input.id);
    const { assertRunnable } = await import('../../../backup/jobs/scheduler.js');
    assertRunnable(job);
    const { node } = job.options;
    if (node !== undefined && node !== ctx.host.node)
      throw new PaveError(`job '${job.id}' is for node '${node}'`, {
        hint: `ssh root@${node} pave jobs run ${job.id}`,
      });
    const { runVzdump } = await import('../../../backup/vzdump/run.js');
    const did = await runVzdump(ctx, { ...job.options, 'job-id': job.id, quiet: false });
    if (!did) ctx.out.line(`job '${job.id}': none of its guests is on this node`);
  },
});
