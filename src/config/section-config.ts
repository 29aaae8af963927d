/**
 * The format that storage.cfg, jobs.cfg, replication.cfg and their kin share: sections
 * `<type>: <id>` with one `key value` a line, each type with its own keys. One engine reads, checks
 * and writes them out of a declaration. Source of the format: SectionConfig.pm.
 *
 * Nothing is lost: sections of unknown types and keys a type does not have are kept and written.
 */
import { messageOf, PaveError } from '../errors.js';
import type { PropSchema } from '../schema/types.js';
import { checkProp } from '../schema/validate.js';

export interface SectionOption {
  optional?: boolean;
  /** Given when the section is made, never changed. */
  fixed?: boolean;
}

export interface SectionType {
  /** Properties that this type brings along. */
  properties: Readonly<Record<string, PropSchema>>;
  /** Which properties, of its own and of the base, a section of this type has. */
  options: Readonly<Record<string, SectionOption>>;
}

export interface SectionConfigSpec {
  /** Properties of every type, among them the section's id and `type`. */
  base: Readonly<Record<string, PropSchema>>;
  types: Readonly<Record<string, SectionType>>;
  /** Each type has properties of its own, of whatever names; else a name means one thing. */
  isolated?: boolean;
}

export type SectionValue = string | number | readonly string[];

export interface Section {
  type: string;
  values: Record<string, SectionValue>;
  /** Lines of keys this type does not have, as they stand. */
  rest: readonly (readonly [key: string, value: string | undefined])[];
}

export interface SectionError {
  /** `file storage.cfg line 3`. */
  context: string;
  section: string;
  key: string;
  reason: string;
}

export interface SectionFile {
  /** In the order of the file. */
  sections: Map<string, Section>;
  /** Values that do not fit; they are left out. */
  errors: SectionError[];
}

export interface ParseOptions {
  /** Name in messages. */
  file: string;
  /** Gets a line for whatever is passed over. */
  warn?: (text: string) => void;
}

/** Options of a type: those it names, and in isolation all it brings along. */
export function optionsOf(spec: SectionConfigSpec, type: string): Map<string, SectionOption> {
  const { properties, options } = spec.types[type]!;
  const all = new Map(Object.entries(options));
  if (spec.isolated) {
    for (const [key, schema] of Object.entries(properties))
      if (!all.has(key)) all.set(key, schema.optional ? { optional: true } : {});
  }
  return all;
}

/** @throws PaveError where no such property is declared. */
export function propertyOf(spec: SectionConfigSpec, type: string, key: string): PropSchema {
  const own = spec.types[type]?.properties[key];
  const others = spec.isolated ? [] : Object.values(spec.types);
  const found = own ?? spec.base[key] ?? others.find((t) => key in t.properties)?.properties[key];
  if (found === undefined) throw new PaveError(`undefined property '${key}'`);
  return found;
}

/**
 * Reads a file of sections; what is wrong is told in `errors`, and the rest stands. Source:
 * SectionConfig.pm parse_config.
 */
export function parseSections(
  spec: SectionConfigSpec,
  text: string,
  options: ParseOptions,
): SectionFile {
  const result: SectionFile = { sections: new Map(), errors: [] };
  const warn = options.warn ?? (() => {});
  let open: { id: string; section: Section; keys: Set<string> } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const context = `file ${options.file} line ${index + 1}`;
    if (/^\s*#/.test(line)) continue;
    if (line === '') {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      const header = /^(\S+):\s*(\S+)\s*$/.exec(line);
      if (header === null) warn(`${context} - ignore config line: ${line}`);
      else {
        const section = { type: header[1]!, values: {}, rest: [] };
        open = { id: header[2]!, section, keys: new Set() };
        const former = result.sections.get(open.id);
        if (former !== undefined) checkSection(spec, open.id, former, options.file, warn);
        // Of two with one name the later counts, in its place.
        result.sections.delete(open.id);
        result.sections.set(open.id, section);
      }
      continue;
    }
    const pair = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line);
    if (pair === null) {
      warn(`${context} (section '${open.id}') - ignore config line: ${line}`);
      continue;
    }
    const [, key, value] = pair as unknown as [string, string, string | undefined];
    const reason = takeValue(spec, open.section, key, value);
    if (reason === undefined) continue;
    warn(`${context} (section '${open.id}') - unable to parse value of '${key}': ${reason}`);
    result.errors.push({ context, section: open.id, key, reason });
  }
  for (const [id, section] of result.sections) checkSection(spec, id, section, options.file, warn);
  return result;
}

