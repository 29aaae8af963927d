import { ParamError } from '../../../errors.js';
import { type TaskStatus, taskStatus } from '../../../task/status.js';
import { defineCommand } from '../../define.js';
import { requireUpid, taskProperties, upidArg } from './schema.js';

const { starttime: _, ...plain } = taskProperties;

export default defineCommand({
  summary: 'Tell whether a task runs, or how it ended.',
  args: upidArg,
  options: {},
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: {
    type: 'object',
    properties: {
      ...plain,
      starttime: { type: 'integer' },
      status: { type: 'string', enum: ['running', 'stopped'] },
      exitstatus: { type: 'string', optional: true },
    },
  },
  run(ctx, { upid }): TaskStatus {
    requireUpid(upid);
    const status = taskStatus(ctx.host, upid);
    if (status === undefined) throw new ParamError({ upid: 'no such task' });
    return status;
  },
});
