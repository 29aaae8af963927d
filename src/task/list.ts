import type { Host } from '../host/types.js';
import { readActive, readArchive, type TaskEntry } from './archive.js';
import { type StatusType, splitToken, statusType } from './status.js';
import type { TaskId } from './upid.js';

export interface TaskFilter {
  /** Skips so many that fit. */
  start?: number | undefined;
  /** Default 50. */
  limit?: number | undefined;
  source?: 'archive' | 'active' | 'all' | undefined;
  /** Part of the user's name. */
  user?: string | undefined;
  type?: string | undefined;
  vmid?: number | undefined;
  /** Seconds since the epoch, of the start. */
  since?: number | undefined;
  until?: number | undefined;
  /** All where not given. */
  statuses?: readonly StatusType[] | undefined;
}

export interface ListedTask extends TaskId {
  upid: string;
  tokenid?: string;
  endtime?: number;
  /** `RUNNING` for one that has not ended. */
  status?: string;
}

/** Tasks of this node, newest first, active ones before archived ones. Source: API2/Tasks.pm. */
export function listTasks(host: Host, filter: TaskFilter = {}): ListedTask[] {
  const { start = 0, limit = 50, source = 'archive' } = filter;
  const fitting: ListedTask[] = [];
  if (source !== 'archive') {
    for (const task of readActive(host)) {
      // Once in the index it is listed from there.
      if (!task.saved && fits(task, filter)) fitting.push(listed(task, 'RUNNING'));
    }
  }
  if (source !== 'active') {
    for (const task of readArchive(host)) {
      if (fitting.length >= start + limit) break;
      if (fits(task, filter)) fitting.push(listed(splitToken(task)));
    }
  }
  return fitting.slice(start, start + limit);
}

function listed(task: TaskEntry & { tokenid?: string }, fallback?: string): ListedTask {
  const { saved: _, ...rest } = task;
  const status = rest.status ?? fallback;
  return status === undefined ? rest : { ...rest, status };
}

function fits(task: TaskEntry, filter: TaskFilter): boolean {
  const { user, type, vmid, since, until, statuses } = filter;
  if (user && !task.user.toLowerCase().includes(user.toLowerCase())) return false;
  if (type && task.type !== type) return false;
  if (vmid !== undefined && task.id !== String(vmid)) return false;
  if (since !== undefined && task.starttime < since) return false;
  if (until !== undefined && task.starttime > until) return false;
  return statuses === undefined || statuses.includes(statusType(task.status));
}
