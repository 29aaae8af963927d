/** Features of a guest's processor, from several sources of which the later ones win. */

export interface CpuFlag {
  op: '+' | '-' | '';
  value?: string;
  reason: string;
}

export type CpuFlags = Map<string, CpuFlag>;

/** What a VM's own `flags` may name: anything else needs a custom model. */
export const VM_FLAGS: readonly string[] =
  `nested-virt md-clear pcid spec-ctrl ssbd ibpb virt-ssbd amd-ssbd amd-no-ssb pdpe1gb
 hv-tlbflush hv-evmcs aes`.split(/\s+/);

export function isVmFlag(name: string): boolean {
  return VM_FLAGS.includes(name);
}

/** `+aes;-avx`; names that `allowed` does not know are left out. */
export function parseFlags(
  text: string | undefined,
  reason: string,
  allowed: (name: string) => boolean = () => true,
): CpuFlags {
  const flags: CpuFlags = new Map();
  for (const part of (text ?? '').split(';')) {
    const match = /^([+-])([a-zA-Z0-9\-_.]+)$/.exec(part);
    if (match !== null && allowed(match[2]!))
      flags.set(match[2]!, { op: match[1] as '+' | '-', reason });
  }
  return flags;
}

function shown(name: string, flag: CpuFlag): string {
  return `'${flag.op}${name}${flag.value === undefined ? '' : `=${flag.value}`}' (${flag.reason})`;
}

export interface FlagOptions {
  /** What `nested-virt` means on this host: `svm` or `vmx`. */
  nested: string | undefined;
  warn: (text: string) => void;
}

/** Later sources overwrite earlier ones, with a warning where they differ. */
export function mergeFlags(sources: readonly CpuFlags[], options: FlagOptions): CpuFlags {
  const merged: CpuFlags = new Map();
  for (const source of sources) {
    for (const [given, flag] of source) {
      const name = given === 'nested-virt' ? options.nested : given;
      if (name === undefined) {
        options.warn("ignoring 'nested-virt' CPU flag - unable to resolve from host CPU flags");
        continue;
      }
      if (given !== name && source.has(name))
        options.warn(`CPU flag '${given}' overrides '${name}'`);
      const old = merged.get(name);
      if (old !== undefined && old.op === flag.op && old.value === flag.value) {
        merged.set(name, { ...old, reason: `${old.reason} & ${flag.reason}` });
        continue;
      }
      if (old !== undefined)
        options.warn(`CPU flag/setting ${shown(name, flag)} overwrites ${shown(name, old)}`);
      merged.set(name, flag);
    }
  }
  return merged;
}

/** `,+aes,enforce,hv_spinlocks=0x1fff`, sorted by name. */
export function printFlags(flags: CpuFlags): string {
  return [...flags.keys()]
    .sort()
    .map((name) => {
      const { op, value } = flags.get(name)!;
      return `,${op}${name}${value === undefined || value === '' ? '' : `=${value}`}`;
    })
    .join('');
}
