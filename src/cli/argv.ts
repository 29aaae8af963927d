/** Words of a command line to parameters. Source of the grammar: PVE::JSONSchema::get_options. */
import { UsageError } from '../errors.js';
import { parseBoolean } from '../schema/boolean.js';
import { isListFormat } from '../schema/lists.js';
import { eachProperty, isObjectSchema, schemaOfKey, schemasOf } from '../schema/objects.js';
import type { PropSchema } from '../schema/types.js';
import { type OptionKind, scanOptions } from './getopt.js';

type Values = Record<string, unknown>;

/** Options that cannot be understood: a line for each, then the original's verdict. */
export class OptionError extends UsageError {
  readonly warnings: readonly string[];
  readonly verdict: string;

  constructor(warnings: readonly string[], verdict: string) {
    super([...warnings, verdict].join('\n'));
    this.warnings = warnings;
    this.verdict = verdict;
  }
}

export interface GetOptions {
  /**
   * Names of the positional parameters in order, or of the one list parameter that takes every
   * word. `extra-args` or an array, last, takes the rest.
   */
  argParam?: readonly string[] | string | null;
  /** Parameters that are set already and cannot be given. */
  fixedParam?: Readonly<Record<string, unknown>> | null;
  /** Gives the content for parameters marked `valueReadFromFile`. */
  readFile?: (path: string, option: string) => string | Promise<string>;
  /** Asks for parameters marked `interactive` that are needed or were given empty. */
  askPassword?: (prompt: string) => string | Promise<string>;
}

/**
 * The positional parameters of a command, as `argParam` wants them: a single list parameter takes
 * every word.
 */
export function argParamOf(args: Readonly<Record<string, PropSchema>>): readonly string[] | string {
  const names = Object.keys(args);
  const [only] = names;
  if (names.length === 1 && only !== undefined && isListFormat(args[only]?.format)) return only;
  return names;
}

function optionTable(
  schema: PropSchema,
  listParam: string | undefined,
  fixed: Readonly<Record<string, unknown>>,
): Map<string, OptionKind> {
  const table = new Map<string, OptionKind>();
  eachProperty(schema, (key, property) => {
    if (key === listParam || (fixed[key] ?? null) !== null) return;
    const optionalValue = property.interactive === true || property.type === 'boolean';
    const array = !optionalValue && (property.type === 'array' || isListFormat(property.format));
    const known = table.get(key);
    if (known) {
      known.optionalValue ||= optionalValue;
      known.array ||= array;
      return;
    }
    const kind: OptionKind = { optionalValue, array };
    if (property.extra) kind.extra = true;
    if (property.bare) kind.bare = true;
    if (property.indexed) kind.indexed = property.indexed;
    table.set(key, kind);
  });
  return table;
}

function isRequired(schema: PropSchema, name: string, values: Values): boolean {
  const [property] = schemasOf(schema, name, values);
  return property !== undefined && !property.optional;
}

function isList(schema: PropSchema, name: string, values: Values): boolean {
  return schemasOf(schema, name, values)[0]?.type === 'array';
}

function takePositionals(
  schema: PropSchema,
  names: readonly string[],
  words: string[],
  values: Values,
): void {
  const hadWords = words.length > 0;
  for (const [i, name] of names.entries()) {
    if (hadWords && values['extra-args']) {
      throw new UsageError('400 internal error: extra-args must be the last argument');
    }
    if (name === 'extra-args') {
      values['extra-args'] = words.splice(0);
    } else if (words.length > 0 && i === names.length - 1 && isList(schema, name, values)) {
      values[name] = words.splice(0);
    } else if (words.length > 0) {
      values[name] = words.shift();
    } else {
      const rest = names.slice(i).filter((one) => one !== 'extra-args');
      if (rest.some((one) => isRequired(schema, one, values))) {
        throw new UsageError('400 not enough arguments');
      }
      if (names.at(-1) === 'extra-args') values['extra-args'] = [];
      break;
    }
  }
}

