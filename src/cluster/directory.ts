import { PaveError } from '../errors.js';
import { webOwner } from '../host/accounts.js';
import type { Host } from '../host/types.js';
import { BASE, isLaidOut, isMounted, isPrivate, layOut } from './layout.js';
import { clusterLocks } from './lock.js';
import type { Store } from './store.js';

export interface DirectoryStoreOptions {
  /** Gets `trying to acquire cfs lock …` lines; the original prints them on stderr. */
  notice?: (line: string) => void;
}

/**
 * /etc/pve as a plain folder of this machine, or as the cluster file system that a Proxmox node has
 * mounted there. Reading makes nothing.
 */
export function createDirectoryStore(host: Host, options: DirectoryStoreOptions = {}): Store {
  const { files } = host;
  const locks = clusterLocks(host, options.notice ?? (() => {}));
  const at = (path: string) => (path === '' ? BASE : `${BASE}/${path}`);
  let prepared = false;

  /** Before the first change: the layout, and the right to write. */
  function prepare(): void {
    if (prepared) return;
    if (!quorate()) throw new PaveError('cluster not ready - no quorum?');
    if (!isLaidOut(host)) layOut(host);
    prepared = true;
  }

  function quorate(): boolean {
    if (!isMounted(host)) return true;
    // Without quorum the cluster file system takes the write bit off. Source: Cluster.pm check_cfs_quorum.
    const local = files.lstat(at('local'));
    return local !== undefined && (local.mode & 0o200) !== 0;
  }

  const store: Store = {
    node: host.node,
    read: (path) => files.read(at(path)),
    list: (path) => (files.list(at(path)) ?? []).sort(),
    exists: (path) => files.exists(at(path)),

    write(path, data, writeOptions = {}) {
      prepare();
      makeParent(host, path);
      if (writeOptions.exclusive) refuseSecondGuest(store, path);
      if (!writeOptions.exclusive) refuseUnreadable(host, at(path));
      const secret = (writeOptions.secret ?? false) || isPrivate(path);
      files.write(at(path), data, {
        mode: secret ? 0o600 : 0o640,
        ...webOwner(host, 'group'),
        secret,
        exclusive: writeOptions.exclusive ?? false,
      });
    },
    remove: (path) => {
      prepare();
      return files.unlink(at(path));
    },
    rename(from, to) {
      prepare();
      makeParent(host, to);
      if (guestIdOf(to) !== undefined && files.exists(at(to))) {
        throw new PaveError(`unable to move '${at(from)}' - '${at(to)}' exists already`);
      }
      files.rename(at(from), at(to));
    },

    async update(path, change, updateOptions = {}) {
      const id = `file-${path}`.replace(/[./]/g, '_');
      await store.withLock(
        id,
        async () => {
          const text = store.read(path);
          if (updateOptions.digest) {
            // Hashing is loaded only here: it costs more than all else a reading command does.
            const { assertDigest, digestOf } = await import('./digest.js');
            assertDigest(updateOptions.digest, digestOf(text ?? ''));
          }
          const next = await change(text ?? '');
          if (next === undefined || next === text) return;
          store.write(path, next, { secret: updateOptions.secret ?? false });
        },
        updateOptions,
      );
    },
    async withLock(id, work, lockOptions = {}) {
      prepare();
      return locks.withLock(id, lockOptions.timeoutS, work);
    },

    quorate,
    ensureLayout: () => layOut(host),
  };
  return store;
}

/** Folders below /etc/pve come and go with their files, e.g. those of another node. */
function makeParent(host: Host, path: string): void {
  const parts = path.split('/').slice(0, -1);
  for (let n = 1; n <= parts.length; n++) {
    const folder = parts.slice(0, n).join('/');
    if (host.files.exists(`${BASE}/${folder}`)) continue;
    host.files.mkdir(`${BASE}/${folder}`, {
      mode: isPrivate(folder) ? 0o700 : 0o755,
      ...webOwner(host, 'group'),
    });
  }
}

/** Bytes that are no UTF-8 were not read as they stand: writing the file anew would lose them. */
function refuseUnreadable(host: Host, path: string): void {
  const bytes = host.files.readBytes(path);
  if (bytes === undefined) return;
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes)) return;
  const line = text.slice(0, text.indexOf('\ufffd')).split('\n').length;
  throw new PaveError(`'${host.path(path)}' is not changed: line ${line} is no UTF-8 text`, {
    hint: `mend that line, or convert the file: iconv -f latin1 -t utf-8`,
  });
}

function guestIdOf(path: string): string | undefined {
  return /(?:^|\/)(?:qemu-server|lxc|openvz)\/(\d+)\.conf$/.exec(path)?.[1];
}

/** A guest id exists once in the cluster, as either kind. The cluster file system refuses by itself. */
function refuseSecondGuest(store: Store, path: string): void {
  const id = guestIdOf(path);
  if (id === undefined) return;
  for (const node of store.list('nodes')) {
    for (const kind of ['qemu-server', 'lxc']) {
      const other = `nodes/${node}/${kind}/${id}.conf`;
      if (store.exists(other)) {
        throw new PaveError(
          `unable to create '${BASE}/${path}' - guest ${id} exists on node '${node}'`,
          {
            hint: `see ${BASE}/${other}`,
          },
        );
      }
    }
  }
}
