/** What only QEMU itself knows of a running VM. */
import type { Host } from '../../host/types.js';
import { withQmp } from '../qmp/client.js';
import type { VmStatus } from './vm-status.js';

interface BlockStats {
  device?: string;
  qdev?: string;
  stats: { rd_bytes: number; wr_bytes: number };
}

/** Asks QEMU; a VM that does not answer keeps its plain status. */
export async function addFullStatus(host: Host, status: VmStatus): Promise<void> {
  status.qmpstatus = status.status;
  if (status.pid === undefined) return;
  try {
    await withQmp(
      host,
      status.vmid,
      async (qmp) => {
        const { status: word } = await qmp.execute<{ status: string }>('query-status');
        status.qmpstatus = word;
        const { qemu } = await qmp.execute<{
          qemu: { major: number; minor: number; micro: number };
        }>('query-version');
        status['running-qemu'] = `${qemu.major}.${qemu.minor}.${qemu.micro}`;
        addBlockStats(status, await qmp.execute<BlockStats[]>('query-blockstats'));
        await addBalloon(status, () => qmp.execute('query-balloon'));
      },
      { timeoutMs: 2000 },
    );
  } catch {
    // Starting, migrating or hung: the process is there, more cannot be said.
  }
}

function addBlockStats(status: VmStatus, stats: BlockStats[]): void {
  const byDrive: Record<string, unknown> = {};
  let read = 0;
  let written = 0;
  for (const entry of stats) {
    read += entry.stats.rd_bytes;
    written += entry.stats.wr_bytes;
    const id = entry.device
      ? entry.device.replace(/^drive-/, '')
      : entry.qdev?.replace(/^.*\/([^/]+)\/virtio-backend$/, '$1');
    if (id) byDrive[id] = entry.stats;
  }
  status.blockstat = byDrive;
  status.diskread = read;
  status.diskwrite = written;
}

async function addBalloon(status: VmStatus, query: () => Promise<unknown>): Promise<void> {
  try {
    const info = (await query()) as { actual: number };
    status.balloon = info.actual;
    status.ballooninfo = info;
  } catch {
    // No balloon device, or no driver for it in the guest.
  }
}
