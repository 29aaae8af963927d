/** What a config's processor, memory and firmware refer to on this host. Only what it asks for is looked up. */
import type { Host } from '../../host/types.js';
import type { StorageContext } from '../../storage/types.js';
import { numbersOf } from './affinity.js';
import { CPU_MODELS, parseCpuModels } from './custom-cpu.js';
import type { HostFacts, SevCapabilities } from './facts.js';
import { FIRMWARE_DIRS } from './firmware-files.js';

type Values = ReadonlyMap<string, string>;

/**
 * What the command line depends on besides config and volumes; only what this config asks for is
 * looked up.
 */
export function hostFacts(ctx: StorageContext, values: Values): HostFacts {
  const { host } = ctx;
  return {
    ...processorFacts(host),
    ...(/(^|=)custom-/.test(values.get('cpu') ?? '')
      ? { customCpus: parseCpuModels(ctx.store.read(CPU_MODELS) ?? '') }
      : {}),
    ...(values.has('affinity') ? { onlineCpus: onlineCpus(host) } : {}),
    ...(values.has('hugepages') ? { hugepageSizes: hugepageSizes(host) } : {}),
    ...(isNuma(values) ? { numaNodes: numaNodes(host) } : {}),
    ...(values.get('bios') === 'ovmf' ? { firmware: firmwareImages(host) } : {}),
    ...(values.has('amd-sev') ? { sev: sevCapabilities(host) } : {}),
    ...(values.has('intel-tdx') ? { tdx: tdxCapabilities(host) } : {}),
    ...(values.has('rng0') ? { rngSources: rngSources(host) } : {}),
    characterDevices: characterDevices(host, values),
  };
}

function processorFacts(host: Host): HostFacts {
  const text = host.files.read('/proc/cpuinfo') ?? '';
  const bits = /^address sizes\s*:\s*(\d+) bits physical/m.exec(text)?.[1];
  const flags = /^flags\s*:\s*(.*)$/m.exec(text)?.[1];
  return {
    physAddressBits: bits === undefined ? undefined : Number(bits),
    cpuFlags: flags === undefined ? undefined : new Set(flags.split(' ')),
  };
}

export function onlineCpus(host: Host): Set<number> {
  return numbersOf(host.files.read('/sys/devices/system/cpu/online') ?? '');
}

function isNuma(values: Values): boolean {
  return values.has('hugepages') || [...values.keys()].some((key) => /^numa\d+$/.test(key));
}

function numaNodes(host: Host): Set<number> {
  return numbersOf(host.files.read('/sys/devices/system/node/online') ?? '0');
}

/** MiB. */
export function hugepageSizes(host: Host): Set<number> {
  return new Set(
    (host.files.list('/sys/kernel/mm/hugepages') ?? [])
      .map((name) => Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]) / 1024)
      .filter((size) => size > 0),
  );
}

/** Every firmware image of the distribution -> bytes. */
export function firmwareImages(host: Host): Map<string, number> {
  const found = new Map<string, number>();
  for (const dir of FIRMWARE_DIRS) {
    for (const name of host.files.list(dir) ?? []) {
      const stat = name.endsWith('.fd') ? host.files.stat(dir + name) : undefined;
      if (stat !== undefined) found.set(dir + name, stat.size);
    }
  }
  return found;
}

/** What the original's own service finds out at boot, where it runs. */
function knownCapabilities(host: Host): Record<string, unknown> {
  try {
    return JSON.parse(host.files.read('/run/qemu-server/host-hw-capabilities.json') ?? '{}');
  } catch {
    return {};
  }
}

const MEMORY_ENCRYPTION_LEAF = 0x8000001f;

/** CPUID of memory encryption, where the kernel lets it be read; else what /proc/cpuinfo says. */
function sevCapabilities(host: Host): SevCapabilities {
  const known = knownCapabilities(host)['amd-sev'] as SevCapabilities | undefined;
  if (known !== undefined) return known;
  const flags = new Set(
    (/^flags\s*:\s*(.*)$/m.exec(host.files.read('/proc/cpuinfo') ?? '')?.[1] ?? '').split(' '),
  );
  if (!flags.has('sev')) return { 'sev-support': false };
  const leaf = cpuidLeaf(host, MEMORY_ENCRYPTION_LEAF);
  return {
    'sev-support': true,
    'sev-support-es': flags.has('sev_es'),
    'sev-support-snp': flags.has('sev_snp'),
    ...(leaf === undefined
      ? {}
      : { cbitpos: leaf.ebx & 0x3f, 'reduced-phys-bits': (leaf.ebx >> 6) & 0x3f }),
  };
}

function cpuidLeaf(host: Host, leaf: number): { ebx: number } | undefined {
  try {
    const bytes = host.files.readRange('/dev/cpu/0/cpuid', leaf, 16);
    return bytes?.length === 16 ? { ebx: Buffer.from(bytes).readUInt32LE(4) } : undefined;
  } catch {
    return undefined;
  }
}

function tdxCapabilities(host: Host): { 'tdx-support'?: boolean } {
  const known = knownCapabilities(host)['intel-tdx'] as { 'tdx-support'?: boolean } | undefined;
  if (known !== undefined) return known;
  const enabled = host.files.read('/sys/module/kvm_intel/parameters/tdx')?.trim();
  return { 'tdx-support': enabled === 'Y' || enabled === '1' };
}

/** Without hardware behind it /dev/hwrng makes QEMU fail at the guest's first read. */
function rngSources(host: Host): Set<string> {
  const current = host.files.read('/sys/devices/virtual/misc/hw_random/rng_current')?.trim();
  return new Set(
    ['/dev/urandom', '/dev/random', '/dev/hwrng'].filter(
      (path) => host.files.exists(path) && !(path === '/dev/hwrng' && current === 'none'),
    ),
  );
}

function characterDevices(host: Host, values: Values): Set<string> {
  const found = new Set<string>();
  for (const [key, path] of values) {
    if (!/^(serial|parallel)\d+$/.test(key) || !path.startsWith('/')) continue;
    if (host.files.stat(path)?.kind === 'char') found.add(path);
  }
  return found;
}
