import { readFileSync } from 'node:fs';
import { errnoOf, FileError } from './errors.js';
import type { Processes } from './types.js';

/** The processes of this machine, from /proc. */
export function localProcesses(report: (text: string) => void): Processes {
  return {
    self: process.pid,
    alive: (pid) => {
      const stat = procFile(pid, 'stat');
      // A zombie has ended; it only waits for its parent to ask.
      return stat !== undefined && !/^[ZX]/.test(afterName(stat));
    },
    kill(pid, signal) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (errnoOf(error) === 'ESRCH') return false;
        throw new FileError('signal process', String(pid), error);
      }
      report(`kill -${signal.replace(/^SIG/, '')} ${pid}`);
      return true;
    },
    cmdline(pid) {
      const text = procFile(pid, 'cmdline');
      if (text === undefined) return undefined;
      return text.replace(/\0$/, '').split('\0');
    },
    startTicks(pid) {
      const stat = procFile(pid, 'stat');
      if (stat === undefined) return undefined;
      // Field 22 of proc(5); the rest begins at field 3.
      const ticks = Number(afterName(stat).split(' ')[19]);
      return Number.isFinite(ticks) ? ticks : undefined;
    },
  };
}

/** What follows `pid (name) `: the name may hold blanks and parentheses itself. */
function afterName(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2);
}

function procFile(pid: number, name: string): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw new FileError('read', `/proc/${pid}/${name}`, error);
  }
}
