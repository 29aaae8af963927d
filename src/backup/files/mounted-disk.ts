/**
 * A disk of an archive as a file that other programs can read: served over NBD by us, and put into
 * the file system by nbdfuse. Nothing of it is written anywhere.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { ChainIndex } from '../chain/cluster-index.js';
import { listenForPushes } from '../source/push-server.js';

const FOLDER = '/run/pave';

/** Calls `work` with the file (a path of the machine), and takes it away after. */
export async function withDiskFile<T>(
  host: Host,
  index: ChainIndex,
  disk: { name: string; size: number },
  work: (file: string) => Promise<T>,
): Promise<T> {
  if (host.which('nbdfuse') === undefined)
    throw new PaveError('nbdfuse is not installed', { hint: 'apt install libnbd-bin fuse3' });
  if (!host.files.exists('/dev/fuse')) throw new PaveError('this machine has no /dev/fuse');
  await removeStale(host);
  const base = `${FOLDER}/files-${host.processes.self}`;
  const socket = `${base}.sock`;
  host.files.mkdir(base, { mode: 0o700 });
  let failure: unknown;
  const server = await listenForPushes(
    host,
    socket,
    new Map([
      [
        disk.name,
        {
          size: disk.size,
          read: (offset, length) => index.read(disk.name, offset, length),
        },
      ],
    ]),
    (error) => {
      failure ??= error;
    },
  );
  const stop = new AbortController();
  const uri = `nbd+unix:///${disk.name}?socket=${host.path(socket)}`;
  let ended: unknown;
  const fuse = host
    .run(['nbdfuse', '-r', `${host.path(base)}/disk`, uri], {
      effect: 'read',
      signal: stop.signal,
      diesWithUs: true,
      purpose: 'make the disk readable',
    })
    .then(() => 'nbdfuse ended', messageOf)
    .then((reason) => {
      ended = reason;
    });
  try {
    for (let i = 0; host.files.stat(`${base}/disk`) === undefined; i++) {
      if (ended !== undefined || i > 300)
        throw new PaveError(`the disk cannot be made readable: ${ended ?? 'nbdfuse hangs'}`);
      await host.clock.sleep(20);
    }
    const result = await work(`${host.path(base)}/disk`);
    if (failure !== undefined) throw failure;
    return result;
  } catch (error) {
    throw failure ?? error;
  } finally {
    await unmount(host, base);
    stop.abort();
    await fuse;
    server.close();
    host.files.unlink(socket);
    host.files.rmdir(base);
  }
}

async function unmount(host: Host, folder: string): Promise<void> {
  if (!isMounted(host, folder)) return;
  await host.run(['umount', '-l', host.path(folder)], { effect: 'read', allowExit: 'any' });
}

function isMounted(host: Host, folder: string): boolean {
  const mounts = host.files.read('/proc/self/mounts') ?? '';
  return mounts.includes(` ${host.path(folder)} fuse`);
}

/** What commands left that were killed: a mount whose server is gone. */
async function removeStale(host: Host): Promise<void> {
  for (const name of host.files.list(FOLDER) ?? []) {
    const match = /^files-(\d+)(\.sock)?$/.exec(name);
    if (match === null || host.processes.alive(Number(match[1]))) continue;
    const path = `${FOLDER}/${name}`;
    if (match[2] !== undefined) host.files.unlink(path);
    else {
      await unmount(host, path);
      host.files.rmdir(path);
    }
  }
}
