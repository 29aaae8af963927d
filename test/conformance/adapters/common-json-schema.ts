import { parsePropertyString } from '../../../src/schema/propertyString.js';
import { FormatError } from '../../../src/schema/report.js';
import type { PropertyFormat, PropSchema } from '../../../src/schema/types.js';
import { checkObject, checkProp } from '../../../src/schema/validate.js';

type Input =
  | { op: 'property-string'; format: PropertyFormat; text: string }
  | { op: 'object'; schema: Record<string, PropSchema>; value: Record<string, unknown> }
  | { op: 'prop'; schema: PropSchema; value: unknown };

interface Got {
  value?: unknown;
  /** Path -> reason. */
  errors: Record<string, string>;
  /** All errors as lines `path: reason`, or the text thrown. */
  text: string;
}

interface Expect {
  ok?: unknown;
  errors?: Record<string, { $regex: string; flags?: string }>;
  error?: { $regex: string; flags?: string };
}

function lines(errors: Record<string, string>): string {
  return Object.entries(errors)
    .map(([path, reason]) => `${path}: ${reason}\n`)
    .join('');
}

export default {
  suite: 'common-json-schema',

  run(input: Input): Got {
    if (input.op === 'property-string') {
      try {
        return { value: parsePropertyString(input.format, input.text), errors: {}, text: '' };
      } catch (error) {
        const errors = error instanceof FormatError ? { ...error.errors } : {};
        return { errors, text: `${(error as Error).message}\n` };
      }
    }
    const errors: Record<string, string> = {};
    const value = structuredClone(input.value);
    if (input.op === 'object') checkObject('', input.schema, value, undefined, errors);
    else checkProp(value, input.schema, '', errors);
    return { value, errors, text: lines(errors) };
  },

  compare(got: Got, expected: Expect): string | undefined {
    if (expected.errors) {
      const paths = [...new Set([...Object.keys(expected.errors), ...Object.keys(got.errors)])];
      for (const path of paths) {
        const pattern = expected.errors[path];
        const reason = got.errors[path];
        if (!pattern) return `unexpected error: ${path}: ${reason}`;
        if (reason === undefined || !new RegExp(pattern.$regex, pattern.flags).test(reason)) {
          return `${path}: expected /${pattern.$regex}/, got ${reason}`;
        }
      }
    } else if (expected.error) {
      if (!new RegExp(expected.error.$regex, expected.error.flags ?? 'm').test(got.text)) {
        return `expected /${expected.error.$regex}/, got ${got.text}`;
      }
    } else if (got.text !== '') {
      return `unexpected error: ${got.text}`;
    }
    if (expected.ok === undefined || expected.ok === null) return undefined;
    const want = JSON.stringify(sortKeys(expected.ok));
    const have = JSON.stringify(sortKeys(got.value));
    return want === have ? undefined : `expected ${want}, got ${have}`;
  },
};

/** Scalars as text, keys sorted: the suites' rule of equality. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value === null ? null : String(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sortKeys(one)]),
  );
}
