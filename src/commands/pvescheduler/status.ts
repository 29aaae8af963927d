import { schedulerState } from '../../backup/jobs/service.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Tell whether jobs run by themselves: running or stopped.',
  args: {},
  options: {},
  effect: 'read',
  returns: { type: 'string', enum: ['stopped', 'running'] },
  text: (state: string) => state,
  examples: [{ command: 'pvescheduler status', does: 'Prints running or stopped.' }],
  run: (ctx) => schedulerState(ctx.host),
});
