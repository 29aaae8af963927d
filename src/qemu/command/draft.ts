/** The command line while it is being written: what is known about the VM, and what there is so far. */
import { PaveError, together } from '../../errors.js';
import type { Platform, QemuInfo } from '../../host/platform-types.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import type { PropertyFormat } from '../../schema/types.js';
import { bootIndexes } from '../boot.js';
import type { HostFacts } from './facts.js';
import { type Machine, resolveMachine } from './machine-type.js';
import { windowsVersion } from './ostype.js';
import { pciAddress } from './pci-address.js';
import type { CommandInput, HugepageNeed } from './types.js';
import { compareVersions, pveRevision, versionAtLeast } from './version.js';

/** A value inside an option where a comma would end it. */
export function escapeComma(text: string): string {
  return text.replaceAll(',', ',,');
}

export class Draft {
  readonly vmid: number;
  readonly values: ReadonlyMap<string, string>;
  readonly platform: Platform;
  readonly facts: HostFacts;
  readonly arch: string;
  /** The guest's processor is of the host's kind. */
  readonly native: boolean;
  readonly qemu: QemuInfo;
  readonly stock: boolean;
  readonly kvm: boolean;
  readonly machine: Machine;
  readonly q35: boolean;
  readonly ostype: string;
  /** Version of Windows, 0 for others. */
  readonly windows: number;
  readonly template: boolean;
  readonly bootIndex: ReadonlyMap<string, number>;

  /** In the order of the command line: first these, then the devices. */
  readonly command: string[] = [];
  readonly devices: string[] = [];
  readonly machineFlags: string[] = [];
  readonly rtcFlags: string[] = [];
  readonly warnings: string[] = [];
  /** Numbers of the PCI buses something sits on. */
  readonly buses = new Set<number>();
  /** Revision of the machine version that what was used so far needs. */
  requiredRevision = 0;
  /** Huge pages the memory needs. */
  readonly hugepages: HugepageNeed[] = [];
  private readonly failures: PaveError[] = [];
  /** UEFI variables to be made before the start. */
  temporaryVars: { path: string; template: string } | undefined;

  constructor(readonly input: CommandInput) {
    const template = input.values.get('template') === '1';
    this.vmid = input.vmid;
    this.template = template;
    this.values = template ? forBackup(input.values) : input.values;
    this.platform = input.platform;
    this.facts = input.facts ?? {};
    this.arch = this.values.get('arch') ?? input.platform.arch;
    this.native = this.arch === input.platform.arch;
    this.qemu = emulator(input.platform, this.arch);
    this.stock = this.qemu.flavour === 'stock';
    this.ostype = this.values.get('ostype') ?? 'other';
    this.windows = windowsVersion(this.values.get('ostype'));
    this.machine = resolveMachine(
      this.values,
      this.arch,
      this.qemu,
      input.node,
      input.options?.forceMachine,
    );
    if (this.qemu.version[2] >= 90) {
      this.warn(
        `Installed QEMU version (${this.qemu.version.join('.')}) is a release candidate, ignoring version checks`,
      );
    }
    this.q35 = /q35/.test(this.machine.config.type ?? '');
    this.kvm = this.useKvm();
    this.bootIndex = bootIndexes(this.values);
  }

  private useKvm(): boolean {
    const wanted = this.flag('kvm') ?? this.native;
    if (!wanted || this.platform.kvm === 'usable') return wanted;
    if (!this.stock) {
      throw new PaveError(
        'KVM virtualisation configured, but not available. Either disable in VM configuration or enable in BIOS.',
      );
    }
    const reason = this.platform.kvmReason === undefined ? '' : `: ${this.platform.kvmReason}`;
    this.warn(`KVM cannot be used${reason}; the guest runs in emulation, which is slow`);
    return false;
  }

  value(key: string): string | undefined {
    return this.values.get(key);
  }

  /** A boolean key; undefined where the config does not have it. */
  flag(key: string): boolean | undefined {
    const text = this.values.get(key);
    return text === undefined ? undefined : text !== '0' && text !== '';
  }

  integer(key: string): number | undefined {
    const text = this.values.get(key);
    return text === undefined ? undefined : Number(text);
  }

  /** The values of a property string; undefined where the config does not have the key. */
  properties<T>(key: string, format: PropertyFormat): T | undefined {
    const text = this.values.get(key);
    if (text === undefined || text === '') return undefined;
    try {
      return parsePropertyString(format, text) as T;
    } catch (error) {
      throw new PaveError(`${key}: ${(error as Error).message}`, { cause: error });
    }
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /**
   * Steps that do not need one another: what they throw is kept for `throwFailures`, so that a
   * person learns of all of it at once. The original ends at the first.
   */
  attempt(...steps: (() => void)[]): void {
    for (const step of steps) {
      try {
        step();
      } catch (error) {
        if (!this.stock || !(error instanceof PaveError)) throw error;
        this.failures.push(error);
      }
    }
  }

  /** @throws PaveError with what all attempts threw */
  throwFailures(): void {
    if (this.failures.length > 0) throw together(this.failures);
  }

  device(value: string): void {
    this.devices.push('-device', value);
  }

  /** Is the machine of that version, or a newer one? */
  machineAtLeast(major: number, minor: number, pve = 0): boolean {
    return versionAtLeast(this.machine.version, major, minor, pve);
  }

  /** The same, for a feature of that revision: the machine is then named with the revision it needs. */
  guard(major: number, minor: number, pve = 0): boolean {
    if (!this.machineAtLeast(major, minor, pve)) return false;
    if (this.machineAtLeast(major, minor, pveRevision(major, minor) + 1)) return true;
    this.requiredRevision = Math.max(this.requiredRevision, pve);
    return true;
  }

  /** Is the emulator itself that new? */
  qemuAtLeast(major: number, minor: number): boolean {
    return compareVersions(this.qemu.version, [major, minor]) >= 0;
  }

  /** `,bus=…,addr=…` of a device's fixed slot. */
  pciAddress(id: string): string {
    return pciAddress(id, this.arch, this.buses);
  }

  /** Path of a runtime file of this VM, e.g. `qmp`. */
  runFile(what: string): string {
    return `${this.runDir()}/${this.vmid}.${what}`;
  }

  runDir(): string {
    const { runDir, root } = this.input;
    return runDir ?? (root === '' ? '/var/run/qemu-server' : `${root}/run/qemu-server`);
  }

  /** Drives are block nodes (`-blockdev`), not `-drive`: machines from 10.0 on, stock QEMU always. */
  get blockNodes(): boolean {
    return this.stock || this.machineAtLeast(10, 0);
  }
}

const DRIVE_KEY = /^(?:ide|scsi|virtio|sata|efidisk|tpmstate)\d+$/;

/** A template only ever starts for a backup: its disks matter, nothing else. */
function forBackup(values: ReadonlyMap<string, string>): Map<string, string> {
  const kept = new Map([
    ['template', '1'],
    ['kvm', '0'],
    ['vga', 'none'],
  ]);
  for (const [key, value] of values) {
    if (DRIVE_KEY.test(key) || ['scsihw', 'bios', 'name'].includes(key)) kept.set(key, value);
  }
  return kept;
}

function emulator(platform: Platform, arch: string): QemuInfo {
  const qemu = platform.qemu[arch as keyof Platform['qemu']];
  if (qemu !== undefined) return qemu;
  const name = { x86_64: 'qemu-system-x86', aarch64: 'qemu-system-arm' }[arch];
  throw new PaveError(`QEMU for ${arch} is not installed`, {
    ...(name === undefined ? {} : { hint: `apt install ${name}` }),
  });
}
