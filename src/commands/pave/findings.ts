import { allJobs } from '../../backup/jobs/all.js';
import { schedulerState } from '../../backup/jobs/service.js';
import { installLine } from '../../host/packages.js';
import type { Platform } from '../../host/platform-types.js';
import type { Context } from '../define.js';
import { guestFindings } from './guest-findings.js';

export interface Finding {
  name: string;
  /** limited: it works, with less; missing: it is not there. */
  state: 'ok' | 'limited' | 'missing';
  /** Without it no guest can be run. */
  required: boolean;
  detail: string;
  /** What a person can type to set it right. */
  fix?: string;
}

/** Programs, what they are for, and whether nothing goes without them. */
const PROGRAMS: readonly [program: string, purpose: string, required?: true][] = [
  ['qemu-img', 'disk images', true],
  ['flock', 'locks', true],
  ['ip', 'network interfaces of guests', true],
  ['nbdcopy', 'fast copies of disks and backups'],
  ['socat', 'qm terminal'],
  ['genisoimage', 'cloud-init drives'],
  ['swtpm', 'TPMs of guests'],
  ['swtpm_setup', 'making a TPM at its first start'],
  ['zstd', 'compressed backups'],
  ['lzop', 'backups compressed with lzo'],
  ['nft', 'NAT networks (pave network nat)'],
  ['dnsmasq', 'addresses and names in NAT networks'],
  ['nbdfuse', 'single files out of backups'],
  ['mdir', 'single files out of backups, from FAT'],
  ['guestfish', 'single files out of backups, from xfs, btrfs, ntfs and LVM'],
  ['pigz', 'backups compressed with gzip by several threads'],
  ['sendmail', 'mail about backups'],
  ['ssh', 'other nodes'],
];

/** What the machine can do and what it lacks, in the order a person wants to read it. */
export function findingsOf(ctx: Context, platform: Platform): Finding[] {
  return [
    machine(platform),
    ...qemu(platform),
    kvm(platform),
    {
      name: 'io_uring',
      state: platform.ioUring ? 'ok' : 'limited',
      required: false,
      detail: platform.ioUring
        ? 'usable'
        : 'the kernel refuses it: disks use the thread pool (aio=threads)',
    },
    supervision(platform),
    ...PROGRAMS.map(([program, purpose, required]) => ({
      name: program,
      required: required ?? false,
      ...programState(ctx, program, purpose),
    })),
    ...guestFindings(ctx),
    novnc(ctx),
    virtiofsd(ctx),
    ...clusterStore(ctx),
    bridges(ctx),
    ...backupJobs(ctx),
  ];
}

/** Neither of its two kinds lies on PATH; the older one is part of Debian 12's QEMU. */
function virtiofsd({ host }: Context): Finding {
  const places = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd'];
  const path = host.which('virtiofsd') ?? places.find((place) => host.files.executable(place));
  const found = { name: 'virtiofsd', required: false };
  if (path !== undefined) return { ...found, state: 'ok', detail: `shared folders (${path})` };
  const old = /^12\b/.test(host.files.read('/etc/debian_version') ?? '');
  const fix = old ? 'apt install qemu-system-common' : installLine('virtiofsd')!;
  return { ...found, state: 'missing', detail: 'not installed: shared folders', fix };
}

/** A folder of files, not a program. */
function novnc(ctx: Context): Finding {
  const there = ctx.host.files.exists('/usr/share/novnc/vnc.html');
  return {
    name: 'noVNC',
    state: there ? 'ok' : 'missing',
    required: false,
    detail: there ? 'pave console (/usr/share/novnc)' : 'not installed: pave console',
    ...(there ? {} : { fix: 'apt install novnc' }),
  };
}

function machine(platform: Platform): Finding {
  const gib = (platform.memory / 2 ** 30).toFixed(1);
  return {
    name: 'machine',
    state: 'ok',
    required: false,
    detail: `${platform.arch}, ${platform.cpus} CPUs (${platform.cpuVendor}), ${gib} GiB, Linux ${platform.kernel}`,
  };
}

