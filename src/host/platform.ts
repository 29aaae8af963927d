import { type KvmState, testKvm } from './kvm.js';
import { fileStamp, type Remembered, recall, remember } from './platform-cache.js';
import type { Platform, QemuInfo } from './platform-types.js';
import type { Host } from './types.js';

type GuestArch = keyof Platform['qemu'];

const EMULATORS: readonly GuestArch[] = ['x86_64', 'aarch64', 'i386'];

/** What a guest start may need besides QEMU. */
const TOOLS = [
  ...['qemu-img', 'qemu-nbd', 'qemu-io', 'nbdcopy', 'ip', 'bridge', 'socat', 'flock', 'setsid'],
  ...['systemd-run', 'systemctl', 'swtpm', 'swtpm_setup', 'genisoimage', 'xorriso', 'virtiofsd'],
  ...['ssh', 'zstd', 'lzop', 'gzip', 'tar', 'mkfs.ext4', 'dnsmasq', 'nft'],
];

/** A KVM that failed may be set right without a reboot: it is tried again after an hour. */
const KVM_RETRY_S = 3600;

export interface ProbeOptions {
  /** Find out whether KVM really runs a guest, where no earlier command did (up to 3 s). */
  kvm?: boolean;
  /** Forget what earlier commands found out. */
  fresh?: boolean;
}

/**
 * What this machine can do. Reading files takes about a millisecond; what needs a program to run
 * (QEMU's version, io_uring, KVM) is found out once a boot. Without `kvm` an untested KVM is
 * `present`.
 */
