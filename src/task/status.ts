import type { Host } from '../host/types.js';
import { decodeUpid, logPath, type TaskId } from './upid.js';

const TAIL_BYTES = 64 << 10;

/** How a task ended, from its log's last line: `OK`, `WARNINGS: <n>`, or the error's text. */
export function statusOfLog(log: string): string {
  const text = log.endsWith('\n') ? log.slice(0, -1) : log;
  const last = text.slice(text.lastIndexOf('\n') + 1);
  if (last === 'TASK OK') return 'OK';
  const match = /^TASK (?:ERROR: (.+)|(WARNINGS: \d+))$/.exec(last);
  return match?.[1] ?? match?.[2] ?? 'unexpected status';
}

/** The same from the log file. */
export function readStatus(host: Host, upid: string): string {
  const path = logPath(upid);
  const size = host.files.stat(path)?.size ?? 0;
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = host.files.readRange(path, from, size - from);
  return statusOfLog(tail === undefined ? '' : Buffer.from(tail).toString('utf8'));
}

/** Whether a status is a failure; one that we cannot read counts as one. */
export function isErrorStatus(status: string): boolean {
  return status !== 'OK' && !/^WARNINGS: \d+$/.test(status);
}

export type StatusType = 'ok' | 'warning' | 'error' | 'unknown';

export function statusType(status: string | undefined): StatusType {
  if (!status || status === 'unexpected status') return 'unknown';
  if (status === 'OK') return 'ok';
  return isErrorStatus(status) ? 'error' : 'warning';
}

/** Whether the process that a task names still runs: the pid may be another's by now. */
export function isRunning(host: Host, task: { pid: number; pstart: number }): boolean {
  return host.processes.startTicks(task.pid) === task.pstart && host.processes.alive(task.pid);
}

export interface TaskStatus extends TaskId {
  upid: string;
  tokenid?: string;
  status: 'running' | 'stopped';
  exitstatus?: string;
}

/** Running or how it ended. Undefined where there is no such task; the caller checks the UPID. */
export function taskStatus(host: Host, upid: string): TaskStatus | undefined {
  const task = decodeUpid(upid);
  if (task === undefined || host.files.stat(logPath(upid))?.kind !== 'file') return undefined;
  const status = isRunning(host, task) ? 'running' : 'stopped';
  return {
    ...splitToken(task),
    upid,
    status,
    ...(status === 'stopped' ? { exitstatus: readStatus(host, upid) } : {}),
  };
}

/** `user@realm!token` is shown as user and token id. */
export function splitToken<T extends { user: string }>(task: T): T & { tokenid?: string } {
  const match = /^([^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+)!([A-Za-z][A-Za-z0-9.\-_]+)$/.exec(task.user);
  return match === null ? task : { ...task, user: match[1]!, tokenid: match[2]! };
}
