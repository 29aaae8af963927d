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
  const deadline = host.clock.monotonic() + timeoutS * 1000;
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
    const leftOver = mounted ? undefined : host.files.read(record);
    for (let said = Number.NEGATIVE_INFINITY; !makeNoted(host, folder, record, mounted, failed); ) {
      if (mounted)
        host.files.utimes(folder, 0); // asks the cluster file system to expire it
      else if (breakDead(host, folder, record)) continue;
      const left = deadline - host.clock.monotonic();
      if (left <= 0) throw failed('got lock request timeout');
      if (host.clock.monotonic() - said >= 1000) {
        said = host.clock.monotonic();
        waiting();
      }
      await host.clock.sleep(Math.min(left, mounted ? 1000 : 250));
    }
    if (!mounted) {
      host.files.write(record, recordOf(host, folder), RECORD);
      if (leftOver !== undefined) removeAsides(host, id);
    }
  } catch (error) {
    flock?.release();
    throw error;
  }

  const refresh = setInterval(() => touch(host, folder), REFRESH_MS);
  refresh.unref();
  return () => {
    clearInterval(refresh);
    try {
      if (mounted) host.files.rmdir(folder);
      else letGo(host, id, folder, record);
    } finally {
      flock?.release();
    }
  };
}

/**
 * First a record that says that we are about to, where nobody else's stands: should we be killed
 * before we know the folder's number, its time tells that it is ours.
 */
function makeNoted(
  host: Host,
  folder: string,
  record: string,
  mounted: boolean,
  failed: (reason: string, cause?: unknown) => PaveError,
): boolean {
  if (mounted || host.files.stat(folder) !== undefined) return makeFolder(host, folder, failed);
  host.files.write(record, `${host.node} ${host.processes.self} 0 ${ABOUT_TO}\n`, RECORD);
  const made = makeFolder(host, folder, failed);
  // Another node was quicker: its folder is none of ours.
  if (!made) host.files.unlink(record);
  return made;
}

/** In the place of the folder's number. */
const ABOUT_TO = 'soon';
/** Seconds between that record and its folder, on the busiest machine. */
const SOON_S = 10;
/** It need not outlive the machine: a busy disk must not come between it and the folder. */
const RECORD = { mode: 0o600, durable: false };

/**
 * Renamed first: while the folder is there under another name, no new lock can have its number, and
 * the record, until it is gone as well, fits none.
 */
function letGo(host: Host, id: string, folder: string, record: string): void {
  const aside = asideOf(host, id);
  try {
    host.files.rename(folder, aside);
  } catch (error) {
    // Broken as too old.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  host.files.unlink(record);
  host.files.rmdir(aside);
}

function asideOf(host: Host, id: string): string {
  return `${BASE}/priv/lock/.${id}.${host.processes.self}`;
}

/** What killed processes left of letting go. */
function removeAsides(host: Host, id: string): void {
  for (const name of host.files.list(`${BASE}/priv/lock`) ?? [])
    if (name.startsWith(`.${id}.`)) host.files.rmdir(`${BASE}/priv/lock/${name}`);
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
  const noted = files.stat(record)?.mtime ?? 0;
  const soon = stat.mtime >= noted && stat.mtime - noted <= SOON_S;
  const ours = inode === ABOUT_TO ? soon : inode !== undefined && Number(inode) === stat.ino;
  const old = host.clock.now() / 1000 - stat.mtime > EXPIRES_S;
  if (!ours && !old) return false;
  const aside = asideOf(host, folder.slice(folder.lastIndexOf('/') + 1));
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
