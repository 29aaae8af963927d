/**
 * Checks values against schemas and reports every error at once, with the original's texts.
 * Source of rules and texts: PVE::JSONSchema (check_prop, check_object, check_type, check_format).
 */
import { ParamError, PaveError } from '../errors.js';
import type { NamedPropertyFormat, PropertyValues } from './formats/properties.js';
import { splitList } from './lists.js';
import { schemaOfKey } from './objects.js';
import { anchoredPattern } from './pattern.js';
import { splitPropertyText } from './propertyText.js';
import { getFormat } from './registry.js';
import { addError, addUnknown, type Errors, FormatError, joinPath } from './report.js';
import { checkType, isNumberText, kindOf, textOf } from './typeCheck.js';
import type { PropertyFormat, PropSchema } from './types.js';
import { checkAllOf, checkAlternatives, checkVariant, isVariants } from './variants.js';

type Values = Record<string, unknown>;

/** Values of a property string, checked; see propertyString.ts. */
export function checkedProperties(
  format: PropertyFormat | NamedPropertyFormat,
  text: string,
  path: string,
  options: { skip?: readonly string[]; additional?: boolean } = {},
): PropertyValues {
  return checkedNamed(isNamed(format) ? format : { keys: format }, text, path, options);
}

/** The same of a format that has its keys under `keys`. */
export function checkedNamed(
  named: NamedPropertyFormat,
  text: string,
  path: string,
  options: { skip?: readonly string[]; additional?: boolean } = {},
): PropertyValues {
  const values = splitPropertyText(named.keys, text, options.skip);
  const errors: Errors = {};
  checkObject(path, named.keys, values, options.additional ?? false, errors);
  if (Object.keys(errors).length > 0) throw new FormatError(errors);
  return named.validator ? named.validator(values) : values;
}

function isNamed(format: PropertyFormat | NamedPropertyFormat): format is NamedPropertyFormat {
  // A key called `keys` would be a schema, whose values are no schemas: `type`, `optional`, ….
  const keys = (format as NamedPropertyFormat).keys;
  return keys !== undefined && Object.values(keys).every((key) => typeof key === 'object');
}

/**
 * Throws unless the text fits the format: a name, a name with `-list` (every item must fit) or
 * `-opt` (empty and 0 fit too), or the keys of a property string.
 */
export function checkFormat(format: string | PropertyFormat, value: string, path = ''): void {
  if (typeof format !== 'string') {
    checkedProperties(format, value, path);
    return;
  }
  if (format === 'regex') return;
  const [, name = '', suffix] = /^(.*?)(?:-(a?list|opt))?$/.exec(format) ?? [];
  const known = getFormat(name) ?? (suffix ? getFormat(format) : undefined);
  if (!known) throw new PaveError(`undefined format '${format}'`);
  if (typeof known === 'object') {
    if (suffix) throw new PaveError(`'-${suffix}' does not go with a property string: '${format}'`);
    checkedProperties(known, value, path);
  } else if (suffix === undefined || getFormat(name) === undefined) {
    known(value);
  } else if (suffix === 'opt') {
    if (value !== '' && value !== '0') known(value);
  } else {
    for (const item of splitList(value)) known(item);
  }
}

function scalarError(value: unknown, schema: PropSchema, path: string): string | undefined {
  const text = textOf(value);
  if (schema.format !== undefined) {
    try {
      checkFormat(schema.format, text, path);
    } catch (error) {
      return `invalid format - ${(error as Error).message.trimEnd()}`;
    }
  }
  if (schema.pattern && !anchoredPattern(schema.pattern).test(text)) {
    return 'value does not match the regex pattern';
  }
  const { maxLength, minLength, maximum, minimum } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = [...text].length;
    if (maxLength !== undefined && length > maxLength) {
      return `value may only be ${maxLength} characters long`;
    }
    if (minLength !== undefined && length < minLength) {
      return `value must be at least ${minLength} characters long`;
    }
  }
  if ((maximum !== undefined || minimum !== undefined) && isNumberText(text)) {
    if (maximum !== undefined && Number(text) > Number(maximum)) {
      return `value must have a maximum value of ${maximum}`;
    }
    if (minimum !== undefined && Number(text) < Number(minimum)) {
      return `value must have a minimum value of ${minimum}`;
    }
  }
  if (schema.enum && !schema.enum.some((one) => textOf(one) === text)) {
    return `value '${text}' does not have a value in the enumeration '${schema.enum.join(', ')}'`;
  }
  return undefined;
}

/**
 * Checks one value. `instanceType` is the type of the enclosing object where properties depend on
 * it; keys nobody knows are put into `unknown` where given, else they are errors.
 */
