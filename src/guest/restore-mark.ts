/** Where a restore keeps what it has begun, until it is over. */
import type { Host } from '../host/types.js';

/** Survives a power cut, as the lock in the config does. */
export const RESTORE_MARKS = '/var/lib/pave/restore';

export function restoreMarkPath(vmid: number): string {
  return `${RESTORE_MARKS}/${vmid}.json`;
}

/** Has a restore of the guest begun, and not told its end? */
export function restoreBegun(host: Pick<Host, 'files'>, vmid: number): boolean {
  return host.files.exists(restoreMarkPath(vmid));
}
