/** The mark of a start under way: there from before QEMU starts until all is done. */
import type { Host } from '../../host/types.js';
import { runFile } from './state.js';

export function markStarting(host: Host, vmid: number): void {
  host.files.write(runFile(vmid, 'starting'), '');
}

export function unmarkStarting(host: Host, vmid: number): void {
  host.files.unlink(runFile(vmid, 'starting'));
}

/** Was a start of it cut short? The caller holds the guest's lock, so none is under way. */
export function isHalfStarted(host: Host, vmid: number): boolean {
  return host.files.exists(runFile(vmid, 'starting'));
}
