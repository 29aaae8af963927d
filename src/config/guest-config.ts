/** Reading a guest's config file. Source of the format: the original's parse_vm_config and its container twin. */
import { PaveError } from '../errors.js';
import { shown } from './shown.js';
import { decodeText } from './text-encoding.js';
import type { ConfigSection, GuestConfig, GuestKind, PendingSection } from './types.js';

export interface ParseOptions {
  /** What the errors call it, e.g. `vm 100`. */
  name?: string;
  /** A line that cannot be read, or a section that comes twice, throws; else it is warned about. */
  strict?: boolean;
  warn?: (text: string) => void;
  /**
   * Gives the canonical value of a key or throws; `special` names the special section it stands in.
   * Without it every value is taken as it stands, so that a later edit loses nothing it does not know.
   */
  check?: (key: string, value: string, special?: string) => string;
}

/** A line that cannot be read, by its number in the file. */
export class ConfigLineError extends PaveError {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message, { hint: `see line ${line}` });
  }
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
    text: '',
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

/** `cdrom` of old files is `ide2` today. */
function currentKey(key: string): string {
  return key === 'cdrom' ? 'ide2' : key;
}

/** @throws ConfigLineError in strict mode */
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
  private special: string | undefined;
  private lineNumber = 0;
  private seen = new Set<string>();

  constructor(
    private readonly kind: GuestKind,
    private readonly options: ParseOptions,
  ) {
    this.config = emptyGuestConfig(kind);
    this.section = this.config.main;
  }

  parse(text: string): GuestConfig {
    this.config.text = text;
    for (const line of text.split('\n')) {
      this.lineNumber++;
      if (line.trim() === '') continue;
      if (line.startsWith('[') && this.header(line.trim())) continue;
      if (this.section !== undefined)
        this.line(line.endsWith('\r') ? line.slice(0, -1) : line, this.section);
    }
    this.finishDescription();
    // A state of a snapshot that came into the wrong section: nothing ever reads it there.
    const { values } = this.config.main;
    if (this.kind === 'qemu' && /^(?:prepare|delete)$/.test(values.get('snapstate') ?? ''))
      values.delete('snapstate');
    return this.config;
  }

  private fail(reason: string): void {
    const text = `${this.options.name ?? (this.kind === 'qemu' ? 'vm' : 'ct')} - ${reason}`;
    if (this.options.strict) throw new ConfigLineError(text, this.lineNumber);
    this.options.warn?.(text);
  }

  private header(line: string): boolean {
    const match = /^\[([^\]]*)\]$/.exec(line);
    if (match === null) return false;
    this.finishDescription();
    const name = match[1]!;
    const lower = name.toLowerCase();
    this.special = undefined;
    const pendingName = this.kind === 'qemu' ? 'pending' : 'pve:pending';
    const special = /^special:(cloudinit|fleecing)$/i.exec(name)?.[1]?.toLowerCase();
    if (lower === pendingName) {
      if (this.seen.has(pendingName)) this.fail('duplicate section: pending');
      this.seen.add(pendingName);
      this.config.pending = emptyPending();
      this.section = this.config.pending;
    } else if (this.kind === 'qemu' && special !== undefined) {
      if (this.config.special.has(special)) this.fail(`duplicate special section: ${special}`);
      this.special = special;
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
    // A blank and nothing more behind the colon is an empty value: `boot: ` when nothing is to boot.
    const match = /^([a-z][a-zA-Z_-]*\d*):(?=.)\s*(.*?)\s*$/.exec(line);
    if (match === null) {
      this.fail(`unable to parse config: ${shown(line, 200)}`);
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
    // The values last written to the cloud-init drive are only there to be compared with.
    const asItIs = this.special === 'cloudinit' || key === 'snapstate' || key === 'args';
    if (check === undefined || asItIs) {
      section.values.set(currentKey(key), value);
      return;
    }
    try {
      section.values.set(currentKey(key), check(key, value, this.special));
    } catch (error) {
      this.fail(`unable to parse value of '${key}' - ${(error as Error).message.trimEnd()}`);
    }
  }
}
