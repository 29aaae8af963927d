/** Reading a guest's config file. Source of the format: the original's parse_vm_config and its container twin. */
import { createHash } from 'node:crypto';
import { PaveError } from '../errors.js';
import { decodeText } from './text-encoding.js';
import type { ConfigSection, GuestConfig, GuestKind, PendingSection } from './types.js';

export interface ParseOptions {
  /** What the errors call it, e.g. `vm 100`. */
  name?: string;
  /** A line that cannot be read, or a section that comes twice, throws; else it is warned about. */
  strict?: boolean;
  warn?: (text: string) => void;
  /**
   * Gives the canonical value of a key or throws. Without it every value is taken as it stands, so
   * that a later edit loses nothing it does not know.
   */
  check?: (key: string, value: string) => string;
}

/** SHA-1 of a text, hexadecimal: what `--digest` is compared with. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

export function emptyPending(): PendingSection {
  return { values: new Map(), deletes: new Map() };
}

export function emptyGuestConfig(kind: GuestKind): GuestConfig {
  return {
    kind,
    main: { values: new Map() },
    pending: emptyPending(),
    special: new Map(),
    snapshots: new Map(),
    digest: '',
  };
}

/** `a,!b` to key -> force. Source: parse_pending_delete. */
export function parsePendingDelete(text: string): Map<string, { force: boolean }> {
  const deletes = new Map<string, { force: boolean }>();
  for (const word of text.replace(/[,;]/g, ' ').trim().split(/\s+/)) {
    const match = /^(!?)(.*\S)/.exec(word);
    if (match !== null) deletes.set(match[2]!, { force: match[1] === '!' });
  }
  return deletes;
}

const OLD_KEYS: Record<string, string> = { cdrom: 'ide2' };

/** @throws PaveError in strict mode, naming the line */
export function parseGuestConfig(
  kind: GuestKind,
  text: string,
  options: ParseOptions = {},
): GuestConfig {
  return new Parser(kind, options).parse(text);
}

class Parser {
  private readonly config: GuestConfig;
  /** Undefined inside a section that is skipped. */
  private section: ConfigSection | undefined;
  private description: string | undefined;
  private informative = false;
  private seen = new Set<string>();

  constructor(
    private readonly kind: GuestKind,
    private readonly options: ParseOptions,
  ) {
    this.config = emptyGuestConfig(kind);
    this.section = this.config.main;
  }

  parse(text: string): GuestConfig {
    this.config.digest = sha1(text);
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      if (line.startsWith('[') && this.header(line.trim())) continue;
      if (this.section !== undefined)
        this.line(line.endsWith('\r') ? line.slice(0, -1) : line, this.section);
    }
    this.finishDescription();
    return this.config;
  }

  private fail(reason: string): void {
    const text = `${this.options.name ?? (this.kind === 'qemu' ? 'vm' : 'ct')} - ${reason}`;
    if (this.options.strict) throw new PaveError(text);
    this.options.warn?.(text);
  }

  private header(line: string): boolean {
    const match = /^\[([^\]]*)\]$/.exec(line);
    if (match === null) return false;
    this.finishDescription();
    const name = match[1]!;
    const lower = name.toLowerCase();
    this.informative = false;
    const pendingName = this.kind === 'qemu' ? 'pending' : 'pve:pending';
    const special = /^special:(cloudinit|fleecing)$/i.exec(name)?.[1]?.toLowerCase();
    if (lower === pendingName) {
      if (this.seen.has(pendingName)) this.fail('duplicate section: pending');
      this.seen.add(pendingName);
      this.config.pending = emptyPending();
      this.section = this.config.pending;
    } else if (this.kind === 'qemu' && special !== undefined) {
      if (this.config.special.has(special)) this.fail(`duplicate special section: ${special}`);
      this.informative = special === 'cloudinit';
      this.section = { values: new Map() };
      this.config.special.set(special, this.section);
    } else if (/^[a-z][a-z0-9_-]+$/i.test(name)) {
      if (this.config.snapshots.has(name)) this.fail(`duplicate snapshot section: ${name}`);
      this.section = { values: new Map() };
      this.config.snapshots.set(name, this.section);
    } else {
      this.fail(`skipping unknown section: '${name}'`);
      this.section = undefined;
    }
    return true;
  }

  private finishDescription(): void {
    if (this.description !== undefined && this.section !== undefined) {
      this.section.description = this.description.trimEnd();
    }
    this.description = undefined;
  }

  private line(line: string, section: ConfigSection): void {
    if (line.startsWith('#')) {
      this.description = `${this.description ?? ''}${decodeText(line.slice(1))}\n`;
      return;
    }
    const raw =
      this.kind === 'lxc' ? /^(lxc\.[A-Za-z0-9_\-.]+)\s*[:=]\s*(.*?)\s*$/.exec(line) : null;
    if (raw !== null) {
      section.raw ??= [];
      section.raw.push([raw[1]!, raw[2]!]);
      return;
    }
    const match = /^([a-z][a-zA-Z_-]*\d*):\s*(.*?)\s*$/.exec(line);
    if (match === null || match[2] === '') {
      this.fail(`unable to parse config: ${line}`);
      return;
    }
    const [, key, value] = match as unknown as [string, string, string];
    if (key === 'description') {
      this.description = `${this.description ?? ''}${decodeText(value)}`;
    } else if (key === 'delete') {
      if (section === this.config.pending) this.config.pending.deletes = parsePendingDelete(value);
      else this.fail("property 'delete' is only allowed in [PENDING]");
    } else {
      this.setValue(section, key, value);
    }
  }

  private setValue(section: ConfigSection, key: string, value: string): void {
    const { check } = this.options;
    if (check === undefined || this.informative || key === 'snapstate' || key === 'args') {
      section.values.set(OLD_KEYS[key] ?? key, value);
      return;
    }
    try {
      section.values.set(OLD_KEYS[key] ?? key, check(key, value));
    } catch (error) {
      this.fail(`unable to parse value of '${key}' - ${(error as Error).message.trimEnd()}`);
    }
  }
}

/**
 * Only some keys of the main section, read as they stand: for lists of many guests. `keys` are
 * pattern sources, e.g. `name` or `scsi\\d+`.
 */
export function scanGuestConfig(text: string, keys: readonly string[]): Map<string, string> {
  const end = text.startsWith('[') ? 0 : text.indexOf('\n[');
  const main = end < 0 ? text : text.slice(0, end + 1);
  const found = new Map<string, string>();
  for (const match of main.matchAll(new RegExp(`^(${keys.join('|')}): *(.*?)\\s*$`, 'gm'))) {
    found.set(match[1]!, match[2]!);
  }
  return found;
}
