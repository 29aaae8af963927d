/**
 * What may be given when a section of a section config is made or changed, as one schema. Source
 * of the rules: SectionConfig.pm createSchema and updateSchema.
 */
import type { PropSchema } from '../schema/types.js';
import { optionsOf, propertyOf, type SectionConfigSpec } from './section-config.js';

type Properties = Record<string, PropSchema>;

/** A schema as data: of one kind of object, or of alternatives by the section's type. */
export interface SectionSchema {
  type?: 'object';
  additionalProperties?: 0;
  properties?: Properties;
  allOf?: SectionSchema[];
  oneOf?: SectionSchema[];
  'instance-type'?: string;
  'type-property'?: string;
  'type-property-schema'?: PropSchema;
}

const UPDATE_PROPERTIES = {
  digest: {
    type: 'string',
    maxLength: 64,
    optional: true,
    description:
      'Prevent changes if current configuration file has a different digest. This can be used to prevent concurrent modifications.',
  },
  delete: {
    type: 'string',
    format: 'pve-configid-list',
    maxLength: 4096,
    optional: true,
    description: 'A list of settings you want to delete.',
  },
} satisfies Properties;

/** Of a new section. */
export function createSchema(spec: SectionConfigSpec): SectionSchema {
  if (spec.isolated) return allOf(alternatives(spec, false), unused(spec));
  const properties: Properties = {};
  for (const [key, schema] of unifiedProperties(spec)) {
    const everywhere = Object.keys(spec.types).every((type) => {
      const option = optionsOf(spec, type).get(key);
      return option !== undefined && !option.optional;
    });
    properties[key] = schema.optional && everywhere ? { ...schema, optional: false } : schema;
  }
  return object(properties);
}

/** Of a change: what is fixed is no part of it. */
export function updateSchema(spec: SectionConfigSpec): SectionSchema {
  if (spec.isolated) {
    const own = { additionalProperties: 0 as const, properties: UPDATE_PROPERTIES };
    return allOf(alternatives(spec, true), own, unused(spec));
  }
  const properties: Properties = {};
  for (const [key, schema] of unifiedProperties(spec)) {
    if (key === 'type') continue;
    const modifiable = Object.keys(spec.types).some((type) => {
      const option = optionsOf(spec, type).get(key);
      return option !== undefined && !option.fixed;
    });
    if (!schema.optional || modifiable) properties[key] = schema;
  }
  return object({ ...properties, ...UPDATE_PROPERTIES });
}

function object(properties: Properties): SectionSchema {
  return { type: 'object', additionalProperties: 0, properties };
}

/** Every property by name: what a type brings along is optional, as other types lack it. */
function unifiedProperties(spec: SectionConfigSpec): Map<string, PropSchema> {
  const all = new Map(Object.entries(spec.base));
  all.set('type', typeSchema(spec));
  for (const { properties } of Object.values(spec.types))
    for (const [key, schema] of Object.entries(properties))
      all.set(key, { ...schema, optional: true });
  return all;
}

function typeSchema(spec: SectionConfigSpec): PropSchema {
  return { ...spec.base.type, type: 'string', enum: Object.keys(spec.types).sort() };
}

/** One schema a type. */
function alternatives(spec: SectionConfigSpec, update: boolean): SectionSchema {
  const oneOf = Object.keys(spec.types)
    .sort()
    .map((type) => {
      const properties: Properties = {};
      for (const [key, option] of optionsOf(spec, type)) {
        if (update && option.fixed) continue;
        const schema = propertyOf(spec, type, key);
        properties[key] = update || option.optional ? { ...schema, optional: true } : schema;
      }
      return { 'instance-type': type, additionalProperties: 0 as const, properties };
    });
  const type = { description: 'Section Type', ...typeSchema(spec) };
  delete type.optional;
  return { 'type-property': 'type', 'type-property-schema': type, oneOf };
}

/** Required properties that no type uses: in practice the section's id. */
function unused(spec: SectionConfigSpec): SectionSchema | undefined {
  const used = new Set(['type']);
  for (const type of Object.keys(spec.types))
    for (const key of optionsOf(spec, type).keys()) used.add(key);
  const left = Object.entries(spec.base).filter(
    ([key, { optional }]) => !optional && !used.has(key),
  );
  if (left.length === 0) return undefined;
  return { additionalProperties: 0, properties: Object.fromEntries(left) };
}

function allOf(main: SectionSchema, ...common: (SectionSchema | undefined)[]): SectionSchema {
  const given = common.filter((schema) => schema !== undefined);
  return given.length === 0 ? main : { allOf: [...given, main] };
}
