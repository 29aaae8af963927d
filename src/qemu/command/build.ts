/** The command line while it grows. Device families add to it; index.ts puts the parts in order. */
import { PaveError } from '../../errors.js';
import { isOn } from '../../guest/load.js';
import type { QemuInfo } from '../../host/platform-types.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { propertyFormatOfKey } from '../options/index.js';
import { pcieSlot, pciSlot } from './addresses.js';
import type { CommandInput } from './types.js';

export interface Machine {
  /** What `-machine type=` gets. */
  type: string;
  q35: boolean;
}

type Scalars = Record<string, string | number | undefined>;

export class Build {
  /** General options, before the devices. */
  readonly general: string[] = [];
  readonly devices: string[] = [];
  readonly machineFlags: string[] = [];
  readonly rtc: string[] = [];
  readonly warnings: string[] = [];
  /** PCI bridges in use by number. */
  readonly bridges = new Set<number>();

  constructor(
    readonly input: CommandInput,
    readonly qemu: QemuInfo,
    readonly machine: Machine,
    /** Runs on the processor itself. */
    readonly kvm: boolean,
  ) {}

  get values(): ReadonlyMap<string, string> {
    return this.input.values;
  }

  get(key: string): string | undefined {
    return this.input.values.get(key);
  }

  /** A boolean key. */
  on(key: string, otherwise = false): boolean {
    return isOn(this.get(key), otherwise);
  }

  /** A property string's values; empty where the key is not set. */
  props(key: string): Scalars {
    const text = this.get(key);
    return text === undefined
      ? {}
      : (parsePropertyString(propertyFormatOfKey(key), text) as Scalars);
  }

  device(text: string): void {
    this.devices.push('-device', text);
  }

  option(...words: string[]): void {
    this.general.push(...words);
  }

  /** `,bus=pci.0,addr=0x12`; the bridge it needs is added later. */
  pci(id: string): string {
    const slot = pciSlot(id);
    if (slot === undefined) throw new PaveError(`internal error: no PCI address for '${id}'`);
    this.bridges.add(slot.bus);
    return `,bus=pci.${slot.bus},addr=0x${slot.addr.toString(16)}`;
  }

  pcie(id: string): string {
    const slot = pcieSlot(id);
    if (slot === undefined) throw new PaveError(`internal error: no PCIe address for '${id}'`);
    return `,bus=${slot.bus},addr=0x${slot.addr.toString(16)}`;
  }

  /** Path of a runtime file, as QEMU must know it. */
  runFile(what: string): string {
    return `${this.input.runDir ?? '/var/run/qemu-server'}/${this.input.vmid}.${what}`;
  }

  /** Is QEMU at least that version? */
  atLeast(major: number, minor = 0): boolean {
    const [ownMajor, ownMinor] = this.qemu.version;
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  }

  get windows(): number {
    return windowsVersion(this.get('ostype'));
  }
}

/** Major NT version; 0 for what is no Windows. */
export function windowsVersion(ostype: string | undefined): number {
  if (ostype === undefined) return 0;
  if (['wxp', 'w2k3', 'w2k'].includes(ostype)) return 5;
  if (['w2k8', 'wvista'].includes(ostype)) return 6;
  const match = /^win(\d+)/.exec(ostype);
  return match === null ? 0 : Number(match[1]);
}

/** A comma inside a value of a QEMU option is written twice. */
export function escapeValue(text: string): string {
  return text.replaceAll(',', ',,');
}