export function checkProp(
  value: unknown,
  schema: PropSchema,
  path: string,
  errors: Errors,
  instanceType?: string,
  unknown?: Set<string>,
): void {
  let optionalHere = false;
  if (schema.oneOf && !isVariants(schema)) {
    const answer = checkAlternatives(checkProp, value, schema, path, errors, instanceType);
    if (answer === 'stop') return;
    optionalHere = answer === 'optional';
  } else if (instanceType !== undefined) {
    const types = schema['instance-types'];
    if (!types) {
      addError(errors, path, "missing 'instance-types'");
      return;
    }
    optionalHere = !types.includes(instanceType);
  }
  if (schema.alias !== undefined) return; // checked under the name it stands for
  if (value === undefined || value === null) {
    if (schema.type !== 'null' && !schema.optional && !schema.group && !optionalHere) {
      addError(errors, path, 'property is missing and it is not optional');
    }
    return;
  }
  if (!checkType(path, schema.type, value, errors)) return;
  if (Array.isArray(value)) {
    const items = schema.items;
    if (!items) return;
    for (const [i, one] of value.entries()) checkProp(one, items, `${path}[${i}]`, errors);
  } else if (typeof value === 'object') {
    const object = value as Values;
    if (schema.properties || schema.additionalProperties) {
      const extra = schema.additionalProperties;
      checkObject(path, schema.properties ?? {}, object, extra, errors, unknown);
    } else if (schema.allOf) {
      checkAllOf(checkProp, object, schema.allOf, path, errors, instanceType, unknown);
    } else if (isVariants(schema)) {
      checkVariant(checkProp, object, schema, path, errors, unknown);
    }
  } else if (schema.allOf || isVariants(schema)) {
    addError(errors, path, 'value must be an object');
  } else {
    const reason = scalarError(value, schema, path);
    if (reason !== undefined) addError(errors, path, reason);
  }
}

/** The type a property depends on: the value of the property its `type-property` names. */
function instanceTypeOf(schema: PropSchema, value: Values): string | undefined {
  const property = schema['type-property'];
  const type = property === undefined ? undefined : value[property];
  return type === undefined || type === null ? undefined : textOf(type);
}

function isForType(schema: PropSchema, instanceType: string | undefined): boolean {
  if (!schema.oneOf) return true;
  return schema.oneOf.some((alternative) => {
    const types = alternative['instance-types'];
    return !types || (instanceType !== undefined && types.includes(instanceType));
  });
}

/** May be left out whatever the others are. */
function isSimplyOptional(schema: PropSchema): boolean {
  return !!schema.optional && schema.oneOf === undefined && schema['type-property'] === undefined;
}

/** Moves values given under another name of a key to that key. */
function resolveAliases(
  path: string,
  properties: Readonly<Record<string, PropSchema>>,
  value: Values,
  errors: Errors,
): void {
  for (const key of Object.keys(value)) {
    const alias = Object.hasOwn(properties, key) ? properties[key]?.alias : undefined;
    if (alias === undefined) continue;
    if (value[alias] !== undefined && value[alias] !== null) {
      const reason = `cannot set both '${key}' and its alias target '${alias}'`;
      addError(errors, joinPath(path, key), reason);
    } else {
      value[alias] = value[key];
      delete value[key];
    }
  }
}

/**
 * Checks an object's properties; `extra` says whether others are allowed (undefined: yes) and of
 * what schema. Values given under an alias are moved to the name it stands for.
 */
export function checkObject(
  path: string,
  properties: Readonly<Record<string, PropSchema>>,
  value: unknown,
  extra: PropSchema['additionalProperties'],
  errors: Errors,
  unknown?: Set<string>,
): void {
  if (kindOf(value) !== 'HASH') {
    addError(errors, path, 'an object is required');
    return;
  }
  const object = value as Values;
  resolveAliases(path, properties, object, errors);
  for (const key of Object.keys(properties)) {
    const schema = properties[key]!;
    if (schema.indexed) continue;
    const given = Object.hasOwn(object, key) ? object[key] : undefined;
    // Most keys of a property string are not given: nothing to check, no path to make.
    if ((given ?? null) === null && isSimplyOptional(schema)) continue;
    checkProp(given, schema, joinPath(path, key), errors, instanceTypeOf(schema, object));
  }
  for (const key of Object.keys(object)) {
    const keyPath = joinPath(path, key);
    const schema = schemaOfKey(properties, key);
    if (schema) {
      if (schema.indexed) checkProp(object[key], schema, keyPath, errors);
      const { requires } = schema;
      if (requires !== undefined && (object[requires] ?? null) === null) {
        addError(errors, joinPath(path, requires), `missing property required by '${keyPath}'`);
      }
      if (isForType(schema, instanceTypeOf(schema, object))) continue;
    }
    if (extra === undefined || extra === null) continue;
    if (typeof extra === 'object') checkProp(object[key], extra, keyPath, errors);
    else if (!extra) addUnknown(errors, path, key, unknown);
  }
}

/** Every error of a value against its schema: dotted path -> reason; empty when it fits. */
export function validate(instance: unknown, schema: PropSchema): Record<string, string> {
  const errors: Errors = {};
  checkProp(instance, schema, '', errors);
  return errors;
}

/** @throws ParamError with every error, when there is one */
export function assertValid(instance: unknown, schema: PropSchema, message?: string): void {
  const errors = validate(instance, schema);
  if (Object.keys(errors).length > 0) throw new ParamError(errors, message);
}

/** Whether the text fits the format. */
export function fitsFormat(format: string | PropertyFormat, value: string): boolean {
  try {
    checkFormat(format, value);
    return true;
  } catch {
    return false;
  }
}
