/** Every key of a VM's config, and how its values are checked. */
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { Prop, PropertyFormat } from '../../schema/types.js';
import { checkFormat } from '../../schema/validate.js';
import { cloudinitOptions } from './cloudinit.js';
import { cpuOptions } from './cpu.js';
import { devicesOptions } from './devices.js';
import { diskOptions } from './disks.js';
import { registerQemuFormats } from './formats.js';
import { generalOptions } from './general.js';
import { internalOptions } from './internal.js';
import { machineOptions } from './machine.js';
import { memoryOptions } from './memory.js';

/** Keys a person may set, as `qm create` and `qm set` take them; numbered ones as `net[n]`. */
export function settableOptions() {
  registerQemuFormats();
  return {
    ...generalOptions,
    ...cpuOptions,
    ...memoryOptions,
    ...machineOptions,
    ...diskOptions(true),
    ...devicesOptions,
    ...cloudinitOptions,
  };
}

let fileKeys: Record<string, Prop> | undefined;

/** Keys as a config file holds them, also those that only the tools write. */
export function vmOptions(): Record<string, Prop> {
  fileKeys ??= { ...settableOptions(), ...diskOptions(false), ...internalOptions } as Record<
    string,
    Prop
  >;
  return fileKeys;
}

/** The schema of a key such as `net3`; undefined where there is none. */
export function vmKeySchema(key: string): Prop | undefined {
  const options = vmOptions();
  const own = options[key];
  if (own !== undefined) return own.indexed === undefined ? own : undefined;
  const match = /^(.*?)(0|[1-9]\d*)$/.exec(key);
  const family = match === null ? undefined : options[`${match[1]}[n]`];
  if (family?.indexed === undefined) return undefined;
  const n = Number(match![2]);
  return n >= family.indexed.min && n <= family.indexed.max ? family : undefined;
}

export function isVmKey(key: string): boolean {
  return vmKeySchema(key) !== undefined;
}

/** The keys of a VM value that is a property string. @throws PaveError for other keys */
export function propertyFormatOfKey(key: string): PropertyFormat {
  const format = vmKeySchema(key)?.format;
  if (typeof format !== 'object') throw new PaveError(`'${key}' is no property string`);
  return format;
}

/**
 * The canonical text of a value in a config file. @throws PaveError with the original's reason.
 * Source: check_type of the original, which is laxer than the command line's check.
 */
export function checkVmValue(key: string, value: string): string {
  const schema = vmKeySchema(key);
  if (schema === undefined) throw new PaveError(`unknown setting '${key}'`);
  if (/[\n\r]/.test(value)) throw new PaveError('property contains a line feed');
  if (schema.type === 'boolean') {
    const bool = parseBoolean(value);
    if (bool === undefined) throw new PaveError(`type check ('boolean') failed - got '${value}'`);
    return String(bool);
  }
  if (schema.type === 'integer') {
    if (!/^\d+$/.test(value)) throw new PaveError(`type check ('integer') failed - got '${value}'`);
    return String(BigInt(value));
  }
  if (schema.type === 'number') {
    if (!/^\d+(\.\d+)?$/.test(value))
      throw new PaveError(`type check ('number') failed - got '${value}'`);
    return value;
  }
  if (schema.format !== undefined) {
    checkFormat(schema.format, value);
    return value;
  }
  return value.replace(/^"(.*)"$/, '$1');
}
