import { reasonOf } from '../host/errors.js';
import type { Host } from '../host/types.js';
import { logPath } from './upid.js';

export interface LogLine {
  /** Line number, from 1. */
  n: number;
  t: string;
}

/** Lines of a task's log. What cannot be read is said in the original's one line. */
export function readTaskLog(host: Host, upid: string, start = 0, limit = 50): LogLine[] {
  let text: string | undefined;
  try {
    text = host.files.read(logPath(upid));
  } catch (error) {
    return [{ n: 1, t: `unable to open file - ${reasonOf((error as Error).cause ?? error)}` }];
  }
  if (text === undefined) return [{ n: 1, t: 'unable to open file - No such file or directory' }];
  if (text === '') return [{ n: 1, t: 'no content' }];
  const lines = text.replace(/\n$/, '').split('\n');
  // A limit of 0 means all. Source: pve-common Tools.pm dump_logfile.
  return lines
    .slice(start, limit === 0 ? undefined : start + limit)
    .map((t, index) => ({ n: start + index + 1, t }));
}
