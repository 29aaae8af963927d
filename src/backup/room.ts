/** Room on a file system for what has to be unpacked, asked before anything is begun. */
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';

export interface RoomQuery {
  folder: string;
  /** Bytes it can be at most, known without looking. */
  atMost: number;
  /** Finds out what it really is, by reading all; may stop when it is more than `limit`. */
  count(limit: number): Promise<number>;
  /** Completes `no room …`, e.g. `to unpack 'x.vma.zst'`. */
  what: string;
}

/** @throws PaveError with what is needed and what is there */
export async function requireRoom(host: Host, query: RoomQuery): Promise<void> {
  const { folder, atMost, what } = query;
  const free = host.files.usage(folder)?.available ?? 0;
  if (free >= atMost) return;
  const needed = await query.count(free);
  if (needed <= free) return;
  const more = needed < atMost ? 'at least ' : '';
  throw new PaveError(
    `no room in ${host.path(folder)} ${what}: it needs ${more}${Math.min(needed, atMost)} bytes, ${free} are free`,
    { hint: '--tmpdir names another folder; an archive that is not packed needs no room' },
  );
}

/** Folder for temporary files; one that was named must be there. @throws PaveError */
export function scratchFolder(host: Host, given: string | undefined): string {
  if (given === undefined) {
    if (!host.files.exists('/var/tmp')) host.files.mkdir('/var/tmp', { mode: 0o1777 });
    return '/var/tmp';
  }
  if (host.files.stat(given)?.kind !== 'directory')
    throw new PaveError(`'${given}' is no folder`, { hint: '--tmpdir names one that is there' });
  return given.replace(/(?<=.)\/+$/, '');
}
