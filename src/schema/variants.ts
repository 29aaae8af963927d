/**
 * Schemas made of schemas: `allOf`, and `oneOf` in its two forms (variants of an object chosen by
 * a type property; alternatives for one value). Source: PVE::JSONSchema check_all_of, check_one_of.
 */
import { addError, addUnknown, type Errors, joinPath } from './report.js';
import { textOf } from './typeCheck.js';
import type { PropSchema } from './types.js';

type Values = Record<string, unknown>;

/** The checker of one value: given in, because it calls these. */
export type CheckProp = (
  value: unknown,
  schema: PropSchema,
  path: string,
  errors: Errors,
  instanceType?: string,
  unknown?: Set<string>,
) => void;

/** Whether the schema is an object with variants. */
export function isVariants(schema: PropSchema): boolean {
  return schema.oneOf !== undefined && schema['type-property-schema'] !== undefined;
}

/** The value must fit every schema; unknown is what every one of them does not know. */
export function checkAllOf(
  check: CheckProp,
  value: Values,
  schemas: readonly PropSchema[],
  path: string,
  errors: Errors,
  instanceType?: string,
  unknown?: Set<string>,
): void {
  let everywhere: string[] | undefined;
  for (const schema of schemas) {
    const here = new Set<string>();
    check(value, schema, path, errors, instanceType, here);
    everywhere = everywhere?.filter((key) => here.has(key)) ?? [...here];
  }
  for (const key of (everywhere ?? []).sort()) addUnknown(errors, path, key, unknown);
}

/** Checks the type property, then the whole object against the variant of that type. */
export function checkVariant(
  check: CheckProp,
  value: Values,
  schema: PropSchema,
  path: string,
  errors: Errors,
  unknown?: Set<string>,
): void {
  const property = schema['type-property'];
  const typeSchema = schema['type-property-schema'];
  if (property === undefined || !typeSchema) {
    addError(errors, path, "missing 'type-property' in oneOf schema");
    return;
  }
  const allUnknown = (): void => {
    for (const key of Object.keys(value).sort()) {
      if (key !== property) addUnknown(errors, path, key, unknown);
    }
  };
  const type = value[property];
  if (type === undefined || type === null) {
    allUnknown();
    if (!schema.optional) check(type, typeSchema, joinPath(path, property), errors);
    return;
  }
  const typeErrors: Errors = {};
  check(type, typeSchema, joinPath(path, property), typeErrors);
  if (Object.keys(typeErrors).length > 0) {
    for (const reason of Object.values(typeErrors)) {
      addError(errors, joinPath(path, property), reason);
    }
    allUnknown(); // without a type nothing of the rest can be judged
    return;
  }
  const variant = schema.oneOf?.find((one) => one['instance-type'] === textOf(type));
  if (!variant) {
    addError(errors, path, `'${textOf(type)}' is not a valid oneOf variant`);
    return;
  }
  const variantPath = joinPath(path, `oneOf[${textOf(type)}]`);
  const here = new Set<string>();
  check(value, variant, variantPath, errors, undefined, here);
  here.delete(property); // the enclosing schema owns it
  for (const key of [...here].sort()) addUnknown(errors, variantPath, key, unknown);
}

/**
 * Checks a value against alternatives: those for the instance's type where they depend on one,
 * else any. Says whether the value may be missing, or that the schema itself is wrong.
 */
export function checkAlternatives(
  check: CheckProp,
  value: unknown,
  schema: PropSchema,
  path: string,
  errors: Errors,
  instanceType?: string,
): 'optional' | 'required' | 'stop' {
  const alternatives = schema.oneOf ?? [];
  if (schema['type-property'] !== undefined) {
    let optional = true;
    if (instanceType === undefined) return 'optional';
    for (const alternative of alternatives) {
      const types = alternative['instance-types'];
      if (!types) {
        addError(errors, path, "missing 'instance-types' in oneOf alternative");
        return 'stop';
      }
      if (!types.includes(instanceType)) continue;
      optional = Boolean(alternative.optional);
      check(value, alternative, path, errors);
    }
    return optional ? 'optional' : 'required';
  }
  const collected: Errors = {};
  for (const [i, alternative] of alternatives.entries()) {
    const own: Errors = {};
    check(value, alternative, `${path}.oneOf[${i}]`, own);
    if (Object.keys(own).length === 0) return 'required';
    for (const [key, reason] of Object.entries(own)) addError(collected, key, reason);
  }
  for (const [key, reason] of Object.entries(collected)) addError(errors, key, reason);
  return 'required';
}
