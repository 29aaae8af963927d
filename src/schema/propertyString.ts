/** Property strings: `virtio=AA:BB:CC:DD:EE:FF,bridge=vmbr0`. Source: PVE::JSONSchema. */
import { PaveError } from '../errors.js';
import type { NamedPropertyFormat, PropertyValues } from './formats/properties.js';
import { getFormat } from './registry.js';
import { type Errors, FormatError } from './report.js';
import type { PropertyFormat } from './types.js';
import { formatSize, parseSize } from './units.js';
import { checkedNamed, checkObject } from './validate.js';

export type { PropertyValues } from './formats/properties.js';
export { FormatError } from './report.js';

function resolve(format: string | PropertyFormat): NamedPropertyFormat {
  if (typeof format !== 'string') return { keys: format };
  const named = getFormat(format);
  if (!named) throw new PaveError(`unknown format: ${format}`);
  if (typeof named !== 'object') {
    throw new PaveError(`format '${format}' does not describe a property string`);
  }
  return named;
}

/**
 * The values of a property string by key: text as given, booleans as 1 or 0, aliases resolved.
 * `skip` names keys to leave out, `path` prefixes the keys in errors.
 * @throws PaveError on wrong syntax, FormatError with every value that does not fit
 */
export function parsePropertyString(
  format: string | PropertyFormat,
  text: string,
  options: { path?: string; additional?: boolean; skip?: readonly string[] } = {},
): PropertyValues {
  return checkedNamed(resolve(format), text, options.path ?? '', options);
}

/** The default key, and by the key that holds another key's name the key that holds the value. */
export function keyRoles(format: PropertyFormat): {
  defaultKey: string | undefined;
  keyAliases: Record<string, string>;
} {
  let defaultKey: string | undefined;
  const keyAliases: Record<string, string> = {};
  for (const [key, schema] of Object.entries(format)) {
    if (schema.default_key) {
      if (defaultKey !== undefined) {
        throw new PaveError(`multiple default keys in schema (${defaultKey}, ${key})`);
      }
      if (schema.alias !== undefined) {
        throw new PaveError(`default key '${key}' is an alias - this is not allowed`);
      }
      defaultKey = key;
    }
    if (schema.keyAlias === undefined) continue;
    if (schema.alias === undefined) {
      throw new PaveError(`found keyAlias without 'alias definition for '${key}'`);
    }
    keyAliases[schema.keyAlias] ??= schema.alias;
  }
  return { defaultKey, keyAliases };
}

function valueText(key: string, value: unknown, format: unknown): string {
  if (format === 'disk-size') {
    const bytes = typeof value === 'number' ? value : parseSize(String(value));
    if (bytes === undefined) throw new PaveError(`illegal size for ${key}: ${value}`);
    return formatSize(bytes);
  }
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  if (text.includes(',')) throw new PaveError(`illegal value with commas for ${key}`);
  return text;
}

/**
 * Writes values as a property string in the original's order: the default key bare, required keys,
 * the others, each by name; sizes (bytes) in their largest exact unit. `skip` names keys to leave out.
 * @throws FormatError when the values do not fit, PaveError for unknown keys and values with commas
 */
export function printPropertyString(
  data: Readonly<Record<string, string | number | boolean | undefined | null>>,
  format: string | PropertyFormat,
  options: { skip?: readonly string[]; path?: string } = {},
): string {
  const named = resolve(format);
  const keys = named.keys;
  const checked: PropertyValues = {};
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined || value === null) continue;
    checked[key] = typeof value === 'boolean' ? Number(value) : value;
  }
  const errors: Errors = {};
  checkObject(options.path ?? '', keys, checked, undefined, errors);
  if (Object.keys(errors).length > 0) throw new FormatError(errors);
  const values = named.validator ? named.validator(checked) : checked;
  const { defaultKey, keyAliases } = keyRoles(keys);
  const parts: string[] = [];
  const done = new Set(options.skip);
  const add = (key: string, bare = false): void => {
    if (done.has(key)) return;
    done.add(key);
    const value = values[key];
    if (value === undefined) return;
    const schema = keys[key];
    const partner = keyAliases[key];
    const partnerValue = partner === undefined ? undefined : values[partner];
    if (partner !== undefined && partnerValue !== undefined) {
      const name = valueText(key, value, schema?.format);
      parts.push(`${name}=${valueText(partner, partnerValue, keys[partner]?.format)}`);
      done.add(partner);
      return;
    }
    if (!schema) throw new PaveError(`invalid key '${key}'`);
    const text = valueText(key, value, schema.format);
    parts.push(bare ? text : `${key}=${text}`);
  };
  if (defaultKey !== undefined) add(defaultKey, true);
  const sorted = Object.keys(values).sort();
  for (const key of sorted) if (keys[key] && !keys[key].optional) add(key);
  for (const key of sorted) add(key);
  return parts.join(',');
}
