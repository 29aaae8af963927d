/**
 * Which VM holds which PCI device, in the original's file: `<address> <vmid> time:<epoch>|pid:<pid>`.
 * A start that was killed loses its claim when its time is over, a VM when its process is gone.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { RUN_DIR, runningPid } from '../runtime/state.js';

const FILE = `${RUN_DIR}/pci-id-reservations`;

interface Reservation {
  vmid: number;
  /** Seconds since the epoch until which it holds. */
  time?: number;
  pid?: number;
}

function read(host: Host): Map<string, Reservation> {
  const found = new Map<string, Reservation>();
  for (const line of (host.files.read(FILE) ?? '').split('\n')) {
    const match = /^([0-9a-f:.]+)\s(\d+)\s(time|pid):(\d+)$/.exec(line);
    if (match !== null)
      found.set(match[1]!, { vmid: Number(match[2]), [match[3]!]: Number(match[4]) });
  }
  return found;
}

function write(host: Host, reservations: ReadonlyMap<string, Reservation>): void {
  const lines = [...reservations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { vmid, time, pid }]) =>
      pid === undefined ? `${id} ${vmid} time:${time}\n` : `${id} ${vmid} pid:${pid}\n`,
    );
  host.files.mkdir(RUN_DIR);
  host.files.write(FILE, lines.join(''));
}

function holds(host: Host, { vmid, time, pid }: Reservation): boolean {
  if (pid !== undefined) return runningPid(host, vmid) === pid;
  return time !== undefined && time > Math.floor(host.clock.now() / 1000);
}

/** Addresses that other VMs hold now. */
export function reservedByOthers(host: Host, vmid: number): Set<string> {
  return new Set(
    [...read(host)].filter(([, held]) => held.vmid !== vmid && holds(host, held)).map(([id]) => id),
  );
}

/** Addresses of a VM's last run, whether it still runs or not. */
export function reservedBy(host: Host, vmid: number): string[] {
  return [...read(host)].filter(([, held]) => held.vmid === vmid).map(([id]) => id);
}

async function change(host: Host, edit: (held: Map<string, Reservation>) => void): Promise<void> {
  const lock = await host.lock(`${FILE}.lock`, { timeoutS: 5 });
  try {
    const held = read(host);
    edit(held);
    write(host, held);
  } finally {
    lock.release();
  }
}

/** Claims devices for a start, or for the process that runs by now. @throws PaveError naming who has one */
export async function reserve(
  host: Host,
  vmid: number,
  ids: readonly string[],
  until: { seconds: number } | { pid: number },
): Promise<void> {
  if (ids.length === 0) return;
  await change(host, (held) => {
    for (const id of ids) {
      const other = held.get(id);
      if (other !== undefined && other.vmid !== vmid && holds(host, other)) {
        throw new PaveError(
          other.pid === undefined
            ? `PCI device '${id}' is currently reserved for use by VMID '${other.vmid}'`
            : `PCI device '${id}' already in use by VMID '${other.vmid}'`,
        );
      }
      held.set(
        id,
        'pid' in until
          ? { vmid, pid: until.pid }
          : { vmid, time: Math.floor(host.clock.now() / 1000) + until.seconds + 5 },
      );
    }
  });
}

/** Gives up all claims of a VM. */
export async function release(host: Host, vmid: number): Promise<void> {
  if (reservedBy(host, vmid).length === 0) return;
  await change(host, (held) => {
    for (const [id, { vmid: holder }] of held) if (holder === vmid) held.delete(id);
  });
}
