import { splitList } from '../../../schema/lists.js';
import { boolean, enumOf, integer, list, rowsOf, string, vmid } from '../../../schema/props.js';
import { type ListedTask, listTasks } from '../../../task/list.js';
import { isErrorStatus, type StatusType } from '../../../task/status.js';
import { defineCommand } from '../../define.js';
import { taskProperties } from './schema.js';

const ALL: readonly StatusType[] = ['ok', 'warning', 'error', 'unknown'];

export default defineCommand({
  summary: 'List the tasks of this node.',
  description:
    'The newest ended tasks; --source active lists those that have not ended. A failed task has the status ERROR: `pvenode task status` tells why. The table is sorted by UPID, as the original sorts it; the other formats have the newest first.',
  args: {},
  options: {
    errors: boolean({ description: 'Only tasks that did not end well.', default: false }),
    limit: integer({ description: 'At most this many tasks.', minimum: 0, default: 50 }),
    since: integer({ description: 'Only tasks begun since then, in seconds since the epoch.' }),
    source: enumOf(['archive', 'active', 'all'], {
      description: 'Ended tasks, those that have not ended, or both.',
      default: 'archive',
    }),
    start: integer({ description: 'Leave out so many tasks first.', minimum: 0, default: 0 }),
    statusfilter: list('pve-task-status-type', {
      description: 'Only tasks that ended so: ok, warning, error, unknown.',
    }),
    typefilter: string({ description: 'Only tasks of this type, e.g. qmstart or vzdump.' }),
    until: integer({ description: 'Only tasks begun until then, in seconds since the epoch.' }),
    userfilter: string({ description: "Only tasks whose user's name contains this." }),
    vmid: vmid({ description: 'Only tasks of this guest.' }),
  },
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: rowsOf({
    ...taskProperties,
    endtime: { type: 'integer', optional: true, title: 'Endtime', renderer: 'timestamp' },
    status: { type: 'string', optional: true, title: 'Status' },
  }),
  columns: ['upid', 'type', 'id', 'user', 'starttime', 'endtime', 'status'],
  examples: [
    { command: 'pvenode task list --errors', does: 'What went wrong lately.' },
    { command: 'pvenode task list --vmid 100 --source all', does: 'All tasks of guest 100.' },
  ],
  run(ctx, input): ListedTask[] {
    const statuses = input.errors
      ? ALL.filter((type) => type !== 'ok')
      : input.statusfilter === undefined
        ? ALL
        : splitList(input.statusfilter).map((type) => type.toLowerCase() as StatusType);
    const tasks = listTasks(ctx.host, {
      start: input.start,
      limit: input.limit,
      source: input.source,
      user: input.userfilter,
      type: input.typefilter,
      vmid: input.vmid,
      since: input.since,
      until: input.until,
      statuses,
    });
    return tasks.map((task) => ({ ...task, status: shownStatus(task.status) }));
  },
});

/** Source: pve-manager CLI/pvenode.pm, the command's output. */
function shownStatus(status: string | undefined): string {
  if (status === undefined) return 'UNKNOWN';
  return isErrorStatus(status) && status !== 'RUNNING' ? 'ERROR' : status;
}
