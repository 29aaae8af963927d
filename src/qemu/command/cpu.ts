/** The guest's processors: `-cpu` and `-smp`. Source: CPUConfig.pm of the original. */
import { PaveError } from '../../errors.js';
import { cpuFormat } from '../options/cpu.js';
import { foreignToVm } from './cpu-check.js';
import { type CpuFlags, isVmFlag, mergeFlags, parseFlags, printFlags } from './cpu-flags.js';
import { cpuVendorOf, featureLevel, is32Bit, replacedModel } from './cpu-models.js';
import type { Draft } from './draft.js';
import type { CustomCpu } from './facts.js';
import { hypervFlags } from './hyperv.js';

interface CpuConfig extends CustomCpu {
  cputype: string;
}

export interface Processor {
  /** Name QEMU knows. */
  model: string;
  config: CpuConfig | undefined;
  custom: CustomCpu | undefined;
  levelFlags: string | undefined;
}

function truthy(value: unknown): boolean {
  return value !== undefined && value !== '' && String(value) !== '0';
}

/** @throws PaveError for a model that is not defined */
function customModel(draft: Draft, cputype: string): CustomCpu {
  const found = draft.facts.customCpus?.get(cputype.slice('custom-'.length));
  if (found === undefined) {
    throw new PaveError(`Custom cputype '${cputype.slice('custom-'.length)}' not found`, {
      hint: 'define it in /etc/pve/virtual-guest/cpu-models.conf',
    });
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => truthy(value)));
}

function defaultModel(draft: Draft): string {
  if (draft.arch === 'aarch64') return draft.kvm ? 'host' : 'max';
  return draft.kvm ? 'kvm64' : 'qemu64';
}

/** The model behind the config's name. @throws PaveError */
export function processorOf(draft: Draft): Processor {
  const config = draft.properties<CpuConfig>('cpu', cpuFormat);
  if (config === undefined) {
    return { model: defaultModel(draft), config, custom: undefined, levelFlags: undefined };
  }
  if (config.cputype === undefined) throw new PaveError('cpu: CPU is missing cputype');
  const foreign = draft.stock ? foreignToVm({ ...config }) : undefined;
  if (foreign !== undefined) throw new PaveError(`cpu: ${foreign}`);
  const level = featureLevel(config.cputype, draft.arch);
  const custom = config.cputype.startsWith('custom-')
    ? customModel(draft, config.cputype)
    : undefined;
  let model = level?.model ?? config.cputype;
  if (custom !== undefined) model = custom['reported-model'] ?? 'kvm64';
  model = replacedModel(model);
  if (model === 'host' && draft.stock && !draft.kvm) {
    draft.warn("CPU model 'host' needs KVM, using 'max' instead");
    model = 'max';
  }
  return { model, config, custom, levelFlags: level?.flags };
}

/** @throws PaveError where UEFI cannot run on the processor */
export function checkBitness(draft: Draft): void {
  if (draft.input.options?.forceCpu !== undefined || draft.arch === 'aarch64') return;
  const { model, config } = processorOf(draft);
  if (config !== undefined && is32Bit(model))
    throw new PaveError('OVMF (UEFI) BIOS is not supported on 32-bit CPU types');
}

export interface GpuFacts {
  /** A passed-through card wants the guest not to see that it is one. */
  hideKvm: boolean;
  passthrough: boolean;
}

