/** What `qm list` and `qm status` tell of a VM. Source of the fields: vmstatus of the original. */
import { scanGuestConfig } from '../../config/guest-scan.js';
import type { Host } from '../../host/types.js';
import { formatlessSize } from './sizes.js';
import { processFacts, runningPid } from './state.js';

export interface VmStatus {
  vmid: number;
  name: string;
  status: 'running' | 'stopped';
  /** Of QEMU, where it was asked. */
  qmpstatus?: string;
  pid?: number;
  cpus: number;
  cpu: number;
  /** Bytes. */
  maxmem: number;
  mem: number;
  maxdisk: number;
  disk: number;
  diskread?: number;
  diskwrite?: number;
  netin: number;
  netout: number;
  /** Seconds. */
  uptime: number;
  lock?: string;
  tags?: string;
  template?: 1;
  serial?: 1;
  balloon_min?: number;
  shares?: number;
  [more: string]: unknown;
}

const KEYS = [
  'name',
  'memory',
  'balloon',
  'shares',
  'sockets',
  'cores',
  'vcpus',
  'lock',
  'tags',
  'template',
  'boot',
  'bootdisk',
  '(?:ide|scsi|virtio|sata)\\d+',
  'serial\\d+',
];

const DEFAULT_MEMORY = 512;

/** From the config's text and /proc only: cheap enough for a thousand VMs. */
export function quickStatus(
  host: Host,
  vmid: number,
  text: string,
  maybeRunning: boolean,
): VmStatus {
  const values = scanGuestConfig(text, KEYS);
  const number = (key: string, otherwise: number) => Number(values.get(key) ?? otherwise);
  const pid = maybeRunning ? runningPid(host, vmid) : undefined;
  const facts = pid === undefined ? undefined : processFacts(host, pid);
  const memory = Number(
    /(?:^|current=|,)(\d+)/.exec(values.get('memory') ?? '')?.[1] ?? DEFAULT_MEMORY,
  );
  const mib = 1024 * 1024;
  const balloon = number('balloon', 0);
  const lock = values.get('lock');
  const tags = values.get('tags');
  return {
    vmid,
    name: values.get('name') ?? `VM ${vmid}`,
    status: pid === undefined ? 'stopped' : 'running',
    ...(pid === undefined ? {} : { pid }),
    cpus: values.has('vcpus') ? number('vcpus', 1) : number('sockets', 1) * number('cores', 1),
    cpu: 0,
    maxmem: memory * mib,
    mem: facts?.memory ?? 0,
    maxdisk: bootDiskSize(values),
    disk: 0,
    netin: 0,
    netout: 0,
    uptime: facts?.uptime ?? 0,
    ...(balloon > 0 ? { balloon_min: balloon * mib, shares: number('shares', 1000) } : {}),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(isTrue(values.get('template')) ? { template: 1 as const } : {}),
    ...([...values.keys()].some((key) => key.startsWith('serial')) ? { serial: 1 as const } : {}),
  };
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}

/** Bytes of the first disk the VM boots from, as the config says; 0 where it says nothing. */
function bootDiskSize(values: ReadonlyMap<string, string>): number {
  const boot = values.get('boot');
  const order = boot === undefined ? undefined : /(?:^|,)order=([^,]*)/.exec(boot)?.[1];
  const bootdisk = values.get('bootdisk');
  const devices =
    order === undefined ? (bootdisk === undefined ? [] : [bootdisk]) : order.split(/[;\s]+/);
  for (const device of devices) {
    const drive = values.get(device);
    if (drive === undefined || /(?:^|,)media=cdrom/.test(drive)) continue;
    return formatlessSize(/(?:^|,)size=([^,]+)/.exec(drive)?.[1]);
  }
  return 0;
}

/** Adds the traffic of the VMs' taps; seen from the host, so in and out change places. */
export function addTraffic(host: Host, statuses: ReadonlyMap<number, VmStatus>): void {
  for (const line of (host.files.read('/proc/net/dev') ?? '').split('\n')) {
    const match = /^\s*tap(\d+)i\d+:\s*(.*)$/.exec(line);
    const status = match === null ? undefined : statuses.get(Number(match[1]));
    if (status === undefined) continue;
    const fields = match![2]!.split(/\s+/).map(Number);
    status.netout += fields[0] ?? 0;
    status.netin += fields[8] ?? 0;
  }
}
