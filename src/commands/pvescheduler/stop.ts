import { stopScheduler } from '../../backup/jobs/service.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Run no more jobs by themselves; a backup that runs is left to end.',
  args: {},
  options: {},
  effect: 'change',
  examples: [{ command: 'pvescheduler stop', does: 'Switches the timer off.' }],
  run: (ctx) => stopScheduler(ctx.host),
});
