import type { Host } from '../../host/types.js';
import type { StorageContext, StorageSection } from '../types.js';

/** Who is working on a storage in this process: the file lock is one for the whole process. */
const queues = new WeakMap<Host, Map<string, Promise<void>>>();

/**
 * Only one at a time makes or removes volumes of a storage; on a shared one, in the whole cluster.
 * Not to be nested. Source: Plugin.pm cluster_lock_storage.
 */
export async function withStorageLock<T>(
  ctx: StorageContext,
  storage: StorageSection,
  work: () => Promise<T>,
): Promise<T> {
  const queue = queues.get(ctx.host) ?? new Map<string, Promise<void>>();
  queues.set(ctx.host, queue);
  const before = queue.get(storage.storeid);
  const turn = (before ?? Promise.resolve()).then(() => locked(ctx, storage, work));
  queue.set(
    storage.storeid,
    turn.then(
      () => {},
      () => {},
    ),
  );
  return await turn;
}

async function locked<T>(
  ctx: StorageContext,
  storage: StorageSection,
  work: () => Promise<T>,
): Promise<T> {
  const timeoutS = 60;
  if (storage.shared)
    return await ctx.store.withLock(`storage-${storage.storeid}`, work, { timeoutS });
  const path = `/var/lock/pve-manager/pve-storage-${storage.storeid}`;
  const lock = await ctx.host.lock(path, { timeoutS });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
