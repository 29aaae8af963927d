/** The file of `ivshmem`: QEMU makes it, the end of the VM removes it. Source: vm_stop_cleanup of the original. */

import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { sharedMemoryPath } from '../command/cards.js';
import type { Companion } from './companions.js';
import { runFile } from './state.js';

export const sharedMemory: Companion = {
  what: 'the shared memory',
  prepare({ host }, { vmid, values }) {
    const text = values.get('ivshmem');
    if (text === undefined) return;
    const path = sharedMemoryPath(nameOf(text), vmid, host.root);
    makeRoom(host, path, text);
    host.files.write(runFile(vmid, 'shm'), path);
  },
  // What the run really had: the config may say otherwise by now.
  remove({ host }, vmid) {
    const path = host.files.read(runFile(vmid, 'shm'));
    if (path === undefined) return;
    host.files.unlink(path);
    host.files.unlink(runFile(vmid, 'shm'));
  },
};

function nameOf(text: string): string | undefined {
  return /(?:^|,)name=([^,]+)/.exec(text)?.[1];
}

/** A file of another size is a left-over, or another VM's under the same name. @throws PaveError for the latter */
function makeRoom(host: Host, path: string, text: string): void {
  const size = Number(/(?:^|,)size=(\d+)/.exec(text)?.[1] ?? 0) * 1024 ** 2;
  const there = host.files.stat(path);
  if (there === undefined || there.size === size) return;
  if (nameOf(text) === undefined) {
    host.files.unlink(path);
    return;
  }
  throw new PaveError(
    `ivshmem: '${path}' is there with ${there.size / 1024 ** 2} MB, not ${size / 1024 ** 2} MB`,
    { hint: 'give every VM that shares it the same size; if none runs, remove the file' },
  );
}
