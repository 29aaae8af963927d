import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/types.js';
import { checkAffinity, numbersOf } from '../../../src/qemu/command/affinity.js';
import {
  cpuHierarchy,
  cpuLimits,
  groupOf,
  unitProperties,
  writeGroup,
} from '../../../src/qemu/runtime/cpu-limits.js';
import { configuredPages } from '../../../src/qemu/runtime/hugepages.js';
import { qemuWarnings } from '../../../src/qemu/runtime/qemu-warnings.js';

/** A machine that is only its files; what is told to the kernel is kept in order. */
function machine(files: Record<string, string>, root = ''): { host: Host; told: string[] } {
  const told: string[] = [];
  const host = {
    root,
    files: {
      read: (path: string) => files[path],
      exists: (path: string) => path in files,
      mkdir: (path: string) => void told.push(`mkdir ${path}`),
      control: (path: string, text: string) => void told.push(`${path}: ${text}`),
    },
  };
  return { host: host as unknown as Host, told };
}

const HYBRID = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`;
const UNIFIED = 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n';

describe('CPU limits', () => {
  it('are found in the hierarchy that has the controller', () => {
    expect(cpuHierarchy(machine({ '/proc/self/mounts': HYBRID }).host)).toEqual({
      version: 1,
      mount: '/sys/fs/cgroup/cpu,cpuacct',
    });
    const unified = {
      '/proc/self/mounts': UNIFIED,
      '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io\n',
    };
    expect(cpuHierarchy(machine(unified).host)).toEqual({ version: 2, mount: '/sys/fs/cgroup' });
    const without = {
      '/proc/self/mounts': UNIFIED,
      '/sys/fs/cgroup/cgroup.controllers': 'cpuset io\n',
    };
    expect(cpuHierarchy(machine(without).host)).toBeUndefined();
    expect(
      cpuHierarchy(machine({ '/proc/self/mounts': 'tmpfs / tmpfs rw 0 0\n' }).host),
    ).toBeUndefined();
  });

  it('are the options, within what the hierarchy takes', () => {
    const values = new Map([
      ['cpulimit', '1.5'],
      ['cpuunits', '50000'],
    ]);
    expect(cpuLimits(values, 1)).toEqual({ cpus: 1.5, weight: 50000 });
    expect(cpuLimits(values, 2)).toEqual({ cpus: 1.5, weight: 10000 });
    expect(
      cpuLimits(
        new Map([
          ['cpulimit', '0'],
          ['cpuunits', '1'],
        ]),
        1,
      ),
    ).toEqual({
      cpus: undefined,
      weight: 2,
    });
    expect(cpuLimits(new Map(), 2)).toEqual({ cpus: undefined, weight: undefined });
  });

  it('are properties of a unit; an empty one resets', () => {
    expect(unitProperties({ cpus: 0.5, weight: 300 }, 2)).toEqual([
      'CPUQuota=50%',
      'CPUWeight=300',
    ]);
    expect(unitProperties({ cpus: undefined, weight: undefined }, 1)).toEqual([
      'CPUQuota=',
      'CPUShares=',
    ]);
  });

  it('are written to a group of the old and of the unified hierarchy', () => {
    const old = machine({ '/proc/self/mounts': HYBRID });
    writeGroup(old.host, { version: 1, mount: '/cg' }, 100, { cpus: 0.25, weight: undefined });
    expect(old.told).toEqual([
      'mkdir /cg/qemu.slice',
      'mkdir /cg/qemu.slice/100.scope',
      '/cg/qemu.slice/100.scope/cpu.cfs_period_us: 100000',
      '/cg/qemu.slice/100.scope/cpu.cfs_quota_us: 25000',
      '/cg/qemu.slice/100.scope/cpu.shares: 1024',
    ]);
    const unified = machine({ '/cg/cgroup.subtree_control': 'io cpu\n' });
    writeGroup(unified.host, { version: 2, mount: '/cg' }, 100, { cpus: undefined, weight: 77 });
    expect(unified.told).toEqual([
      'mkdir /cg/qemu.slice',
      '/cg/qemu.slice/cgroup.subtree_control: +cpu',
      'mkdir /cg/qemu.slice/100.scope',
      '/cg/qemu.slice/100.scope/cpu.max: max 100000',
      '/cg/qemu.slice/100.scope/cpu.weight: 77',
    ]);
  });

  it('of nodes below different roots do not meet', () => {
    const hierarchy = { version: 1, mount: '/cg' } as const;
    const [a, b] = ['/a', '/b'].map((root) => groupOf(machine({}, root).host, hierarchy, 100));
    expect(a).toMatch(/^\/cg\/qemu\.slice\/100-[0-9a-f]{8}\.scope$/);
    expect(a).not.toBe(b);
  });
});

describe('CPU lists', () => {
  it('are numbers and ranges', () => {
    expect([...numbersOf('0-2,5\n')]).toEqual([0, 1, 2, 5]);
    expect([...numbersOf('')]).toEqual([]);
  });

  it('name only CPUs the host has', () => {
    expect(() => checkAffinity('0-1', new Set([0, 1]))).not.toThrow();
    expect(() => checkAffinity('1-3', new Set([0, 1]))).toThrow(
      'affinity: this host has no CPU 2, 3',
    );
  });
});

describe('huge pages kept at boot', () => {
  const pages = (cmdline: string, size: number) =>
    configuredPages(machine({ '/proc/cmdline': cmdline }).host, size);
  it('are read from the kernel command line', () => {
    expect(pages('quiet', 2)).toBe(0);
    expect(pages('hugepages=64 quiet', 2)).toBe(64);
    expect(pages('hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=512\n', 1024)).toBe(4);
    expect(pages('hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=512\n', 2)).toBe(512);
  });
});

describe('what QEMU warned of', () => {
  it('is one line for all a processor lacks, and each other warning once', () => {
    const said = [
      "qemu-system-x86_64: warning: TCG doesn't support requested feature: CPUID.01H:ECX.pcid [bit 17]",
      "qemu-system-x86_64: warning: TCG doesn't support requested feature: CPUID.07H:EBX.avx512f [bit 16]",
      "qemu-system-x86_64: warning: TCG doesn't support requested feature: CPUID.01H:ECX.pcid [bit 17]",
      'qemu-system-x86_64: warning: something else',
      'qemu-system-x86_64: warning: something else',
      '',
    ].join('\n');
    expect(qemuWarnings(said)).toEqual([
      'cpu: this host cannot give the guest what its model promises: avx512f, pcid',
      'something else',
    ]);
    expect(qemuWarnings('')).toEqual([]);
  });
});
