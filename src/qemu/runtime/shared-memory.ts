/** The file of `ivshmem`: QEMU makes it, the end of the VM removes it. Source: vm_stop_cleanup of the original. */
import { sharedMemoryPath } from '../command/cards.js';
import type { Companion } from './companions.js';
import { runFile } from './state.js';

export const sharedMemory: Companion = {
  what: 'the shared memory',
  prepare({ host }, { vmid, values }) {
    const text = values.get('ivshmem');
    if (text === undefined) return;
    const name = /(?:^|,)name=([^,]+)/.exec(text)?.[1];
    host.files.write(runFile(vmid, 'shm'), sharedMemoryPath(name, vmid, host.root));
  },
  // What the run really had: the config may say otherwise by now.
  remove({ host }, vmid) {
    const path = host.files.read(runFile(vmid, 'shm'));
    if (path === undefined) return;
    host.files.unlink(path);
    host.files.unlink(runFile(vmid, 'shm'));
  },
};
