/** Snapshots inside qcow2 images that no guest has open. Source: Plugin.pm volume_snapshot. */
import { PaveError } from '../../errors.js';
import type { StorageContext, StorageSection } from '../types.js';
import { isChained, volumeFile } from './layout.js';
import { parseDirVolname } from './names.js';
import { readQcow2Snapshots } from './qcow2.js';

const ACTIONS = { create: '-c', remove: '-d', rollback: '-a' } as const;

/** Makes, removes or goes back to a snapshot inside a qcow2 image. @throws CommandError */
export async function imageSnapshot(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  action: keyof typeof ACTIONS,
  snapshot: string,
): Promise<void> {
  const { format, vtype } = parseDirVolname(volname);
  if (format !== 'qcow2' || vtype !== 'images')
    throw new PaveError("can't snapshot this image format", {
      hint: `only qcow2 images have snapshots on storage '${storage.storeid}'`,
    });
  if (isChained(storage)) throw chainRefusal(storage);
  const path = ctx.host.path(volumeFile(storage, volname).path);
  await ctx.host.run(['qemu-img', 'snapshot', '-q', ACTIONS[action], snapshot, path], {
    effect: 'change',
  });
}

/** Names and times (seconds since the epoch), oldest first. */
export function listSnapshots(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): { name: string; ctime: number }[] {
  const { format, vtype } = parseDirVolname(volname);
  if (format !== 'qcow2' || vtype !== 'images') return [];
  const { path } = volumeFile(storage, volname);
  return readQcow2Snapshots(ctx.host.files, path).map(({ name, date }) => ({ name, ctime: date }));
}

/** A volume whose snapshots are files of their own would leave them behind, or lose its parents. */
export function refuseChainedVolume(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
): void {
  const { name } = parseDirVolname(volname);
  const { path } = volumeFile(storage, volname);
  const folder = path.slice(0, path.lastIndexOf('/'));
  const chained = (ctx.host.files.list(folder) ?? []).some(
    (entry) => entry.startsWith('snap-') && entry.endsWith(`-${name}`),
  );
  if (chained) throw chainRefusal(storage);
}

function chainRefusal(storage: StorageSection): PaveError {
  return new PaveError(
    `storage '${storage.storeid}': snapshots as a chain of volumes (snapshot-as-volume-chain) are not supported yet`,
  );
}
