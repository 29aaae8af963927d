/**
 * New images are made under a name that no list shows and renamed when they are whole: killed in
 * the middle, nothing is left that passes for a volume. What was left the next change removes.
 */
import type { StorageContext } from '../types.js';

const PREFIX = '.pave-';

/** Name for a file that is being made or removed, in the same folder. */
export function draftName(ctx: StorageContext, name: string): string {
  return `${PREFIX}${ctx.host.processes.self}-${name}`;
}

/** Removes what a killed command left; the caller holds the storage's lock, so nobody works on it. */
export async function removeDrafts(ctx: StorageContext, folder: string): Promise<void> {
  for (const name of ctx.host.files.list(folder) ?? [])
    if (name.startsWith(PREFIX)) await removeTree(ctx, `${folder}/${name}`);
}

/** A file or a folder with all that is in it, but nothing that is mounted there. */
export async function removeTree(ctx: StorageContext, path: string): Promise<void> {
  if (ctx.host.files.lstat(path)?.kind !== 'directory') {
    ctx.host.files.unlink(path);
    return;
  }
  await ctx.host.run(['rm', '-rf', '--one-file-system', '--', ctx.host.path(path)], {
    effect: 'change',
  });
}

/** Puts a finished draft in its place, once its bytes are on the disk. */
export async function publish(ctx: StorageContext, draft: string, path: string): Promise<void> {
  await ctx.host.run(['sync', ctx.host.path(draft)], { effect: 'change' });
  ctx.host.files.chmod(draft, 0o640);
  ctx.host.files.rename(draft, path);
}

export function removeIfEmpty(ctx: StorageContext, folder: string): void {
  if (ctx.host.files.list(folder)?.length === 0) ctx.host.files.rmdir(folder);
}