/** `-cpu …` of a VM. @throws PaveError for a model that does not exist */
export function cpuArguments(draft: Draft, gpu: GpuFacts): string[] {
  const forced = draft.input.options?.forceCpu;
  if (forced !== undefined) return ['-cpu', forced];
  const processor = processorOf(draft);
  const { model, config, custom } = processor;
  const vendor = cpuVendorOf(model, draft.arch, draft.native);
  if (vendor === undefined) {
    throw new PaveError(
      `${draft.stock ? 'cpu: ' : ''}CPU model '${model}' does not exist for configured vCPU architecture '${draft.arch}'`,
    );
  }
  const hidden = config?.hidden ?? custom?.hidden;
  const hide = hidden === undefined ? gpu.hideKvm : truthy(hidden);
  const flags = mergeFlags(
    [
      ownFlags(draft, model),
      draft.kvm && draft.arch === 'x86_64'
        ? hypervFlags(draft, gpu.passthrough, config?.['hv-vendor-id'] ?? custom?.['hv-vendor-id'])
        : new Map(),
      parseFlags(processor.levelFlags, 'set by builtin CPU model'),
      parseFlags(custom?.flags, 'set by custom CPU model'),
      parseFlags(config?.flags, 'manually set for VM', isVmFlag),
      forcedFlags(draft, model, vendor, hide),
    ],
    { nested: nestedFlag(draft), warn: (text) => draft.warn(text) },
  );
  const text = `${model}${levelOf(draft, processor)}${printFlags(flags)}`;
  return ['-cpu', text + addressBits(draft, processor, flags)];
}

function nestedFlag(draft: Draft): string | undefined {
  // Emulation knows AMD's way only, whatever the host is.
  if (draft.stock && !draft.kvm && draft.arch === 'x86_64') return 'svm';
  const { cpuFlags } = draft.facts;
  return ['svm', 'vmx'].find((name) => cpuFlags?.has(name));
}

function levelOf(draft: Draft, { config, custom }: Processor): string {
  const level = config?.level ?? custom?.level;
  if (level === undefined) return '';
  if (draft.arch === 'x86_64') return `,level=${level}`;
  draft.warn(`CPU 'level' property is ignored for architecture '${draft.arch}'`);
  return '';
}

/** Features some guests need, whatever the config says of them. */
function ownFlags(draft: Draft, model: string): CpuFlags {
  const flags: CpuFlags = new Map();
  const x86 = draft.arch === 'x86_64';
  const set = (name: string, op: '+' | '-', why: string) =>
    flags.set(name, { op, reason: `set by PVE; ${why}` });
  if (model === 'kvm64' && x86) set('lahf_lm', '+', 'to support Windows 8.1+');
  if (draft.ostype === 'solaris') set('x2apic', '-', 'incompatible with Solaris');
  if (model === 'kvm64' || model === 'kvm32')
    set('sep', '+', 'to support Windows 8+ and improve Windows XP+');
  if (model.startsWith('Opteron')) set('rdtscp', '-', 'broken on AMD Opteron');
  if (draft.guard(2, 3) && draft.kvm && x86) {
    set('kvm_pv_unhalt', '+', 'to improve Linux guest spinlock performance');
    set('kvm_pv_eoi', '+', 'to improve Linux guest interrupt performance');
  }
  if (x86 && draft.qemuAtLeast(11, 0) && draft.windows >= 11) {
    set('cet-ibt', '-', 'to avoid issues with certain Windows configurations like VBS');
    set('cet-ss', '-', 'to avoid issues with certain Windows configurations like VBS');
  }
  if (x86 && draft.qemuAtLeast(11, 0) && model === 'host' && !draft.guard(11, 0))
    set('vmx-mbec', '-', 'for backwards compatibility with older kernel and QEMU');
  return flags;
}

function forcedFlags(draft: Draft, model: string, vendor: string, hide: boolean): CpuFlags {
  const flags: CpuFlags = new Map();
  if (draft.arch !== 'x86_64') return flags;
  if (model !== 'host' && draft.kvm)
    flags.set('enforce', { op: '', reason: 'error if requested CPU settings not available' });
  if (hide)
    flags.set('kvm', { op: '', value: 'off', reason: 'hide KVM virtualization from guest' });
  if (vendor !== 'default')
    flags.set('vendor', { op: '', value: vendor, reason: 'unknown origin' });
  return flags;
}