function checkSection(
  spec: SectionConfigSpec,
  id: string,
  section: Section,
  file: string,
  warn: (text: string) => void,
): void {
  if (!(section.type in spec.types)) {
    warn(`file ${file} (section '${id}'): unsupported type '${section.type}'`);
    return;
  }
  const missing = missingOption(spec, section);
  if (missing !== undefined)
    warn(`file ${file} (section '${id}'): missing value for required option '${missing}'`);
}

/** Puts a line's value in its place; gives the reason where it does not fit. */
function takeValue(
  spec: SectionConfigSpec,
  section: Section,
  key: string,
  value: string | undefined,
): string | undefined {
  const { values, type } = section;
  const before = values[key];
  if (!(type in spec.types)) {
    // Of an unknown type any key may come several times.
    if (before === undefined) values[key] = value ?? '';
    else values[key] = [...[before].flat().map(String), value ?? ''];
    return undefined;
  }
  // The header says it already.
  if (key === 'type' && value === type) return undefined;
  if (!optionsOf(spec, type).has(key)) {
    section.rest = [...section.rest, [key, value]];
    return `unexpected property '${key}'`;
  }
  const schema = propertyOf(spec, type, key);
  if (schema.type !== 'array' && before !== undefined) return 'duplicate attribute';
  try {
    const checked = checkValue(schema, value);
    values[key] =
      schema.type === 'array' ? [...((before ?? []) as string[]), String(checked)] : checked;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** A value as its schema wants it. @throws PaveError */
export function checkValue(schema: PropSchema, given: string | undefined): string | number {
  const value = schema.type === 'boolean' && given === undefined ? '1' : given;
  if (value === undefined) throw new PaveError('got undefined value');
  if (/[\n\r]/.test(value)) throw new PaveError('property contains a line feed');
  const errors: Record<string, string> = {};
  const item = schema.type === 'array' ? schema.items : schema;
  if (item === undefined) throw new PaveError('no item schema for array');
  checkProp(value, item, '', errors);
  const reasons = Object.values(errors);
  if (reasons.length > 0) throw new PaveError(reasons.join('; '));
  if (schema.type === 'boolean') return /^(1|on|yes|true)$/i.test(value) ? 1 : 0;
  return schema.type === 'integer' || schema.type === 'number' ? Number(value) : value;
}

function missingOption(spec: SectionConfigSpec, { type, values }: Section): string | undefined {
  for (const [key, { optional }] of optionsOf(spec, type))
    if (!optional && values[key] === undefined) return key;
  return undefined;
}

/** In the canonical form: comment, disable, what is required, the rest; each sorted. @throws PaveError */
export function writeSections(
  spec: SectionConfigSpec,
  sections: ReadonlyMap<string, Section>,
): string {
  let text = '';
  for (const [id, section] of sections) {
    text += `${section.type}: ${id}\n`;
    for (const key of orderedKeys(spec, id, section))
      text += lines(spec, section, key, section.values[key]!);
    for (const [key, value] of section.rest)
      text += value === undefined ? `\t${key}\n` : `\t${key} ${value}\n`;
    text += '\n';
  }
  return text;
}

function orderedKeys(spec: SectionConfigSpec, id: string, section: Section): string[] {
  const keys = Object.keys(section.values).sort();
  const first = keys.includes('comment') ? ['comment'] : [];
  if (!(section.type in spec.types)) return [...first, ...keys.filter((k) => k !== 'comment')];
  const missing = missingOption(spec, section);
  if (missing !== undefined)
    throw new PaveError(`section '${id}' - missing value for required option '${missing}'`);
  const options = optionsOf(spec, section.type);
  const rest = keys.filter((key) => key !== 'comment' && key !== 'disable');
  return [
    ...first,
    ...(section.values.disable ? ['disable'] : []),
    ...rest.filter((key) => !options.get(key)?.optional),
    ...rest.filter((key) => options.get(key)?.optional),
  ];
}

function lines(
  spec: SectionConfigSpec,
  { type }: Section,
  key: string,
  value: SectionValue,
): string {
  const parts = [value].flat();
  if (parts.some((part) => /[\n\r]/.test(String(part))))
    throw new PaveError(`property '${key}' contains a line feed`);
  const known = type in spec.types;
  if (known && key === 'disable') return '\tdisable\n';
  if (known && propertyOf(spec, type, key).type === 'boolean') return `\t${key} ${value ? 1 : 0}\n`;
  return parts
    .filter((part) => part !== '' || !known)
    .map((part) => (part === '' ? `\t${key}\n` : `\t${key} ${part}\n`))
    .join('');
}
