import { PaveError } from '../errors.js';

/** A file operation that failed: `code` is the errno name, e.g. `EACCES`. */
export class FileError extends PaveError {
  readonly code: string;
  readonly path: string;

  constructor(action: string, path: string, cause: unknown) {
    super(`unable to ${action} '${path}' - ${reasonOf(cause)}`, { cause });
    this.code = errnoOf(cause) ?? 'EUNKNOWN';
    this.path = path;
  }
}

/** SIGINT, SIGTERM or SIGHUP came while something was under way. */
export class InterruptedError extends PaveError {
  constructor() {
    super('received interrupt');
  }
}

/** The errno name of a system error, e.g. `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** `EACCES: permission denied, open '/x'` -> `Permission denied`. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^[A-Z0-9]+: ([^,]+)/.exec(text);
  const reason = match?.[1] ?? text;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
