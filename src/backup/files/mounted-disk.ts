/**
 * A disk of an archive, or a part of one, as a file that other programs can read: served over NBD by
 * us, and shown by nbdfuse in a mount namespace of its own. That ends with nbdfuse, and nbdfuse with
 * us, also where we are killed: nothing stays mounted. Nothing of the disk is written anywhere.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { ChainIndex } from '../chain/cluster-index.js';
import { listenForPushes } from '../source/push-server.js';

const FOLDER = '/run/pave';
/** Empty for everybody but a namespace of ours: never removed, so that several can use it at once. */
const MOUNTPOINT = `${FOLDER}/files`;
const NEEDED = [
  ['nbdfuse', 'libnbd-bin fuse3'],
  ['unshare', 'util-linux'],
  ['setpriv', 'util-linux'],
] as const;
let count = 0;

/** Part of a disk, in bytes. */
export interface DiskPart {
  name: string;
  offset: number;
  size: number;
}

/** Calls `work` with the file (a path of the machine), and takes it away after. */
export async function withDiskFile<T>(
  host: Host,
  index: ChainIndex,
  part: DiskPart,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const missing = NEEDED.find(([program]) => host.which(program) === undefined);
  if (missing !== undefined)
    throw new PaveError(`${missing[0]} is not installed`, { hint: `apt install ${missing[1]}` });
  if (!host.files.exists('/dev/fuse')) throw new PaveError('this machine has no /dev/fuse');
  host.files.mkdir(MOUNTPOINT, { mode: 0o700 });
  removeStale(host);
  const socket = `${FOLDER}/files-${host.processes.self}-${++count}.sock`;
  let failure: { error: unknown } | undefined;
  const read = (offset: number, length: number) =>
    index.read(part.name, part.offset + offset, length);
  const server = await listenForPushes(
    host,
    socket,
    new Map([['disk', { size: part.size, read }]]),
    (error) => {
      failure ??= { error };
    },
  );
  try {
    const fuse = await host.spawn(
      [
        ...['setpriv', '--pdeathsig', 'KILL', '--'],
        ...['unshare', '--mount', '--propagation', 'private', '--'],
        ...['nbdfuse', '-r', `${host.path(MOUNTPOINT)}/disk`],
        `nbd+unix:///disk?socket=${host.path(socket)}`,
      ],
      { effect: 'read', purpose: 'make the disk readable' },
    );
    let ended: number | undefined;
    fuse.exited.then((code) => {
      ended = code;
    });
    try {
      // What that process sees.
      const file = `/proc/${fuse.pid}/root${host.path(MOUNTPOINT)}/disk`;
      for (let i = 0; host.files.stat(file) === undefined; i++) {
        if (ended !== undefined || i > 1500)
          throw new PaveError(
            `the disk cannot be made readable: nbdfuse ${ended === undefined ? 'hangs' : `ended with ${ended}`}`,
            { hint: 'it needs to mount (CAP_SYS_ADMIN) and /dev/fuse' },
          );
        await host.clock.sleep(20);
      }
      host.files.unlink(socket);
      const result = await work(file);
      if (failure !== undefined) throw failure.error;
      return result;
    } catch (error) {
      throw failure === undefined ? error : failure.error;
    } finally {
      fuse.kill('SIGKILL');
      await fuse.exited;
    }
  } finally {
    server.close();
    host.files.unlink(socket);
  }
}

/** A socket is there only until nbdfuse has it: of a command that was killed just then. */
function removeStale(host: Host): void {
  for (const name of host.files.list(FOLDER) ?? []) {
    const pid = /^files-(\d+)-\d+\.sock$/.exec(name)?.[1];
    if (pid !== undefined && !host.processes.alive(Number(pid)))
      host.files.unlink(`${FOLDER}/${name}`);
  }
}
