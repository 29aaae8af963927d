import { PaveError } from '../errors.js';

/** Dotted path -> reason. */
export type Errors = Record<string, string>;

/** A property string whose values do not fit: `format error`, then a line an error. */
export class FormatError extends PaveError {
  readonly errors: Readonly<Errors>;

  constructor(errors: Errors) {
    const lines = Object.keys(errors)
      .sort()
      .map((key) => `${key}: ${errors[key]}`);
    super(['format error', ...lines].join('\n'));
    this.errors = errors;
  }
}

/** Adds a reason; several of one path are kept on one line. */
export function addError(errors: Errors, path: string, reason: string): void {
  const key = path || '_root';
  errors[key] = Object.hasOwn(errors, key) ? `${errors[key]}; ${reason}` : reason;
}

/** Reports a key that no schema knows: as an error, or to the caller who collects them. */
export function addUnknown(
  errors: Errors,
  path: string,
  key: string,
  unknown: Set<string> | undefined,
): void {
  if (unknown) {
    unknown.add(key);
    return;
  }
  const reason =
    'property is not defined in schema and the schema does not allow additional properties';
  addError(errors, joinPath(path, key), reason);
}

export function joinPath(path: string, key: string): string {
  return path ? `${path}.${key}` : key;
}