/** QEMU takes 32 bits up to those of the guest's processor; 40 are its own default. */
function checkGuestBits(draft: Draft, guest: number, given: string | number | undefined): void {
  if (!draft.qemuAtLeast(9, 1))
    throw new PaveError(
      `cpu: guest-phys-bits needs QEMU 9.1, this host has ${draft.qemu.version.join('.')}`,
    );
  const most = given === 'host' ? draft.facts.physAddressBits : Number(given ?? 40);
  if (most !== undefined && (guest < 32 || guest > most))
    throw new PaveError(
      `cpu: guest-phys-bits must lie between 32 and the processor's ${most} bits (phys-bits), not ${guest}`,
    );
}

/** Physical address bits; the VM's own setting goes over the custom model's. */
function addressBits(draft: Draft, { model, config, custom }: Processor, flags: CpuFlags): string {
  let text = '';
  let above40 = false;
  const guest = truthy(config?.['guest-phys-bits'])
    ? config?.['guest-phys-bits']
    : custom?.['guest-phys-bits'];
  if (truthy(guest) && draft.stock)
    checkGuestBits(draft, Number(guest), config?.['phys-bits'] ?? custom?.['phys-bits']);
  if (truthy(guest)) text += `,guest-phys-bits=${guest}`;
  // Whichever of the two asks for many bits counts, also when the other wins.
  for (const bits of [custom?.['phys-bits'], config?.['phys-bits']]) {
    if (!truthy(bits)) continue;
    above40 ||= Number(bits === 'host' ? (draft.facts.physAddressBits ?? 0) : bits) > 40;
  }
  const bits = truthy(config?.['phys-bits']) ? config?.['phys-bits'] : custom?.['phys-bits'];
  if (bits === 'host' && draft.stock && !draft.kvm)
    draft.warn("cpu: phys-bits=host needs KVM; emulation's own number of address bits is used");
  else if (truthy(bits)) text += bits === 'host' ? ',host-phys-bits=true' : `,phys-bits=${bits}`;
  const huge = flags.get('pdpe1gb');
  if (
    above40 &&
    ['qemu64', 'kvm64'].includes(model) &&
    draft.value('bios') === 'ovmf' &&
    (huge === undefined || huge.op === '-')
  ) {
    draft.warn(
      "OVMF firmware might limit CPU 'phys-bits' to 40 - enable the 'pdpe1gb' CPU flag to avoid this",
    );
  }
  return text;
}

export interface Topology {
  sockets: number;
  cores: number;
}

export function topologyOf(draft: Draft): Topology {
  return {
    sockets: draft.integer('sockets') || draft.integer('smp') || 1,
    cores: draft.integer('cores') || 1,
  };
}

/**
 * `-smp`, and the processors that are plugged in at the start one by one where they can be
 * unplugged again. @throws PaveError for more than the host has
 */
export function smpArguments(draft: Draft, hotplug: boolean): string[] {
  const { sockets, cores } = topologyOf(draft);
  const max = sockets * cores;
  const vcpus = draft.integer('vcpus') || max;
  if (max > draft.platform.cpus)
    throw new PaveError(
      `${draft.stock ? 'cores: ' : ''}MAX ${draft.platform.cpus} vcpus allowed per VM on this node`,
    );
  if (draft.stock && vcpus > max)
    throw new PaveError(`vcpus: ${vcpus} are more than the ${max} the VM has (sockets * cores)`);
  const layout = `sockets=${sockets},cores=${cores},maxcpus=${max}`;
  if (!hotplug || !draft.machineAtLeast(2, 7)) return ['-smp', `${vcpus},${layout}`];
  const args = ['-smp', `1,${layout}`];
  for (let n = 2; n <= vcpus; n++) args.push('-device', cpuDevice(draft, n));
  return args;
}

/** The device of the n-th processor, counted from 1. @throws PaveError */
export function cpuDevice(draft: Draft, n: number): string {
  if (draft.arch !== 'x86_64') throw new PaveError('Hotplug of non x86_64 CPU not yet supported');
  const { model } = processorOf(draft);
  const { cores } = topologyOf(draft);
  const core = (n - 1) % cores;
  const socket = (n - 1 - core) / cores;
  return `${model}-x86_64-cpu,id=cpu${n},socket-id=${socket},core-id=${core},thread-id=0`;
}
