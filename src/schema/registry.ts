/** The named formats: what pve-common and pve-storage define, and what the domains add. */
import { PaveError } from '../errors.js';
import { backupFormats } from './formats/backup.js';
import type { FormatCheck } from './formats/check.js';
import { idFormats } from './formats/ids.js';
import { netFormats } from './formats/net.js';
import {
  type NamedPropertyFormat,
  type PropertyValues,
  propertyFormats,
} from './formats/properties.js';
import { storageFormats } from './formats/storage.js';
import type { PropertyFormat } from './types.js';

export type Format = FormatCheck | NamedPropertyFormat;

/** The families in order of use; each becomes a table only when a name was not found before it. */
const families: (() => Record<string, Format>)[] = [
  idFormats,
  netFormats,
  storageFormats,
  propertyFormats,
  backupFormats,
];
const tables: Record<string, Format>[] = [];
const registered = new Map<string, Format>();

function register(name: string, format: Format): void {
  const known = getFormat(name);
  if (known === format) return;
  if (known) throw new PaveError(`format '${name}' is already registered`);
  registered.set(name, format);
}

/**
 * Adds a named format; the check throws with the reason. Doing it again with the same function is
 * no error. @throws PaveError when the name belongs to another
 */
export function registerFormat(name: string, check: FormatCheck): void {
  register(name, check);
}

/** Adds a family of named formats, which gives its table when a name is looked up; once is enough. */
export function registerFamily(family: () => Record<string, FormatCheck>): void {
  if (!families.includes(family)) families.push(family);
}

/** Adds a named property string. */
export function registerPropertyFormat(
  name: string,
  keys: PropertyFormat,
  validator?: (values: PropertyValues) => PropertyValues,
): void {
  const known = getFormat(name);
  if (known && typeof known === 'object' && known.keys === keys) return;
  register(name, validator ? { keys, validator } : { keys });
}

/** The format of that very name, without regard to suffixes. */
export function getFormat(name: string): Format | undefined {
  const added = registered.get(name);
  if (added) return added;
  for (let i = 0; i < families.length; i++) {
    tables[i] ??= families[i]!();
    const table = tables[i]!;
    if (Object.hasOwn(table, name)) return table[name];
  }
  return undefined;
}

/** The keys of a named or inline property string; undefined for anything else. */
export function propertyFormatOf(
  format: string | PropertyFormat | undefined,
): PropertyFormat | undefined {
  if (typeof format !== 'string') return format;
  const named = getFormat(format);
  return typeof named === 'object' ? named.keys : undefined;
}
