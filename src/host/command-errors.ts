import { PaveError } from '../errors.js';
import { installLine } from './packages.js';
import { redact, showCommand } from './quote.js';

/** How many of the last stderr lines an error keeps. */
const STDERR_TAIL = 20;

/** A program that failed, was ended, or ran out of time. */
export class CommandError extends PaveError {
  readonly argv: readonly string[];
  /** Exit code, 128 + n for signal n. */
  readonly code: number;
  /** The last lines of stderr. */
  readonly stderr: readonly string[];
  readonly timedOut: boolean;

  constructor(
    argv: readonly string[],
    result: { code: number; stderr: string; timedOutMs?: number },
    secrets?: readonly string[],
  ) {
    const tail = tailOf(redact(result.stderr, secrets));
    const what =
      result.timedOutMs !== undefined
        ? `got timeout after ${result.timedOutMs / 1000} s`
        : result.code > 128 && result.code <= 128 + 64
          ? `ended by signal ${result.code - 128}`
          : `exit code ${result.code}`;
    const said = tail.slice(-3).join('; ');
    super(`command '${showCommand(argv, secrets)}' failed: ${what}${said ? `: ${said}` : ''}`);
    this.argv = argv.map((word) => redact(word, secrets));
    this.code = result.code;
    this.stderr = tail;
    this.timedOut = result.timedOutMs !== undefined;
  }
}

/** A program that is not there, with the package that holds it. */
export class MissingProgramError extends PaveError {
  readonly program: string;

  constructor(program: string) {
    const install = installLine(program);
    super(`program '${program}' is not installed`, install ? { hint: install } : {});
    this.program = program;
  }
}

function tailOf(stderr: string): string[] {
  return stderr
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-STDERR_TAIL);
}
