/** Taking a lock without waiting for it. */
import { messageOf } from '../errors.js';
import type { FileLock, Host } from './types.js';

/** Undefined where somebody has it. @throws FileError, PaveError where it cannot be had at all */
export async function lockIfFree(
  host: Pick<Host, 'lock'>,
  path: string,
): Promise<FileLock | undefined> {
  try {
    return await host.lock(path, { timeoutS: 0 });
  } catch (error) {
    if (/got timeout$/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/**
 * Asks for a lock again and again, without a word, for as long as it is `needed`; undefined once it
 * is not. @throws PaveError `can't lock file` when the time is over
 */
export async function lockWhile(
  host: Pick<Host, 'lock' | 'clock'>,
  path: string,
  needed: () => boolean,
  options: { timeoutS: number; pollMs: number },
): Promise<FileLock | undefined> {
  const end = host.clock.monotonic() + options.timeoutS * 1000;
  while (needed()) {
    const isLast = host.clock.monotonic() >= end;
    const lock = isLast ? await host.lock(path, { timeoutS: 0 }) : await lockIfFree(host, path);
    if (lock !== undefined) return lock;
    await host.clock.sleep(options.pollMs);
  }
  return undefined;
}
