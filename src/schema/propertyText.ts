import { PaveError } from '../errors.js';
import { parseBoolean } from './boolean.js';
import type { PropertyValues } from './formats/properties.js';
import type { PropertyFormat, PropertyKeySchema } from './types.js';

/** Booleans become 1 or 0; what is none stays, for the checker to complain about. */
function normalised(schema: PropertyKeySchema, text: string): string | number {
  return schema.type === 'boolean' ? (parseBoolean(text) ?? text) : text;
}

function assign(values: PropertyValues, format: PropertyFormat, key: string, text: string): void {
  if (Object.hasOwn(values, key)) {
    throw new PaveError(`duplicate key in comma-separated list property: ${key}`);
  }
  const own = Object.hasOwn(format, key) ? format[key] : undefined;
  if (own?.alias === undefined) {
    values[key] = own ? normalised(own, text) : text; // the checker reports unknown keys
    return;
  }
  if (own.keyAlias !== undefined) {
    if (Object.hasOwn(values, own.keyAlias)) {
      throw new PaveError(`key alias '${own.keyAlias}' is already defined`);
    }
    values[own.keyAlias] = key;
  }
  if (Object.hasOwn(values, own.alias)) {
    throw new PaveError(`key '${own.alias}' is already defined (via alias)`);
  }
  values[own.alias] = normalised(format[own.alias] ?? {}, text);
}

/**
 * Takes a property string apart, aliases resolved, without checking the values. `skip` names keys
 * to leave out. @throws PaveError on text that has no such shape
 */
export function splitPropertyText(
  format: PropertyFormat,
  text: string,
  skip: readonly string[] = [],
): PropertyValues {
  const values: PropertyValues = {};
  let defaultKey: string | undefined;
  for (const part of text.split(',')) {
    if (/^\s*$/.test(part)) continue;
    const pair = /^([^=]+)=(.+)$/.exec(part);
    if (pair) {
      const [, key = '', value = ''] = pair;
      if (!skip.includes(key)) assign(values, format, key, value);
      continue;
    }
    if (part.includes('=')) throw new PaveError('missing key in comma-separated list property');
    const key = Object.keys(format).find((name) => format[name]?.default_key);
    if (key === undefined) {
      throw new PaveError('value without key, but schema does not define a default key');
    }
    if (defaultKey !== undefined || values[key]) {
      throw new PaveError(`duplicate key in comma-separated list property: ${key}`);
    }
    defaultKey = key;
    values[key] = normalised(format[key] ?? {}, part);
  }
  return values;
}
