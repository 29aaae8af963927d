/**
 * How much CPU time a VM gets: `cpulimit` and `cpuunits`. With systemd they are properties of its
 * unit; without, a control group of its own below the mounted hierarchy, made when a limit is set
 * and removed after the VM's end. Source of the numbers: vm_start_nolock, CGroup.pm of the original.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { GuestContext } from '../../guest/load.js';
import type { Platform } from '../../host/platform-types.js';
import { rootTag } from '../../host/root-tag.js';
import type { Host } from '../../host/types.js';
import type { Companion } from './companions.js';
import { runFile } from './state.js';

export interface CpuLimits {
  /** CPUs it may keep busy, e.g. 0.5; undefined: any number. */
  cpus: number | undefined;
  /** Its share against others, in the hierarchy's own unit; undefined: the default. */
  weight: number | undefined;
}

/** `version`: of the hierarchy that has the CPU controller; the ranges of weights differ. */
export function cpuLimits(values: ReadonlyMap<string, string>, version: 1 | 2): CpuLimits {
  const limit = Number(values.get('cpulimit') ?? 0);
  const units = values.get('cpuunits');
  return {
    cpus: limit > 0 ? limit : undefined,
    weight: units === undefined ? undefined : clampWeight(Number(units), version),
  };
}

function clampWeight(units: number, version: 1 | 2): number {
  return version === 2 ? Math.min(Math.max(units, 1), 10_000) : Math.max(units, 2);
}

/** Properties of a VM's unit; an empty value is systemd's word for its default. */
export function unitProperties(limits: CpuLimits, version: 1 | 2): string[] {
  const quota = limits.cpus === undefined ? '' : `${Math.round(limits.cpus * 100)}%`;
  return [
    `CPUQuota=${quota}`,
    `${version === 2 ? 'CPUWeight' : 'CPUShares'}=${limits.weight ?? ''}`,
  ];
}

export interface Hierarchy {
  version: 1 | 2;
  /** Where it is mounted. */
  mount: string;
}

/** The hierarchy with the CPU controller; undefined where there is none. */
export function cpuHierarchy(host: Host): Hierarchy | undefined {
  let unified: string | undefined;
  for (const line of (host.files.read('/proc/self/mounts') ?? '').split('\n')) {
    const [, mount, type, options] = line.split(' ');
    if (type === 'cgroup' && options?.split(',').includes('cpu'))
      return { version: 1, mount: mount! };
    if (type === 'cgroup2') unified ??= mount;
  }
  if (unified === undefined) return undefined;
  const has = (host.files.read(`${unified}/cgroup.controllers`) ?? '').trim().split(' ');
  return has.includes('cpu') ? { version: 2, mount: unified } : undefined;
}

/** Folder of a VM's group, as the original's unit would have it. */
export function groupOf(host: Host, hierarchy: Hierarchy, vmid: number): string {
  return `${hierarchy.mount}/qemu.slice/${vmid}${rootTag(host.root)}.scope`;
}

/**
 * Makes the group, or changes the one that is there.
 * @throws PaveError that names the option where this host cannot limit
 */
export function writeGroup(host: Host, hierarchy: Hierarchy, vmid: number, limits: CpuLimits) {
  const group = groupOf(host, hierarchy, vmid);
  const slice = `${hierarchy.mount}/qemu.slice`;
  try {
    host.files.mkdir(slice);
    if (hierarchy.version === 2)
      for (const parent of [hierarchy.mount, slice]) delegateCpu(host, parent);
    host.files.mkdir(group);
    for (const [file, text] of settings(limits, hierarchy.version))
      host.files.control(`${group}/${file}`, text);
  } catch (error) {
    const option = limits.cpus === undefined ? 'cpuunits' : 'cpulimit';
    throw new PaveError(
      `${option}: this host's control groups cannot be used: ${messageOf(error)}`,
      {
        hint: 'remove the option, or let the groups be writable (a container needs them delegated)',
        cause: error,
      },
    );
  }
}

function delegateCpu(host: Host, parent: string): void {
  const file = `${parent}/cgroup.subtree_control`;
  if (!(host.files.read(file) ?? '').split(/\s/).includes('cpu')) host.files.control(file, '+cpu');
}

const PERIOD_US = 100_000;
/** The kernel takes no quota below a millisecond. */
const LEAST_US = 1000;

