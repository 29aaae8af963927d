import type { AsyncLocalStorage } from 'node:async_hooks';
import { messageOf, PaveError } from '../errors.js';
import { errnoOf } from '../host/errors.js';
import type { FileLock, Host } from '../host/types.js';
import { BASE, isMounted } from './layout.js';

/** A lock not refreshed for so long is nobody's. Source: pmxcfs memdb.h, 120 s. */
const EXPIRES_S = 120;
const REFRESH_MS = 30_000;
const DEFAULT_TIMEOUT_S = 10;

export interface ClusterLocks {
  withLock<T>(id: string, timeoutS: number | undefined, work: () => Promise<T> | T): Promise<T>;
}

/**
 * The original's cluster locks: the folder `priv/lock/<id>` is made to take one and removed to let
 * it go. In a cluster file system it expires there. In a plain folder nobody would remove a dead
 * holder's, so a flock on this machine stands before it: who has the flock and still finds the
 * folder knows that its maker is dead, if the maker was one of us (it left a record), and else waits
 * until it is 120 s old. Source: pve-cluster Cluster.pm:606.
 */
export function clusterLocks(host: Host, notice: (line: string) => void): ClusterLocks {
  let flows: AsyncLocalStorage<ReadonlySet<string>> | undefined;
  const queues = new Map<string, Promise<unknown>>();

  return {
    async withLock(id, timeoutS, work) {
      if (host.dryRun) return work();
      const { AsyncLocalStorage } = await import('node:async_hooks');
      flows ??= new AsyncLocalStorage();
      const mine = flows.getStore() ?? new Set<string>();
      // What runs inside the lock may ask for it again.
      if (mine.has(id)) return work();
      const run = async () => {
        const release = await take(host, id, timeoutS ?? DEFAULT_TIMEOUT_S, notice);
        try {
          return await flows!.run(new Set([...mine, id]), async () => work());
        } finally {
          release();
        }
      };
      // Two users in one process: a flock would let both in.
      const before = queues.get(id) ?? Promise.resolve();
      const turn = before.then(run, run);
      const settled = turn.catch(() => {});
      queues.set(id, settled);
      try {
        return await turn;
      } finally {
        if (queues.get(id) === settled) queues.delete(id);
      }
    },
  };
}

/** Takes the lock; gives the function that lets it go. */
async function take(
  host: Host,
  id: string,
  timeoutS: number,
  notice: (line: string) => void,
): Promise<() => void> {
  if (!/^[^/\s]+$/.test(id)) throw new PaveError(`invalid lock id '${id}'`);
  const failed = (reason: string, cause?: unknown) =>
    new PaveError(`cfs-lock '${id}' error: ${reason}`, { cause });
  const waiting = () => notice(`trying to acquire cfs lock '${id}' ...`);
  const deadline = host.clock.now() + timeoutS * 1000;
  const mounted = isMounted(host);
  const folder = `${BASE}/priv/lock/${id}`;
  const record = `/run/lock/pave/cfs-${id}.holder`;

  let flock: FileLock | undefined;
  if (!mounted) {
    flock = await host
      .lock(`/run/lock/pave/cfs-${id}.lck`, { timeoutS, onWait: waiting })
      .catch((error: unknown) => {
        if (/got timeout$/.test(messageOf(error))) throw failed('got lock request timeout', error);
        throw error;
      });
  }
  try {
    host.files.mkdir(`${BASE}/priv/lock`, { mode: 0o700 });
    for (let said = 0; !makeFolder(host, folder, failed); ) {
      if (mounted)
        host.files.utimes(folder, 0); // asks the cluster file system to expire it
      else if (breakDead(host, folder, record)) continue;
      const left = deadline - host.clock.now();
      if (left <= 0) throw failed('got lock request timeout');
      if (host.clock.now() - said >= 1000) {
        said = host.clock.now();
        waiting();
      }
      await host.clock.sleep(Math.min(left, mounted ? 1000 : 250));
    }
    if (!mounted) host.files.write(record, recordOf(host, folder), { mode: 0o600 });
  } catch (error) {
    flock?.release();
    throw error;
  }

  const refresh = setInterval(() => touch(host, folder), REFRESH_MS);
  refresh.unref();
  return () => {
    clearInterval(refresh);
    try {
      // The record first: a folder without one is only ever broken by its age.
      if (!mounted) host.files.unlink(record);
      host.files.rmdir(folder);
    } finally {
      flock?.release();
    }
  };
}

/** False when somebody has it. */
function makeFolder(
  host: Host,
  folder: string,
  failed: (reason: string, cause?: unknown) => PaveError,
): boolean {
  try {
    host.files.mkdir(folder, { mode: 0o755, exclusive: true });
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return false;
    if ((code === 'EACCES' || code === 'EPERM') && isMounted(host)) {
      throw failed('no quorum!', error);
    }
    throw error;
  }
}

function touch(host: Host, folder: string): void {
  try {
    host.files.utimes(folder, Math.floor(host.clock.now() / 1000));
  } catch {
    // It was broken as too old; the work goes on, as the original's does.
  }
}

/** `node pid start-ticks inode`: who made which folder. */
function recordOf(host: Host, folder: string): string {
  const self = host.processes.self;
  const ticks = host.processes.startTicks(self) ?? 0;
  return `${host.node} ${self} ${ticks} ${host.files.stat(folder)?.ino ?? 0}\n`;
}

/**
 * Removes a lock whose holder is gone; we have the flock. Gives whether it is gone now. Renamed
 * first: of two that try, only one gets it, and neither removes a lock taken since.
 */
function breakDead(host: Host, folder: string, record: string): boolean {
  const { files } = host;
  const stat = files.stat(folder);
  if (stat === undefined) return true;
  const [, , , inode] = (files.read(record) ?? '').trim().split(' ');
  const ours = inode !== undefined && Number(inode) === stat.ino;
  const old = host.clock.now() / 1000 - stat.mtime > EXPIRES_S;
  if (!ours && !old) return false;
  const aside = `${BASE}/priv/lock/.${folder.slice(folder.lastIndexOf('/') + 1)}.${host.processes.self}`;
  try {
    files.rename(folder, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    throw error;
  }
  if (files.stat(aside)?.ino !== stat.ino) {
    // It was let go and taken again in this very moment: it is put back.
    files.rename(aside, folder);
    return false;
  }
  files.unlink(record);
  files.rmdir(aside);
  return true;
}
