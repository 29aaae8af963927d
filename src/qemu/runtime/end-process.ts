/** Ending a process of a VM that does not end by itself. */
import type { Host } from '../../host/types.js';

/**
 * SIGTERM, and SIGKILL where it is still there after `graceMs`; waits as long once more. `find` gives
 * the process's pid for as long as it is the one that is meant. False: it does not end.
 */
export async function endProcess(
  host: Host,
  find: () => number | undefined,
  graceMs: number,
): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const pid = find();
    if (pid === undefined) return true;
    host.processes.kill(pid, signal);
    const end = host.clock.monotonic() + graceMs;
    while (find() !== undefined && host.clock.monotonic() < end) await host.clock.sleep(50);
  }
  return find() === undefined;
}
