/**
 * A guest that runs and is stopped or paused for a moment, by a backup: the mark that it is to run
 * again, should nobody come to that. It stands from before the guest is told until it runs.
 */
import { bootId } from '../host/boot-id.js';
import type { Host } from '../host/types.js';

/** Beside the mark of the backup itself; survives a power cut, as the lock in the config does. */
const MARKS = '/var/lib/pave/backup';

export interface HeldMark {
  how: 'stopped' | 'paused';
  /** Its QEMU, before; start time in clock ticks, for the number may be another's by now. */
  pid: number;
  ticks: number | undefined;
  /** Of the host: what ran before its last boot is not brought back. */
  boot: string;
  /** Until when it may take to shut down, ms since the epoch; it runs on after that. */
  until: number;
}

function markPath(vmid: number): string {
  return `${MARKS}/${vmid}.held`;
}

/** Gives the function that takes the mark away. */
export function markHeld(
  host: Host,
  vmid: number,
  mark: Pick<HeldMark, 'how' | 'pid' | 'until'>,
): () => void {
  if (host.dryRun) return () => {};
  host.files.mkdir(MARKS);
  const whole: HeldMark = {
    ...mark,
    ticks: host.processes.startTicks(mark.pid),
    boot: bootId(host),
  };
  host.files.write(markPath(vmid), JSON.stringify(whole), { mode: 0o600 });
  return () => void host.files.unlink(markPath(vmid));
}

/** Guests with a mark. */
export function heldGuests(host: Host): number[] {
  return (host.files.list(MARKS) ?? [])
    .flatMap((name) => /^(\d+)\.held$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The mark, where it was set since the host's last boot. */
export function heldMark(host: Pick<Host, 'files'>, vmid: number): HeldMark | undefined {
  try {
    const mark = JSON.parse(host.files.read(markPath(vmid)) ?? 'null') as HeldMark | null;
    return mark !== null && mark.boot === bootId(host) ? mark : undefined;
  } catch {
    // Nobody can make anything of it.
    return undefined;
  }
}

export function forgetHeld(host: Host, vmid: number): void {
  host.files.unlink(markPath(vmid));
}

/** Is that QEMU still the one of the mark? */
export function isSameRun(host: Host, mark: HeldMark, pid: number | undefined): boolean {
  return pid === mark.pid && host.processes.startTicks(pid) === mark.ticks;
}
