import { startScheduler } from '../../backup/jobs/service.js';
import { boolean } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Let jobs run by themselves, from now on and after each start of the machine.',
  args: {},
  options: {
    debug: boolean({
      default: 0,
      description: 'Stay in the foreground and look for due jobs every minute, until interrupted.',
    }),
  },
  effect: 'change',
  examples: [{ command: 'pvescheduler start', does: 'Switches the timer on.' }],
  async run(ctx, input) {
    if (!input.debug) return await startScheduler(ctx.host);
    const { runForever } = await import('../../backup/jobs/scheduler.js');
    await runForever(ctx);
  },
});
