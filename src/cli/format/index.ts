/** A command's result as text, JSON or YAML. Source: PVE::CLIFormatter::print_api_result. */
import { PaveError } from '../../errors.js';
import type { PropSchema } from '../../schema/types.js';
import { canonicalJson, prettyJson } from './json.js';
import { type Row, type TableOptions, tableText } from './table.js';
import { currentTerminal, type Terminal } from './terminal.js';
import { valueText } from './value.js';

export interface FormatOptions extends TableOptions {
  outputFormat?: 'text' | 'json' | 'json-pretty' | 'yaml';
  quiet?: boolean;
  /** Columns (keys of an object) to print, in order: all of the schema where not given. */
  columns?: readonly string[];
  /** What standard output is, unless it is not where the text goes. */
  terminal?: Terminal;
}

/** Required columns by name, then optional ones by name. */
export function columnsOf(properties: Readonly<Record<string, PropSchema>>): string[] {
  const keys = Object.keys(properties).sort();
  const isOptional = (key: string): boolean => Boolean(properties[key]?.optional);
  return [...keys.filter((key) => !isOptional(key)), ...keys.filter(isOptional)];
}

function guessType(data: unknown): PropSchema['type'] {
  if (data === undefined || data === null) return 'null';
  if (Array.isArray(data)) return 'array';
  return typeof data === 'object' ? 'object' : 'string';
}

function guessSchema(data: unknown): PropSchema {
  const type = guessType(data) ?? 'any';
  if (!Array.isArray(data)) return { type };
  return { type, items: { type: guessType(data[0]) ?? 'any' } };
}

async function objectText(
  data: Row,
  schema: PropSchema,
  options: FormatOptions,
  terminal: Terminal,
): Promise<string> {
  const properties = schema.properties ?? {};
  const declared = options.columns ?? columnsOf(properties);
  const keys = declared.length > 0 ? declared : Object.keys(data).sort();
  const rows: Row[] = [];
  for (const key of keys) {
    const value = data[key];
    if (value === undefined || value === null) continue;
    const human = options.humanReadable ?? true;
    rows.push({ key, value: await valueText(value, properties[key], human) });
  }
  return await tableText(rows, {}, ['key', 'value'], options, terminal);
}

async function listText(
  data: readonly unknown[],
  schema: PropSchema,
  options: FormatOptions,
  terminal: Terminal,
): Promise<string> {
  if (data.length === 0) return '';
  const items = schema.items ?? {};
  if (items.type !== 'object') {
    const rows = data.map((value) => ({ value }));
    return await tableText(
      rows,
      { value: items },
      ['value'],
      { ...options, noheader: true },
      terminal,
    );
  }
  const rows = data as readonly Row[];
  const properties = items.properties ?? {};
  let keys = options.columns ?? columnsOf(properties);
  if (keys.length === 0) keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  if (keys.length === 0) throw new PaveError('unable to detect list properties');
  return await tableText(rows, properties, keys, options, terminal);
}

/**
 * The text to print for a result, line break included; empty where nothing is printed (`quiet`, no
 * data, an empty list as text). Without a schema the data's own shape decides.
 */
export async function formatData(
  data: unknown,
  returns: PropSchema | undefined,
  options: FormatOptions = {},
): Promise<string> {
  if (options.quiet) return '';
  const schema = returns?.type === undefined ? guessSchema(data) : returns;
  if (returns?.type === 'null') return '';
  if ((data === undefined || data === null) && (returns?.optional || schema.type === 'null')) {
    return '';
  }
  switch (options.outputFormat ?? 'text') {
    case 'json':
      return canonicalJson(data);
    case 'json-pretty':
      return prettyJson(data);
    case 'yaml':
      return (await import('./yaml.js')).yamlText(data);
  }
  const terminal = options.terminal ?? currentTerminal();
  if (schema.type === 'object')
    return await objectText((data ?? {}) as Row, schema, options, terminal);
  if (schema.type !== 'array') return `${data ?? ''}\n`;
  if (Array.isArray(data)) return await listText(data, schema, options, terminal);
  if (typeof data === 'object' && data !== null && Object.keys(data).length > 0) {
    throw new PaveError('got an object where the command promises a list');
  }
  return '';
}
