import { ParamError } from '../../../errors.js';
import { string } from '../../../schema/props.js';
import type { PropSchema } from '../../../schema/types.js';
import { decodeUpid, type TaskId } from '../../../task/upid.js';

/** The one argument of the commands about a single task. */
export const upidArg = {
  upid: string({
    description: "The task's name, as `pvenode task list` shows it.",
    completes: 'task',
  }),
};

/** Throws the original's parameter error where it is no UPID. */
export function requireUpid(upid: string): TaskId {
  const task = decodeUpid(upid);
  if (task === undefined) throw new ParamError({ upid: 'unable to parse worker upid' });
  return task;
}

/** Columns that every description of a task has. */
export const taskProperties: Record<string, PropSchema> = {
  upid: { type: 'string', title: 'UPID' },
  node: { type: 'string', title: 'Node' },
  pid: { type: 'integer', title: 'PID' },
  pstart: { type: 'integer' },
  starttime: { type: 'integer', title: 'Starttime', renderer: 'timestamp' },
  type: { type: 'string', title: 'Type' },
  id: { type: 'string', title: 'ID' },
  user: { type: 'string', title: 'User' },
};
