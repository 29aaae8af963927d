/** An image as an NBD export of qemu-nbd, for formats and protocols that only QEMU knows. */
import { errnoOf } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { NbdClient } from './client.js';

export interface ImageToServe {
  /** A path as the machine knows it, or a URL of QEMU's, e.g. `rbd:pool/volume`. */
  image: string;
  /** raw, qcow2, …; QEMU looks for itself where it is left out, which only an own image may have. */
  format?: string;
  readOnly: boolean;
  /** Another process may write to the image, a file, meanwhile; only for reading. */
  beside?: boolean;
  /** QEMU's cache mode; its default where left out. */
  cache?: string;
}

export interface ServedImage {
  /** Unix socket, as a path of the Host. */
  socket: string;
  connect(contexts?: readonly string[]): Promise<NbdClient>;
  /** Ends the server; what was flushed is on the disk. */
  stop(): Promise<void>;
}

/** Does QEMU reach it through a protocol of its own, e.g. `rbd:pool/volume`, and not by a path? */
export function isAddress(image: string): boolean {
  return /^[a-z][a-z0-9+_-]*:/.test(image);
}

const FOLDER = '/run/pave';
let count = 0;

/**
 * Serves an image to clients of this process; with the last of them it ends by itself, also where
 * we were killed.
 * @throws CommandError with what QEMU says of the image
 */
export async function serveImage(host: Host, image: ImageToServe): Promise<ServedImage> {
  host.files.mkdir(FOLDER, { mode: 0o700 });
  const name = `${FOLDER}/nbd-${host.processes.self}-${++count}`;
  const socket = `${name}.sock`;
  const pidFile = `${name}.pid`;
  await host.run(
    [
      'qemu-nbd',
      '--fork',
      `--pid-file=${host.path(pidFile)}`,
      `--socket=${host.path(socket)}`,
      '--shared=4',
      ...(image.readOnly ? ['--read-only'] : []),
      ...(image.cache === undefined ? [] : [`--cache=${image.cache}`]),
      ...(image.readOnly ? [] : ['--discard=unmap', '--detect-zeroes=off']),
      ...opening(image),
    ],
    { effect: image.readOnly ? 'read' : 'change', purpose: 'open the image' },
  );
  const clients: NbdClient[] = [];
  return {
    socket,
    async connect(contexts = []) {
      const client = await NbdClient.connect(host, { socket, name: '', contexts });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      await end(host, pidFile);
      for (const path of [pidFile, socket]) remove(host, path);
    },
  };
}

function opening({ image, format, beside }: ImageToServe): string[] {
  if (!beside) return [...(format === undefined ? [] : [`--format=${format}`]), image];
  const file = `file.driver=file,file.filename=${image.replaceAll(',', ',,')}`;
  return ['--image-opts', `driver=${format},force-share=on,${file}`];
}

/** It ends by itself with its last client; one that had none is told to. */
async function end(host: Host, pidFile: string): Promise<void> {
  const pid = Number(host.files.read(pidFile) ?? 0);
  if (!(pid > 1)) return;
  for (let turn = 0; host.processes.alive(pid); turn++) {
    if (turn === 5) host.processes.kill(pid, 'SIGTERM');
    await host.clock.sleep(Math.min(5 * (turn + 1), 100));
  }
}

function remove(host: Host, path: string): void {
  try {
    host.files.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
