/**
 * The scanner of options, with the behaviour of Perl's Getopt::Long as the original configures it:
 * prefixes `--` and `-`, any case, unique abbreviations, options and words mixed, `--` ends them.
 */

/** What is known of an option before its words are looked at. */
export interface OptionKind {
  /** The value may be left out (booleans, passwords). */
  optionalValue: boolean;
  /** It never takes the next word as its value. */
  bare?: boolean;
  /** Values of several occurrences are collected. */
  array: boolean;
  /** Pavé's own: abbreviations prefer the original's. */
  extra?: boolean;
  /** Stands for `name` + number, from min to max. */
  indexed?: { min: number; max: number };
}

export type OptionTable = ReadonlyMap<string, OptionKind>;

export interface Scanned {
  /** Option name -> its text, or its texts where it is an array. */
  values: Record<string, string | string[]>;
  words: string[];
  /** Complaints about options; none means that all were understood. */
  warnings: string[];
}

interface Hit {
  name: string;
  kind: OptionKind;
}

function* members(base: string, range: { min: number; max: number }, digits: string) {
  for (let n = range.min; n <= range.max; n++) {
    if (String(n).startsWith(digits)) yield base + n;
  }
}

/** Names a table's entry has that begin with the lower-case word. */
function* matches(name: string, kind: OptionKind, word: string): Generator<Hit> {
  if (!kind.indexed) {
    if (name.toLowerCase().startsWith(word)) yield { name, kind };
    return;
  }
  const base = name.replace(/\[n\]$/, '');
  const lower = base.toLowerCase();
  let digits: string;
  if (lower.startsWith(word)) digits = '';
  else if (word.startsWith(lower)) digits = word.slice(lower.length);
  else return;
  for (const member of members(base, kind.indexed, digits)) yield { name: member, kind };
}

/** The option a word means, or the complaint. */
function find(table: OptionTable, text: string, prefix: string): Hit | string {
  if (text === '') return `Missing option after ${prefix}`;
  const word = text.toLowerCase();
  const hits: Hit[] = [];
  const extras: Hit[] = [];
  for (const [name, kind] of table) {
    for (const hit of matches(name, kind, word)) {
      if (hit.name.toLowerCase() === word) return hit;
      (kind.extra ? extras : hits).push(hit);
    }
  }
  const candidates = hits.length > 0 ? hits : extras;
  const [only] = candidates;
  if (!only) return `Unknown option: ${word}`;
  if (candidates.length === 1) return only;
  const names = candidates.map((hit) => hit.name.toLowerCase()).sort();
  return `Option ${word} is ambiguous (${names.join(', ')})`;
}

/** Takes the options out of the words; words keep their order. */
export function scanOptions(table: OptionTable, args: readonly string[]): Scanned {
  const result: Scanned = { values: {}, words: [], warnings: [] };
  const { values, words, warnings } = result;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const prefix = arg.startsWith('--') ? '--' : '-';
    const body = arg.slice(prefix.length);
    const equals = body.indexOf('=', 1);
    const hit = find(table, equals > 0 ? body.slice(0, equals) : body, prefix);
    if (typeof hit === 'string') {
      warnings.push(hit);
      continue;
    }
    let value = equals > 0 ? body.slice(equals + 1) : undefined;
    const next = args[i + 1];
    if (value === undefined && next !== undefined && !hit.kind.bare) {
      const taken = !hit.kind.optionalValue || next === '-' || !next.startsWith('-');
      if (taken) i++;
      value = taken ? next : '';
    } else if (!hit.kind.optionalValue && (value ?? '') === '') {
      warnings.push(`Option ${hit.name.toLowerCase()} requires an argument`);
      continue;
    }
    value ??= '';
    const before = values[hit.name];
    if (!hit.kind.array) values[hit.name] = value;
    else if (Array.isArray(before)) before.push(value);
    else values[hit.name] = [value];
  }
  return result;
}
