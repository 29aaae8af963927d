import { startScheduler, stopScheduler } from '../../backup/jobs/service.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Switch the timer off and on again, with its files made anew.',
  args: {},
  options: {},
  effect: 'change',
  examples: [{ command: 'pvescheduler restart', does: 'After an update of Pavé.' }],
  async run(ctx) {
    await stopScheduler(ctx.host);
    await startScheduler(ctx.host);
  },
});
