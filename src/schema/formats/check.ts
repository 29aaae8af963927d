import { PaveError } from '../../errors.js';

/** Throws when the value does not fit; what it returns is of no importance to the checker. */
export type FormatCheck = (value: string) => unknown;

/**
 * A check by regular expression; the reason may show the value. A pattern given as text is anchored
 * at both ends, and compiled only when first needed.
 */
export function matching(
  pattern: RegExp | string,
  reason: string | ((value: string) => string),
): FormatCheck {
  let compiled: RegExp | undefined;
  return (value) => {
    compiled ??= typeof pattern === 'string' ? new RegExp(`^(?:${pattern})$`) : pattern;
    if (!compiled.test(value)) {
      throw new PaveError(typeof reason === 'string' ? reason : reason(value));
    }
  };
}

/** Whether a check accepts the value. */
export function accepts(check: FormatCheck, value: string): boolean {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
}

/** A check that passes when one of several does. */
export function anyOf(
  checks: readonly FormatCheck[],
  reason: (value: string) => string,
): FormatCheck {
  return (value) => {
    if (!checks.some((check) => accepts(check, value))) throw new PaveError(reason(value));
  };
}
