/** Talking to the QEMU of a guest that is backed up. */
import type { Host } from '../../host/types.js';
import { Qmp } from '../../qemu/qmp/client.js';

/**
 * QEMU answers nobody while it waits for its disks to settle, and a backup keeps just those busy: one
 * that takes its time is no failure.
 */
const PATIENCE_MS = 60_000;

export function connectQmp(host: Host, vmid: number): Promise<Qmp> {
  return Qmp.connect(host, vmid, { timeoutMs: PATIENCE_MS });
}

/** One connection for `work`, closed afterwards: QEMU talks to one client at a time. */
export async function withQmp<T>(
  host: Host,
  vmid: number,
  work: (qmp: Qmp) => Promise<T>,
): Promise<T> {
  const qmp = await connectQmp(host, vmid);
  try {
    return await work(qmp);
  } finally {
    qmp.disconnect();
  }
}
