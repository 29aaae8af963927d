/**
 * Which clusters of a running guest's disks go into an archive, and the dirty bitmaps that tell. A
 * bitmap lives in the guest's QEMU only and is called after the backup it was begun with: so it is
 * gone when QEMU ended in between, and one that belongs to another backup is not mistaken for it.
 */
import type { Context } from '../../commands/define.js';
import type { Qmp } from '../../qemu/qmp/client.js';
import { readChainArchive } from '../chain/find.js';
import { CLUSTER } from '../vma/format.js';
import { deviceOf } from './devices.js';
import { BITMAP_PREFIX, type LiveNode, liveNodes, TEMPORARY_BITMAP } from './graph.js';
import type { LiveDisk } from './live.js';
import { showBytes } from './progress.js';
import { withQmp } from './qmp.js';
import type { ArchiveRequest } from './types.js';

/** How the clusters of a disk are chosen. */
export type ClusterChoice = 'all' | 'bitmap' | 'compared';

export interface TrackedDisk extends LiveDisk {
  choice: ClusterChoice;
}

interface Action {
  type: string;
  data: Record<string, unknown>;
}

/** Bitmaps of a node kept beside the newest: backups to other storages have their own. */
const KEPT_BITMAPS = 4;

/** Sizes of the parent's disks by device; empty for a full archive. @throws PaveError */
export async function parentSizes(
  ctx: Context,
  { kind }: ArchiveRequest,
): Promise<Map<string, number>> {
  if (kind.type === 'full') return new Map();
  const { header } = await readChainArchive(ctx, kind.archives.at(-1)!);
  return new Map(header.devices.map(({ name, size }) => [name, size]));
}

/** Decides for each disk of a running guest, and tells. */
export function chooseClusters(
  request: ArchiveRequest,
  nodes: ReadonlyMap<string, LiveNode>,
  parent: ReadonlyMap<string, number>,
): TrackedDisk[] {
  const { kind, log } = request;
  return [...nodes].map(([key, node]) => {
    if (kind.type === 'full') {
      if (request.track) log.info(`${key}: dirty-bitmap status: created new`);
      return { key, ...node, choice: 'all' };
    }
    if (parent.get(deviceOf(key)) !== node.size) {
      log.info(`${key}: new, or of another size than in the last backup: all of it is stored`);
      return { key, ...node, choice: 'all' };
    }
    const bitmap = node.bitmaps.find(({ name }) => name === BITMAP_PREFIX + kind.parent);
    if (bitmap === undefined) {
      log.info(`${key}: no dirty bitmap of the last backup: comparing with it`);
      return { key, ...node, choice: 'compared' };
    }
    if (!bitmap.recording || bitmap.inconsistent || bitmap.granularity !== CLUSTER) {
      log.info(`${key}: dirty-bitmap status: existing bitmap was invalid: comparing`);
      return { key, ...node, choice: 'compared' };
    }
    log.info(
      `${key}: dirty-bitmap status: ${bitmap.count === 0 ? 'OK (drive clean)' : `OK (${showBytes(bitmap.count)} of ${showBytes(node.size)} dirty)`}`,
    );
    return { key, ...node, choice: 'bitmap', changed: `${TEMPORARY_BITMAP}${key}` };
  });
}

/**
 * For the transaction of the point in time: new bitmaps begin, and what the old ones say is copied.
 * The old ones go on, for the case that this backup fails.
 */
export function trackingActions(
  request: ArchiveRequest,
  disks: readonly TrackedDisk[],
  uuid: string,
): Action[] {
  const actions: Action[] = [];
  for (const { node, changed } of disks) {
    if (request.track)
      actions.push({
        type: 'block-dirty-bitmap-add',
        data: { node, name: BITMAP_PREFIX + uuid, granularity: CLUSTER, persistent: false },
      });
    if (changed === undefined || request.kind.type === 'full') continue;
    actions.push(
      {
        type: 'block-dirty-bitmap-add',
        data: { node, name: changed, granularity: CLUSTER, persistent: false, disabled: true },
      },
      {
        type: 'block-dirty-bitmap-merge',
        data: { node, target: changed, bitmaps: [BITMAP_PREFIX + request.kind.parent] },
      },
    );
  }
  return actions;
}

/** After the archive: the new bitmaps stay when it is whole, else the old ones. */
export async function settleBitmaps(
  ctx: Context,
  vmid: number,
  keys: readonly string[],
  uuid: string,
  whole: boolean,
): Promise<void> {
  await withQmp(ctx.host, vmid, async (qmp) => {
    for (const { node, bitmaps } of (await liveNodes(qmp, keys)).values()) {
      const ours = bitmaps.filter(({ name }) => name.startsWith(BITMAP_PREFIX));
      const own = BITMAP_PREFIX + uuid;
      const others = ours.filter(({ name }) => name !== own);
      const doomed = whole ? others.slice(KEPT_BITMAPS) : ours.filter(({ name }) => name === own);
      for (const { name } of doomed) await removeBitmap(qmp, node, name);
    }
  });
}

async function removeBitmap(qmp: Qmp, node: string, name: string): Promise<void> {
  await qmp.execute('block-dirty-bitmap-remove', { node, name });
}
