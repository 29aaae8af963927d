/** Is the next backup of a guest a full one, or what changed since the last? */
import { messageOf } from '../../errors.js';
import type { StorageContext } from '../../storage/types.js';
import type { ArchiveKind } from '../source/types.js';
import { type ChainArchive, chainArchives } from './find.js';

export interface ChooseRequest {
  vmid: number;
  /** Where its backups are. */
  dumpdir: string;
  /** Every so many backups a full one; up to 1 means always. */
  fullbackup: number;
  log: { info(line: string): void; warn(line: string): void };
}

/**
 * An increment follows the newest backup in the folder that belongs to a chain, as long as that
 * chain is all there and not yet `fullbackup` long.
 */
export async function chooseKind(
  ctx: StorageContext,
  { vmid, dumpdir, fullbackup, log }: ChooseRequest,
): Promise<ArchiveKind> {
  if (fullbackup <= 1) return { type: 'full' };
  const known = await chainArchives(ctx, dumpdir, vmid, (path, error) =>
    log.warn(`'${path}' cannot be followed by an increment: ${messageOf(error)}`),
  );
  const last = newest(known);
  if (last === undefined) return { type: 'full' };
  const uuids = [...last.meta.parents, last.meta.uuid];
  if (uuids.length >= fullbackup) return { type: 'full' };
  const missing = uuids.filter((uuid) => !known.has(uuid));
  if (missing.length > 0) {
    log.warn(
      `making a full backup: '${last.path}' needs ${missing.join(', ')}, which is not there`,
    );
    return { type: 'full' };
  }
  return {
    type: 'incremental',
    parent: last.meta.uuid,
    parents: uuids,
    archives: uuids.map((uuid) => known.get(uuid)!.path),
  };
}

/** By name, and where a clock jumped, by who follows whom. */
function newest(known: ReadonlyMap<string, ChainArchive>): ChainArchive | undefined {
  const followed = new Set([...known.values()].flatMap(({ meta }) => meta.parents));
  const ends = [...known.values()].filter(({ meta }) => !followed.has(meta.uuid));
  return ends.sort((a, b) => a.ctime - b.ctime).at(-1);
}
