import type { StorageContext } from '../types.js';

/** Where the file system has the flag; elsewhere the file mode alone protects. */
export async function setImmutable(ctx: StorageContext, path: string, on: boolean): Promise<void> {
  if (ctx.host.which('chattr') === undefined) return;
  await ctx.host.run(['chattr', on ? '+i' : '-i', ctx.host.path(path)], {
    effect: 'change',
    allowExit: 'any',
  });
}
