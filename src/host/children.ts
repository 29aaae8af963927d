import { constants } from 'node:os';

/** How long a child may take to end after SIGTERM. */
const GRACE_MS = 3000;

/** Exit code as a shell gives it: 128 + n for signal n. */
export function exitCodeOf(
  code: number | null | undefined,
  signal: NodeJS.Signals | null | undefined,
): number {
  if (signal) return 128 + (constants.signals[signal] ?? 0);
  return code ?? 255;
}

/**
 * Ends a child's whole process group: SIGTERM, and SIGKILL for what is left after the grace time.
 * Gives a function that stops the second step, for when the child has ended.
 */
export function endGroup(pid: number): () => void {
  if (!signalGroup(pid, 'SIGTERM')) signalOne(pid, 'SIGTERM');
  const timer = setTimeout(() => {
    if (!signalGroup(pid, 'SIGKILL')) signalOne(pid, 'SIGKILL');
  }, GRACE_MS);
  timer.unref();
  return () => {
    clearTimeout(timer);
    // The leader is gone; what it started and left behind goes too.
    signalGroup(pid, 'SIGKILL');
  };
}

/** False where there is no such group: a child on our terminal stays in ours. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  return signalOne(-pid, signal);
}

function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends children that run too long or while we are interrupted.
 * `reason()` tells afterwards which of the two it was.
 */
export function guard(
  pids: readonly number[],
  limits: { timeoutMs?: number | undefined; signals: readonly (AbortSignal | undefined)[] },
): { reason(): 'timeout' | 'interrupt' | undefined; done(): void } {
  let reason: 'timeout' | 'interrupt' | undefined;
  const stops: (() => void)[] = [];
  const end = (why: 'timeout' | 'interrupt') => {
    if (reason !== undefined) return;
    reason = why;
    for (const pid of pids) stops.push(endGroup(pid));
  };
  const interrupt = () => end('interrupt');
  const timer =
    limits.timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), limits.timeoutMs);
  for (const signal of limits.signals) signal?.addEventListener('abort', interrupt);
  return {
    reason: () => reason,
    done() {
      clearTimeout(timer);
      for (const signal of limits.signals) signal?.removeEventListener('abort', interrupt);
      for (const stop of stops) stop();
    },
  };
}