function qemu(platform: Platform): Finding[] {
  const own = platform.arch === 'aarch64' ? 'aarch64' : 'x86_64';
  const findings: Finding[] = [];
  for (const arch of ['x86_64', 'aarch64'] as const) {
    const info = platform.qemu[arch];
    const name = `qemu-system-${arch}`;
    if (info !== undefined) {
      const flavour = info.flavour === 'pve' ? "Proxmox's build" : 'stock';
      const detail = `${info.version.join('.')}, ${flavour}, ${info.binary}`;
      findings.push({ name, state: 'ok', required: arch === own, detail });
    } else if (arch === own) {
      const detail = 'not installed: no guest can run';
      findings.push({ name, state: 'missing', required: true, detail, ...fixFor(name) });
    }
  }
  return findings;
}

function kvm(platform: Platform): Finding {
  if (platform.kvm === 'usable') {
    return { name: 'KVM', state: 'ok', required: false, detail: 'a test guest ran' };
  }
  return {
    name: 'KVM',
    state: 'limited',
    required: false,
    detail: `${platform.kvmReason ?? 'not usable'}; guests run under software emulation (kvm: 0)`,
    ...(platform.kvm === 'none'
      ? {
          fix: 'enable virtualisation in the firmware, then: modprobe kvm_intel || modprobe kvm_amd',
        }
      : {}),
  };
}

function supervision(platform: Platform): Finding {
  return {
    name: 'supervision',
    state: 'ok',
    required: false,
    detail: `${platform.systemd ? 'systemd units' : 'no systemd: a waiting shell per guest'}, cgroup ${platform.cgroup}`,
  };
}

function programState(
  ctx: Context,
  program: string,
  purpose: string,
): Pick<Finding, 'state' | 'detail' | 'fix'> {
  const path = ctx.host.which(program);
  if (path !== undefined) return { state: 'ok', detail: `${purpose} (${path})` };
  return { state: 'missing', detail: `not installed: ${purpose}`, ...fixFor(program) };
}

function fixFor(program: string): { fix?: string } {
  const fix = installLine(program);
  return fix === undefined ? {} : { fix };
}

/** Only where there are jobs: who has none needs no scheduler. */
function backupJobs(ctx: Context): Finding[] {
  const jobs = allJobs(ctx.store).filter(({ enabled }) => enabled);
  if (jobs.length === 0) return [];
  const runs = schedulerState(ctx.host) === 'running';
  const finding: Finding = {
    name: 'backup jobs',
    state: runs ? 'ok' : 'limited',
    required: false,
    detail: `${jobs.length}, ${runs ? 'run by the scheduler' : 'but nothing runs them'}`,
  };
  return [runs ? finding : { ...finding, fix: 'pvescheduler start' }];
}

function clusterStore(ctx: Context): Finding[] {
  const { host, store } = ctx;
  const name = '/etc/pve';
  const laidOut = store.exists(`nodes/${host.node}`);
  if (!store.quorate()) {
    const detail = 'the cluster has no quorum: nothing can be changed';
    return [{ name, state: 'limited', required: false, detail, fix: 'pvecm status' }];
  }
  const kind = host.files.exists('/etc/pve/.version')
    ? 'cluster file system'
    : 'folder of this node';
  const detail = laidOut ? `${kind}, node ${host.node}` : 'laid out with the first change';
  const findings: Finding[] = [{ name, state: 'ok', required: false, detail }];
  if (!(host.files.read('/etc/group') ?? '').includes('\nwww-data:')) {
    findings.push({
      name: 'group www-data',
      state: 'limited',
      required: false,
      detail: "not there: /etc/pve belongs to root's group",
      fix: 'groupadd --system www-data',
    });
  }
  return findings;
}

function bridges(ctx: Context): Finding {
  const { files } = ctx.host;
  const names = (files.list('/sys/class/net') ?? [])
    .filter((name) => files.exists(`/sys/class/net/${name}/bridge`))
    .sort();
  if (names.length > 0) {
    return { name: 'bridges', state: 'ok', required: false, detail: names.join(', ') };
  }
  return {
    name: 'bridges',
    state: 'limited',
    required: false,
    detail: 'there is none: guests with a bridge in their config do not start',
    fix: 'pave network nat vmbr1 --dhcp',
  };
}
