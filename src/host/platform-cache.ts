import { bootId } from './boot-id.js';
import type { KvmState } from './kvm.js';
import type { QemuInfo } from './platform-types.js';
import type { Host } from './types.js';

const PATH = '/run/pave/platform.json';

/** What took a program's run to find out. Good until the next boot, or until the programs change. */
export interface Remembered {
  /** Boot id and kernel. */
  machine: string;
  qemu: Record<string, { stamp: string; info: QemuInfo }>;
  ioUring?: boolean;
  /** `at`: seconds since the epoch. */
  kvm?: KvmState & { stamp: string; at: number };
}

/** What earlier commands found out on this boot of the machine. */
export function recall(host: Host): Remembered {
  const machine = machineStamp(host);
  const fresh: Remembered = { machine, qemu: {} };
  try {
    const kept = JSON.parse(host.files.read(PATH) ?? '') as Remembered;
    return kept.machine === machine && typeof kept.qemu === 'object' ? kept : fresh;
  } catch {
    return fresh;
  }
}

/** Keeps it; only a convenience, so that a machine that cannot be written to is none the worse. */
export function remember(host: Host, found: Remembered): void {
  if (host.dryRun || host.uid !== 0) return;
  try {
    host.files.mkdir('/run/pave');
    host.files.write(PATH, `${JSON.stringify(found)}\n`);
  } catch {
    // It is found out anew next time.
  }
}

/** Changes with the file: an upgrade of the program. Undefined where there is none. */
export function fileStamp(host: Host, path: string): string | undefined {
  const stat = host.files.stat(path);
  return stat === undefined ? undefined : `${stat.mtime}:${stat.size}:${stat.ino}`;
}

function machineStamp(host: Host): string {
  const kernel = host.files.read('/proc/sys/kernel/osrelease') ?? '';
  return `${bootId(host)} ${kernel.trim()}`;
}
