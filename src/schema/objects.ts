/**
 * Looking into object schemas: plain properties, `allOf`, `oneOf` variants, numbered families.
 * Source: PVE::JSONSchema get_object_property_schema, for_each_property.
 */
import { PaveError } from '../errors.js';
import type { PropSchema } from './types.js';

type Properties = Readonly<Record<string, PropSchema>>;

/** Whether the schema describes an object's properties in one of the forms. */
export function isObjectSchema(schema: PropSchema | undefined): schema is PropSchema {
  return Boolean(schema && (schema.properties || schema.allOf || schema.oneOf));
}

/** The schema of a key: its own, or that of the numbered family it belongs to (`net3` of `net[n]`). */
export function schemaOfKey(properties: Properties, key: string): PropSchema | undefined {
  const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (own) return own.indexed ? undefined : own;
  const family = /^(.*[^0-9])(0|[1-9][0-9]*)$/.exec(key);
  const base = `${family?.[1] ?? ''}[n]`;
  const numbered = family && Object.hasOwn(properties, base) ? properties[base] : undefined;
  if (!numbered?.indexed) return undefined;
  const number = Number(family?.[2]);
  return number >= numbered.indexed.min && number <= numbered.indexed.max ? numbered : undefined;
}

/**
 * Every schema a key may have; with `data`, only variants of its types are looked into, without,
 * all of them. Empty when there is none.
 */
export function schemasOf(
  schema: PropSchema,
  key: string,
  data?: Readonly<Record<string, unknown>>,
): PropSchema[] {
  if (schema.properties) {
    const found = schemaOfKey(schema.properties, key);
    return found ? [found] : [];
  }
  if (schema.allOf) {
    for (const part of schema.allOf) {
      const found = schemasOf(part, key, data);
      if (found.length > 0) return found;
    }
    return [];
  }
  if (!schema.oneOf) return [];
  const typeProperty = schema['type-property'];
  if (typeProperty !== undefined && key === typeProperty) {
    const typeSchema = schema['type-property-schema'];
    return typeSchema ? [typeSchema] : [];
  }
  const type = typeProperty === undefined ? undefined : data?.[typeProperty];
  const variants =
    type === undefined || type === null
      ? schema.oneOf
      : schema.oneOf.filter((one) => one['instance-type'] === String(type)).slice(0, 1);
  return variants.flatMap((variant) => schemasOf(variant, key, data));
}

/** One `type=value` after the other, from the outermost: the variant a property belongs to. */
export type VariantPath = readonly string[];

/** Calls for every property, numbered families once as `net[n]`. */
export function eachProperty(
  schema: PropSchema,
  call: (key: string, property: PropSchema, variant: VariantPath) => void,
  variant: VariantPath = [],
): void {
  if (schema.properties) {
    for (const [key, property] of Object.entries(schema.properties)) call(key, property, variant);
  } else if (schema.allOf) {
    for (const part of schema.allOf) eachProperty(part, call, variant);
  } else if (schema.oneOf) {
    const typeProperty = schema['type-property'];
    const typeSchema = schema['type-property-schema'];
    if (typeProperty !== undefined && typeSchema) call(typeProperty, typeSchema, variant);
    for (const one of schema.oneOf) {
      const inner =
        typeProperty === undefined
          ? variant
          : [...variant, `${typeProperty}=${one['instance-type']}`];
      eachProperty(one, call, inner);
    }
  }
}

/** @throws PaveError when a name is an alias in one place and a property in another */
export function denyAliasShadowing(schema: PropSchema): void {
  const seen = new Map<string, boolean>();
  eachProperty(schema, (key, property) => {
    const isAlias = property.alias !== undefined;
    if (seen.has(key) && seen.get(key) !== isAlias) {
      throw new PaveError(`property '${key}' exists as an alias and a regular option`);
    }
    seen.set(key, isAlias);
  });
}
