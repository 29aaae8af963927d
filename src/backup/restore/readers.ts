/** The archives of a chain, opened for a restore. */
import type { Context } from '../../commands/define.js';
import { parseVolid, volidOfPath } from '../../storage/index.js';
import { type OpenedArchive, openArchive, withArchive } from '../archive.js';
import { RateLimit } from '../rate.js';
import { VmaReader } from '../vma/read.js';
import { limitedSource, restoreLimit } from './fill.js';

/** All archives of a chain, the newest first, open at the same time. */
export async function withReaders(
  ctx: Context,
  paths: readonly string[],
  bwlimit: number | undefined,
  work: (readers: VmaReader[]) => Promise<void>,
  readers: VmaReader[] = [],
): Promise<void> {
  const path = paths[readers.length];
  if (path === undefined) return await work(readers);
  const source = await paced(ctx, await openArchive(ctx.host, path), path, bwlimit);
  await withArchive(source, async () => {
    // Of an increment, clusters are missing.
    const partial = readers.length < paths.length - 1;
    const reader = await VmaReader.open(source, { partial });
    await withReaders(ctx, paths, bwlimit, work, [...readers, reader]);
  });
}

/** The storage an archive lies on has a limit of its own. */
async function paced(
  ctx: Context,
  source: OpenedArchive,
  path: string,
  asked: number | undefined,
): Promise<OpenedArchive> {
  const found = path === '-' ? undefined : await volidOfPath(ctx, path);
  if (found === undefined) return source;
  const limit = restoreLimit(ctx, parseVolid(found.volid).storeid, asked);
  if (limit === 0) return source;
  ctx.out.line(`applying read rate limit: ${limit}`);
  return limitedSource(source, new RateLimit(ctx.host.clock, limit, ctx.signal));
}
