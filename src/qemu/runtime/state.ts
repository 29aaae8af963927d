/** Is a VM running, and what does it look like from outside? */
import type { Host } from '../../host/types.js';

export const RUN_DIR = '/var/run/qemu-server';

/** A runtime file of a VM, e.g. `pid`, `qmp`, `serial0`. */
export function runFile(vmid: number, what: string): string {
  return `${RUN_DIR}/${vmid}.${what}`;
}

/**
 * Process id of the VM's QEMU on this machine; undefined where it does not run. A left-over pid file
 * does not count: the process must be a QEMU that was started with it, or with the VM's `-id`.
 */
export function runningPid(host: Host, vmid: number): number | undefined {
  const path = runFile(vmid, 'pid');
  const pid = Number(host.files.read(path)?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const argv = host.processes.cmdline(pid);
  if (argv === undefined || argv.length === 0) return undefined;
  const value = (option: string) => argv[argv.indexOf(option) + 1];
  const ours = argv.includes('-pidfile') && value('-pidfile') === host.path(path);
  const byId = argv.includes('-id') && value('-id') === String(vmid);
  return ours || byId ? pid : undefined;
}

/** VMs with a pid file: a quick look, to be checked with `runningPid`. */
export function maybeRunning(host: Host): Set<number> {
  const found = new Set<number>();
  for (const name of host.files.list(RUN_DIR) ?? []) {
    const match = /^(\d+)\.pid$/.exec(name);
    if (match !== null) found.add(Number(match[1]));
  }
  return found;
}

export interface ProcessFacts {
  /** Seconds since the start. */
  uptime: number;
  /** CPU seconds used. */
  cpuSeconds: number;
  /** Bytes of memory it holds on the host. */
  memory: number;
}

const TICKS_PER_SECOND = 100;
const PAGE = 4096;

/** From /proc/<pid>/stat; undefined where the process is gone. */
export function processFacts(host: Host, pid: number): ProcessFacts | undefined {
  const stat = host.files.read(`/proc/${pid}/stat`);
  const uptime = host.files.read('/proc/uptime');
  if (stat === undefined || uptime === undefined) return undefined;
  // The name in parentheses may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = (n: number) => Number(fields[n - 3]);
  return {
    uptime: Math.max(0, Math.floor(Number(uptime.split(' ')[0]) - at(22) / TICKS_PER_SECOND)),
    cpuSeconds: (at(14) + at(15)) / TICKS_PER_SECOND,
    memory: at(24) * PAGE,
  };
}
