import { allJobs } from '../../../backup/jobs/all.js';
import type { Job } from '../../../backup/jobs/jobs-cfg.js';
import { readState } from '../../../backup/jobs/state.js';
import type { Host } from '../../../host/types.js';
import { nextEvent, parseCalendarEvent } from '../../../schema/calendar/index.js';
import { rowsOf } from '../../../schema/props.js';
import { decodeUpid } from '../../../task/upid.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'List the backup jobs of the cluster.',
  description:
    'With their next run, and how the last one on this node ended. The options of each job are shown with --output-format json.',
  args: {},
  options: {},
  effect: 'read',
  returns: rowsOf({
    id: { type: 'string', title: 'ID' },
    enabled: { type: 'boolean', title: 'Enabled' },
    schedule: { type: 'string', title: 'Schedule' },
    'next-run': { type: 'integer', renderer: 'timestamp', title: 'Next run', optional: true },
    'last-run': { type: 'integer', renderer: 'timestamp', title: 'Last run', optional: true },
    status: { type: 'string', title: 'Status', optional: true },
    node: { type: 'string', title: 'Node', optional: true },
    guests: { type: 'string', title: 'Guests' },
    target: { type: 'string', title: 'Target' },
    comment: { type: 'string', title: 'Comment', optional: true },
  }),
  columns: [
    'id',
    'enabled',
    'schedule',
    'next-run',
    'last-run',
    'status',
    'node',
    'guests',
    'target',
    'comment',
  ],
  examples: [{ command: 'pave jobs list', does: 'Shows all jobs.' }],
  run(ctx) {
    const now = Math.floor(ctx.host.clock.now() / 1000);
    return allJobs(ctx.store, (text) => ctx.out.warn(text)).map((job) =>
      described(ctx.host, job, now),
    );
  },
});

function described(host: Host, job: Job, now: number): Record<string, unknown> {
  const { id, enabled, schedule, comment, options, source } = job;
  const { node, vmid, all, exclude, pool, storage, dumpdir } = options;
  const next = enabled ? nextOf(schedule, now) : undefined;
  const guests = pool
    ? `pool ${pool}`
    : exclude
      ? `all but ${exclude}`
      : all
        ? 'all'
        : (vmid ?? '');
  return {
    id,
    enabled: enabled ? 1 : 0,
    schedule,
    ...(next === undefined ? {} : { 'next-run': next }),
    ...lastOf(host, job),
    ...(node === undefined ? {} : { node }),
    guests,
    target: dumpdir ?? storage ?? 'local',
    ...(comment === undefined ? {} : { comment }),
    source,
    options: Object.fromEntries(
      Object.entries(options).map(([key, value]) => [
        key,
        typeof value === 'boolean' ? Number(value) : value,
      ]),
    ),
  };
}

function nextOf(schedule: string, now: number): number | undefined {
  try {
    return nextEvent(parseCalendarEvent(schedule), now);
  } catch {
    return undefined;
  }
}

function lastOf(host: Host, job: Job): Record<string, unknown> {
  try {
    const state = readState(host, job);
    const task = state?.upid === undefined ? undefined : decodeUpid(state.upid);
    const status =
      state?.state === 'stopped' ? state.msg : state?.state === 'started' ? 'running' : undefined;
    return {
      ...(task === undefined ? {} : { 'last-run': task.starttime }),
      ...(status === undefined ? {} : { status }),
    };
  } catch {
    return {};
  }
}