function settings({ cpus, weight }: CpuLimits, version: 1 | 2): [file: string, text: string][] {
  const quota = cpus === undefined ? undefined : Math.max(LEAST_US, Math.round(cpus * PERIOD_US));
  if (version === 2) {
    return [
      ['cpu.max', `${quota ?? 'max'} ${PERIOD_US}`],
      ['cpu.weight', String(weight ?? 100)],
    ];
  }
  return [
    ['cpu.cfs_period_us', String(PERIOD_US)],
    ['cpu.cfs_quota_us', String(quota ?? -1)],
    ['cpu.shares', String(weight ?? 1024)],
  ];
}

export function hasLimits({ cpus, weight }: CpuLimits): boolean {
  return cpus !== undefined || weight !== undefined;
}

/** @throws PaveError naming the options where the kernel has no controller for the CPU */
function requireHierarchy(host: Host, values: ReadonlyMap<string, string>): Hierarchy {
  const found = cpuHierarchy(host);
  if (found !== undefined) return found;
  const options = ['cpulimit', 'cpuunits'].filter((key) => values.has(key));
  const reason = 'no control group hierarchy with the cpu controller is mounted';
  throw new PaveError(options.map((key) => `${key}: ${reason}`).join('\n') || reason, {
    hint: 'mount -t cgroup2 none /sys/fs/cgroup',
  });
}

/** Joins the group before it becomes QEMU, so that no moment is without limits. */
const JOIN = 'echo 0 >"$1" && shift && exec "$@"';

/** What to put in front of QEMU's command so that it runs in the VM's group; nothing where it has none. */
export function joinGroup(host: Host, vmid: number, platform: Platform): string[] {
  if (platform.systemd) return [];
  const hierarchy = cpuHierarchy(host);
  if (hierarchy === undefined) return [];
  const group = groupOf(host, hierarchy, vmid);
  if (!host.files.exists(group)) return [];
  return ['/bin/sh', '-c', JOIN, 'join', `${group}/cgroup.procs`];
}

/** Without systemd: the group. */
export const cpuGroup: Companion = {
  what: 'the control group',
  prepare({ host }, { vmid, values, platform }) {
    if (platform.systemd) return;
    const wanted = hasLimits(cpuLimits(values, 2));
    if (!wanted) return;
    const hierarchy = requireHierarchy(host, values);
    host.files.write(runFile(vmid, 'cgroup'), '');
    writeGroup(host, hierarchy, vmid, cpuLimits(values, hierarchy.version));
  },
  async remove({ host }, vmid) {
    if (!host.files.exists(runFile(vmid, 'cgroup'))) return;
    const hierarchy = cpuHierarchy(host);
    if (hierarchy !== undefined) await removeGroup(host, groupOf(host, hierarchy, vmid));
    host.files.unlink(runFile(vmid, 'cgroup'));
  },
};

/** A process that just ended may hold its group for a moment. */
async function removeGroup(host: Host, group: string): Promise<void> {
  if (host.dryRun) return host.note('change', `rmdir ${group}`);
  const end = host.clock.monotonic() + 20_000;
  for (;;) {
    try {
      host.files.rmdir(group);
      return;
    } catch (error) {
      if (host.clock.monotonic() >= end) throw error;
      await host.clock.sleep(50);
    }
  }
}

/** Changes the limits of a running VM; takes effect at once. @throws PaveError */
export async function applyLimits(
  ctx: GuestContext,
  vmid: number,
  pid: number,
  values: ReadonlyMap<string, string>,
  platform: Platform,
): Promise<void> {
  const { host } = ctx;
  const hierarchy = requireHierarchy(host, values);
  const limits = cpuLimits(values, hierarchy.version);
  if (platform.systemd) {
    const properties = unitProperties(limits, hierarchy.version);
    await host.run(['systemctl', 'set-property', '--runtime', unitName(vmid), ...properties], {
      effect: 'change',
    });
    return;
  }
  const group = groupOf(host, hierarchy, vmid);
  const isThere = host.files.exists(group);
  if (!isThere && !hasLimits(limits)) return;
  host.files.write(runFile(vmid, 'cgroup'), '');
  writeGroup(host, hierarchy, vmid, limits);
  if (!isThere) host.files.control(`${group}/cgroup.procs`, String(pid));
}

export function unitName(vmid: number): string {
  return `pave-vm-${vmid}.service`;
}
