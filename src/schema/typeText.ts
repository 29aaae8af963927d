/** What a value looks like, in the words of the help. Source: PVE::JSONSchema. */
import { keyRoles } from './propertyString.js';
import { propertyFormatOf } from './registry.js';
import type { PropertyFormat, PropertyKeySchema, PropSchema } from './types.js';

function keyValueText(schema: PropertyKeySchema, listEnums: boolean): string {
  if (schema.format_description) return `<${schema.format_description}>`;
  if (schema.typetext) return schema.typetext;
  if (schema.enum) {
    return listEnums || schema.enum.length <= 3 ? `<${schema.enum.join('|')}>` : '<enum>';
  }
  return schema.type === 'boolean' ? '<1|0>' : `<${schema.type ?? 'string'}>`;
}

/**
 * The grammar of a property string on one line: the default key, required keys, the others, then
 * pairs whose name is a value. `listEnums` spells out enumerations of more than three words.
 */
export function propertyStringText(format: PropertyFormat, listEnums = false): string {
  const { defaultKey, keyAliases } = keyRoles(format);
  const sorted = Object.keys(format).sort();
  const keys = new Set<string>();
  if (defaultKey !== undefined) keys.add(defaultKey);
  for (const key of sorted) if (!format[key]?.optional) keys.add(key);
  for (const key of sorted) keys.add(key);
  let text = '';
  const add = (part: string, optional: boolean): void => {
    const separated = text === '' ? part : `,${part}`;
    text += `${text === '' ? '' : ' '}${optional ? `[${separated}]` : separated}`;
  };
  for (const key of keys) {
    const schema = format[key];
    if (!schema || schema.alias !== undefined) continue;
    const name = key === defaultKey ? `[${key}=]` : `${key}=`;
    add(name + keyValueText(schema, listEnums), Boolean(schema.optional));
  }
  for (const key of Object.keys(keyAliases).sort()) add(`<${key}>=<${keyAliases[key]}>`, true);
  return text;
}

/** The type of a parameter as the help shows it: `<integer> (1 - N)`, `<a | b>`, a grammar, …. */
export function typeText(schema: PropSchema, listEnums = false): string {
  const type = schema.type ?? 'string';
  const { minimum, maximum } = schema;
  if (schema.typetext) return schema.typetext;
  if (schema.format_description) return `<${schema.format_description}>`;
  if (schema.enum) return `<${[...schema.enum].map(String).sort().join(' | ')}>`;
  if (schema.pattern) return schema.pattern;
  if (schema.alias !== undefined) return `<alias to '${schema.alias}'>`;
  if (type === 'integer' || type === 'number') {
    if (minimum === undefined && maximum === undefined) return `<${type}>`;
    const low = minimum === undefined ? '-N' : Number(minimum);
    return `<${type}> (${low} - ${maximum === undefined ? 'N' : Number(maximum)})`;
  }
  const format = type === 'string' ? propertyFormatOf(schema.format) : undefined;
  return format ? propertyStringText(format, listEnums) : `<${type}>`;
}