/** Brings a value into the form its schema wants; text stays text, booleans become 1 or 0. */
function normalise(
  key: string,
  value: unknown,
  property: PropSchema,
  mayBeArray: boolean,
): unknown {
  if (property.type === 'boolean') {
    const bool = value === '' ? 1 : parseBoolean(String(value));
    if (bool === undefined)
      throw new UsageError('400 unable to parse boolean option', {
        hint: `'${key}' takes 1, on, yes, true or 0, off, no, false; it got '${value}'`,
      });
    return bool;
  }
  if (isListFormat(property.format)) return Array.isArray(value) ? value.join(',') : value;
  if (property.type === 'array') {
    return Array.isArray(value) || !value || value === '0' ? value : [value];
  }
  // A name that is a list in one variant and none in another.
  return mayBeArray && Array.isArray(value) && value.length === 1 ? value[0] : value;
}

/**
 * The parameters the words give, by name: text, 1 or 0 for booleans, arrays for `type: array`.
 * Numbered options come by full name. The values are not checked yet.
 * @throws UsageError with the original's text (`400 not enough arguments`, …)
 */
export async function getOptions(
  schema: PropSchema,
  args: readonly string[],
  options: GetOptions = {},
): Promise<Values> {
  if (!isObjectSchema(schema)) {
    if (args.length > 0) throw new UsageError('400 too many arguments');
    return {};
  }
  const { argParam } = options;
  const fixed = options.fixedParam ?? {};
  const listParam = typeof argParam === 'string' ? argParam : undefined;
  const table = optionTable(schema, listParam, fixed);
  const scanned = scanOptions(table, args);
  if (scanned.warnings.length > 0) {
    throw new OptionError(scanned.warnings, '400 unable to parse option');
  }
  const values: Values = scanned.values;
  const { words } = scanned;
  if (listParam !== undefined) {
    if (words.length > 0) values[listParam] = words.splice(0);
  } else if (argParam) {
    takePositionals(schema, argParam as readonly string[], words, values);
  }
  if (words.length > 0) throw new UsageError('400 too many arguments');

  await askMissing(schema, values, options, fixed);
  for (const key of Object.keys(values)) {
    const [property] = schemasOf(schema, key, values);
    if (property)
      values[key] = normalise(key, values[key], property, table.get(key)?.array ?? false);
  }
  Object.assign(values, fixed);
  await readFiles(schema, values, options);
  return values;
}

async function askMissing(
  schema: PropSchema,
  values: Values,
  options: GetOptions,
  fixed: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { askPassword } = options;
  if (!askPassword) return;
  const names: string[] = [];
  eachProperty(schema, (key, property) => {
    if (property.interactive && !names.includes(key) && (fixed[key] ?? null) === null)
      names.push(key);
  });
  for (const name of names) {
    const given = values[name];
    if (given === undefined ? isRequired(schema, name, values) : !given) {
      values[name] = await askPassword(`Enter new ${name}: `);
    }
  }
}

async function readFiles(schema: PropSchema, values: Values, options: GetOptions): Promise<void> {
  const { readFile } = options;
  if (!readFile) return;
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'string') continue;
    const declared = schemasOf(schema, key, values)[0];
    if (!declared?.valueReadFromFile) continue;
    const content = await readFile(value, key);
    values[key] = declared.format === 'urlencoded' ? encodeURIComponent(content) : content;
  }
}

function typed(value: unknown, property: PropSchema): unknown {
  if (value === undefined || value === null) return undefined;
  if (property.type === 'boolean') return String(value) === '1' || value === true;
  if (property.type === 'integer' || property.type === 'number') return Number(value);
  return value;
}

/** Checked raw values as `run` wants them: booleans, numbers, texts; numbered options by full name. */
export function toInput(
  raw: Readonly<Values>,
  props: Readonly<Record<string, PropSchema>>,
): Values {
  const input: Values = {};
  for (const [key, value] of Object.entries(raw)) {
    const property = schemaOfKey(props, key);
    input[key] = property === undefined ? value : typed(value, property);
  }
  return input;
}
