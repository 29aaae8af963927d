/** The errors every layer may throw. They carry what the front end needs: text, hint, exit status. */

export interface PaveErrorInit {
  /** What the user can do about it; printed on a line of its own. */
  hint?: string;
  /** Exit status of the process; 255 where nothing else is meant (what the original exits with). */
  exitCode?: number;
  cause?: unknown;
}

/** A failure that is the user's or the machine's, not ours: printed as one line, without a stack. */
export class PaveError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, init: PaveErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.hint = init.hint;
    this.exitCode = init.exitCode ?? 255;
  }
}

/** Wrong words on the command line: `400 not enough arguments` and the like, followed by the usage. */
export class UsageError extends PaveError {}

/**
 * Parameters that do not fit their schema, all at once: parameter name -> reason.
 * Source of the shape: `400 Parameter verification failed.` of the original.
 */
export class ParamError extends PaveError {
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Record<string, string>, message = 'Parameter verification failed.') {
    super(message);
    this.errors = errors;
  }

  /** The original's text: heading, then one `name: reason` line per error, sorted by name. */
  override toString(): string {
    const lines = Object.keys(this.errors)
      .sort()
      .map((name) => `${name}: ${this.errors[name]}`);
    return `400 ${this.message}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`;
  }
}

/** Several failures as one: each one's lines once, and the first hint there is. */
export function together(failures: readonly PaveError[]): PaveError {
  if (failures.length === 1) return failures[0]!;
  const text = [...new Set(failures.map(({ message }) => message.trim()))].join('\n');
  const hint = failures.find((failure) => failure.hint !== undefined)?.hint;
  return new PaveError(text, hint === undefined ? {} : { hint });
}

/** The text of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
