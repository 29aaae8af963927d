/** Talking to the QEMU of a guest that is backed up or restored. */
import type { Host } from '../../host/types.js';
import { Qmp, withQmp as withMonitor } from '../../qemu/qmp/client.js';

/**
 * QEMU answers nobody while it waits for its disks to settle, and a backup keeps just those busy: one
 * that takes its time is no failure.
 */
const OPTIONS = { timeoutMs: 60_000 };

export function connectQmp(host: Host, vmid: number): Promise<Qmp> {
  return Qmp.connect(host, vmid, OPTIONS);
}

/** One connection for `work`, closed afterwards: QEMU talks to one client at a time. */
export function withQmp<T>(host: Host, vmid: number, work: (qmp: Qmp) => Promise<T>): Promise<T> {
  return withMonitor(host, vmid, work, OPTIONS);
}
