import { getOptions, OptionError } from '../../../src/cli/argv.js';
import { type UsageFormat, usageText } from '../../../src/cli/usage.js';
import { PaveError } from '../../../src/errors.js';
import { normalizeLists } from '../../../src/schema/lists.js';
import { schemasOf } from '../../../src/schema/objects.js';
import type { PropSchema } from '../../../src/schema/types.js';
import { validate } from '../../../src/schema/validate.js';

interface Mapping {
  name: string;
  interactive?: unknown;
}

interface Input {
  op: 'parse' | 'usage';
  schema: PropSchema;
  args: string[];
  arg_param: string[] | string | null;
  fixed_param?: Record<string, unknown> | null;
  formatter_properties: Record<string, PropSchema> | null;
  /** Parameter mappings of the tool, by occurrence of the parameter's name. */
  callbacks: (Mapping | string)[][];
  resolves_type?: boolean;
  prefix: string;
  format: UsageFormat;
  description?: string;
}

/** A mapping makes its parameter one that is read from a file, or asked for. */
function mapped(schema: PropSchema, callbacks: Input['callbacks']): PropSchema {
  const copy = structuredClone(schema);
  const visit = (part: PropSchema): void => {
    for (const mapping of callbacks.flat()) {
      const name = typeof mapping === 'string' ? mapping : mapping.name;
      const property = part.properties?.[name];
      if (!property) continue;
      if (typeof mapping === 'object' && mapping.interactive) property.interactive = true;
      else property.valueReadFromFile = true;
    }
    for (const inner of [...(part.allOf ?? []), ...(part.oneOf ?? [])]) visit(inner);
  };
  visit(copy);
  return copy;
}

/** The stand-in for a section's type found by its id: here the parameter `common` says it. */
function resolveType(values: Record<string, unknown>): string | undefined {
  const common = String(values.common ?? '');
  if (common === 'resolve-error') throw new PaveError('no such type');
  return /^use-type-(\w+)$/.exec(common)?.[1];
}

/**
 * Usage cases do not say whether the type can be found out. It can where a section is updated, and
 * only those schemas have both `delete` and `digest`.
 */
function updatesSection(schema: PropSchema): boolean {
  return ['delete', 'digest'].every((key) => schemasOf(schema, key).length > 0);
}

async function parse(input: Input): Promise<unknown> {
  const formatter = input.formatter_properties;
  const schema = mapped(input.schema, input.callbacks ?? []);
  const all: PropSchema = formatter ? { allOf: [schema, { properties: formatter }] } : schema;
  try {
    const raw = await getOptions(all, input.args, {
      argParam: input.arg_param,
      fixedParam: input.fixed_param ?? null,
      readFile: (path) => path,
      askPassword: () => '',
    });
    const formatOptions: Record<string, unknown> = {};
    for (const name of Object.keys(formatter ?? {})) {
      if (raw[name] === undefined) continue;
      formatOptions[name] = raw[name];
      delete raw[name];
    }
    if (input.resolves_type && raw.type === undefined) {
      const type = resolveType(raw);
      if (type !== undefined) raw.type = type;
    }
    const values = normalizeLists(raw, schema.properties ?? {});
    const errors = validate(values, schema);
    if (Object.keys(errors).length > 0) return { errors };
    return formatter ? { value: values, format_options: formatOptions } : { value: values };
  } catch (error) {
    if (!(error instanceof PaveError)) throw error;
    return { error: `${error instanceof OptionError ? error.verdict : error.message}\n` };
  }
}

export default {
  suite: 'common-get-options',

  run(input: Input): unknown {
    if (input.op === 'parse') return parse(input);
    return usageText(mapped(input.schema, input.callbacks ?? []), {
      prefix: input.prefix,
      argParam: input.arg_param,
      fixedParam: input.fixed_param ?? null,
      format: input.format,
      formatterProperties: input.formatter_properties,
      resolvesType: Boolean(input.resolves_type ?? updatesSection(input.schema)),
      ...(input.description === undefined ? {} : { description: input.description }),
    });
  },

  compare(got: unknown, expected: unknown, testcase: { name: string }): string | undefined {
    let want = expected;
    const reason = (expected as { errors?: unknown } | null)?.errors;
    if (typeof reason === 'string') {
      // The key of a single error is the last part of the case's name.
      want = { errors: { [testcase.name.slice(testcase.name.lastIndexOf(' - ') + 3)]: reason } };
    }
    const [a, b] = [canonical(want), canonical(got)];
    return a === b ? undefined : `expected ${a}, got ${b}`;
  },
};

/** Scalars as text, keys sorted, null left out: the suites' rule of equality. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'number' || typeof one === 'boolean') return String(one);
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one ?? undefined;
    const entries = Object.entries(one).filter(([, inner]) => inner !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
