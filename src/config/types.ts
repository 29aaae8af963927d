/** A guest's config file, lossless: what is unknown survives, an untouched file comes back byte for byte. */

export type GuestKind = 'qemu' | 'lxc';

/** `key: value` lines as text, plus the `#` description above them. */
export interface ConfigSection {
  /** Decoded text, undefined where there is none. */
  description?: string | undefined;
  /** Canonical text values, in the file's order. */
  values: Map<string, string>;
  /** Raw `lxc.*` lines, in order. */
  raw?: [key: string, value: string][];
}

export interface PendingSection extends ConfigSection {
  /** Keys to be deleted -> `!` given (also remove the volume). */
  deletes: Map<string, { force: boolean }>;
}

export interface GuestConfig {
  kind: GuestKind;
  main: ConfigSection;
  pending: PendingSection;
  /** `[special:cloudinit]`, `[special:fleecing]`. */
  special: Map<string, ConfigSection>;
  snapshots: Map<string, ConfigSection>;
  /** As it was read; '' for a new config. Its SHA-1 is what `--digest` is compared with. */
  text: string;
  /** A restore of it has begun and has not ended. */
  restoring?: boolean;
}
