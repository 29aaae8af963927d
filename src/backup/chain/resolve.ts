/** The archives it takes to restore one: itself, and its parents down to the full one. */
import { messageOf, PaveError } from '../../errors.js';
import { archiveInfo } from '../../storage/files/archive.js';
import type { StorageContext } from '../../storage/types.js';
import { chainArchives, readChainArchive } from './find.js';

/**
 * Paths, the newest first; a full archive stands alone. Nothing but headers is read.
 * @throws PaveError that names what is missing, or does not fit
 */
export async function resolveChain(ctx: StorageContext, path: string): Promise<string[]> {
  const { meta } = await readChainArchive(ctx, path);
  const increment = /\.vma-inc(?:\.[a-z0-9]+)?$/.test(path);
  if (meta === undefined) {
    if (increment)
      throw new PaveError(`'${path}' is an increment that does not say what it follows`);
    return [path];
  }
  if (meta.parents.length === 0) return [path];
  const folder = path.slice(0, path.lastIndexOf('/'));
  const { vmid } = archiveInfo(path);
  const problems: string[] = [];
  const known =
    vmid === undefined
      ? new Map()
      : await chainArchives(ctx, folder, vmid, (other, error) =>
          problems.push(`'${other}': ${messageOf(error)}`),
        );
  const chain = [path];
  for (const [index, uuid] of [...meta.parents.entries()].reverse()) {
    const parent = known.get(uuid);
    if (parent === undefined) {
      problems.push(`backup ${uuid} is not in '${folder}'`);
      continue;
    }
    const expected = meta.parents.slice(0, index);
    if (parent.meta.parents.join() !== expected.join())
      problems.push(`'${parent.path}' does not follow what '${path}' says it does`);
    chain.push(parent.path);
  }
  if (problems.length > 0)
    throw new PaveError(
      `'${path}' cannot be restored without its parents: ${problems.join('; ')}`,
      {
        hint: 'put the missing archives back beside it, or restore a full backup',
      },
    );
  return chain;
}