export async function probePlatform(host: Host, options: ProbeOptions = {}): Promise<Platform> {
  const kept = recall(host);
  const known: Remembered = options.fresh ? { machine: kept.machine, qemu: {} } : kept;
  const before = JSON.stringify(known);
  const qemu = await probeQemu(host, known);
  const ioUring = await probeIoUring(host, known);
  const arch = archOf();
  const kvm = await kvmState(host, known, qemu[arch as GuestArch], options.kvm ?? false);
  if (JSON.stringify(known) !== before || options.fresh) remember(host, known);

  const cpuinfo = host.files.read('/proc/cpuinfo') ?? '';
  return {
    arch,
    cpus: cpuinfo.match(/^processor\s*:/gm)?.length ?? 1,
    memory:
      Number(/^MemTotal:\s+(\d+)/m.exec(host.files.read('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024,
    kernel: (host.files.read('/proc/sys/kernel/osrelease') ?? '').trim(),
    qemu,
    ...kvm,
    cpuVendor: vendorOf(cpuinfo, arch),
    systemd: runsSystemd(host),
    cgroup: cgroupOf(host.files.read('/proc/self/mounts') ?? ''),
    ioUring,
    tools: findWhenAsked(host),
  };
}

/** Whether KVM runs guests: `usable`, or why not. */
export async function probeKvm(host: Host, options: { fresh?: boolean } = {}): Promise<KvmState> {
  const { kvm, kvmReason } = await probePlatform(host, { ...options, kvm: true });
  return kvmReason === undefined ? { kvm } : { kvm, kvmReason };
}

/** Is systemd pid 1? */
export function runsSystemd(host: Host): boolean {
  return (host.files.read('/proc/1/comm') ?? '').trim() === 'systemd';
}

/** A search of PATH for each of them would be the larger part of a quick command's system calls. */
function findWhenAsked(host: Host): Platform['tools'] {
  const tools = {};
  for (const tool of TOOLS)
    Object.defineProperty(tools, tool, { enumerable: true, get: () => host.which(tool) });
  return tools;
}

/** Of the machine, as QEMU spells it. */
function archOf(): string {
  return { x64: 'x86_64', arm64: 'aarch64', ia32: 'i386' }[process.arch as string] ?? process.arch;
}

async function probeQemu(host: Host, known: Remembered): Promise<Platform['qemu']> {
  const found: Platform['qemu'] = {};
  for (const arch of EMULATORS) {
    const binary = host.which(`qemu-system-${arch}`);
    const stamp = binary === undefined ? undefined : fileStamp(host, binary);
    if (binary === undefined || stamp === undefined) continue;
    let entry = known.qemu[binary];
    if (entry?.stamp !== stamp) {
      const { stdout } = await host.run([binary, '--version'], { effect: 'read' });
      const info = qemuInfo(binary, stdout);
      if (info === undefined) continue;
      entry = { stamp, info };
      known.qemu[binary] = entry;
    }
    found[arch] = entry.info;
  }
  return found;
}

/** From `QEMU emulator version 10.1.2 (pve-qemu-kvm_10.1.2-1)`. */
export function qemuInfo(binary: string, versionText: string): QemuInfo | undefined {
  const match = /version (\d+)\.(\d+)(?:\.(\d+))?/.exec(versionText);
  if (match === null) return undefined;
  return {
    binary,
    version: [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)],
    flavour: /\(pve-qemu/.test(versionText) ? 'pve' : 'stock',
  };
}

/** It takes some 10 ms; a machine with very much to do needs seconds. */
const IO_URING_MS = 30_000;

/** The kernel may have it and a container's filter refuse it: so a disk is read through it. */
async function probeIoUring(host: Host, known: Remembered): Promise<boolean> {
  if (known.ioUring !== undefined) return known.ioUring;
  const setting = (host.files.read('/proc/sys/kernel/io_uring_disabled') ?? '0').trim();
  if (setting === '2') return false;
  if (host.which('qemu-io') === undefined || host.dryRun || host.uid !== 0) return setting === '0';
  const file = `/run/pave/test-io.${host.processes.self}`;
  host.files.mkdir('/run/pave');
  host.files.write(file, new Uint8Array(4096));
  try {
    const result = await host.run(
      ['qemu-io', '-f', 'raw', '-i', 'io_uring', '-c', 'read 0 512', host.path(file)],
      { effect: 'read', allowExit: 'any', timeoutMs: IO_URING_MS },
    );
    known.ioUring = result.code === 0 && result.stdout.includes('read 512/512');
    return known.ioUring;
  } catch (error) {
    // No reason to fail: threads do for this once, and the next command asks again.
    if (error instanceof Error && 'timedOut' in error && error.timedOut) return false;
    throw error;
  } finally {
    host.files.unlink(file);
  }
}

async function kvmState(
  host: Host,
  known: Remembered,
  qemu: QemuInfo | undefined,
  ask: boolean,
): Promise<KvmState> {
  if (!host.files.exists('/dev/kvm')) {
    return { kvm: 'none', kvmReason: '/dev/kvm does not exist' };
  }
  const stamp = qemu === undefined ? 'no QEMU' : `${fileStamp(host, qemu.binary)}`;
  const now = Math.floor(host.clock.now() / 1000);
  const kept = known.kvm;
  if (kept?.stamp === stamp && (kept.kvm === 'usable' || now - kept.at < KVM_RETRY_S)) {
    const { kvm, kvmReason } = kept;
    return kvmReason === undefined ? { kvm } : { kvm, kvmReason };
  }
  if (!ask || host.dryRun || host.uid !== 0) return { kvm: 'present', kvmReason: 'not tested yet' };
  const state = await testKvm(host, qemu);
  known.kvm = { ...state, stamp, at: now };
  return state;
}

function vendorOf(cpuinfo: string, arch: string): Platform['cpuVendor'] {
  if (arch === 'aarch64') return 'arm';
  const vendor = /^vendor_id\s*:\s*(\S+)/m.exec(cpuinfo)?.[1];
  if (vendor === 'GenuineIntel') return 'intel';
  return vendor === 'AuthenticAMD' || vendor === 'HygonGenuine' ? 'amd' : 'unknown';
}

/** From the mounts: only the unified hierarchy, only the old ones, or both. */
export function cgroupOf(mounts: string): Platform['cgroup'] {
  const types = new Set(mounts.split('\n').map((line) => line.split(' ')[2]));
  if (types.has('cgroup')) return types.has('cgroup2') ? 'hybrid' : 'v1';
  return types.has('cgroup2') ? 'v2' : 'none';
}
