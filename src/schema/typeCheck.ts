import { addError, type Errors } from './report.js';

const NUMBER = /^[+-]?(?:\d+\.\d+|\d+\.|\.\d+|\d+)(?:[eE][+-]?\d+)?$/;

/** Whether a text is a number in the original's sense: sign, decimals and exponent allowed. */
export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

/** The original's word for what a value is: ARRAY, HASH or nothing for a scalar. */
export function kindOf(value: unknown): 'ARRAY' | 'HASH' | '' {
  if (Array.isArray(value)) return 'ARRAY';
  return typeof value === 'object' && value !== null ? 'HASH' : '';
}

/** A scalar as text; booleans count as 1 and 0, as everywhere in the original. */
export function textOf(value: unknown): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function typeError(type: string, value: unknown): string | undefined {
  const failed = `type check ('${type}') failed`;
  const kind = kindOf(value);
  if (type === 'any') return undefined;
  if (type === 'null') return `${failed} - value is not null`;
  if (type === 'array') return kind === 'ARRAY' ? undefined : failed;
  if (type === 'object') return kind === 'HASH' ? undefined : failed;
  if (kind) return `${failed} - got ${kind}`;
  const text = textOf(value);
  const wrong =
    (type === 'boolean' && text !== '1' && text !== '0') ||
    (type === 'integer' && !/^[+-]?\d+$/.test(text)) ||
    (type === 'number' && !NUMBER.test(text));
  return wrong ? `${failed} - got '${text}'` : undefined;
}

/** Checks a given value's type; `type` may be a list of types in schemas that come as data. */
export function checkType(path: string, type: unknown, value: unknown, errors: Errors): boolean {
  if (!type) return true;
  if (Array.isArray(type)) {
    if (type.some((one) => typeError(String(one), value) === undefined)) return true;
    addError(errors, path, `type check ('${type.join('|')}') failed`);
    return false;
  }
  const reason = typeError(String(type), value);
  if (reason !== undefined) addError(errors, path, reason);
  return reason === undefined;
}
