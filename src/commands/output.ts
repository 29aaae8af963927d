/**
 * Where a command's words go. Data is returned from `run`, not printed; this is for what the
 * original prints besides (progress, notices, a text it defines itself).
 */
export interface Output {
  /** A line on standard output. In JSON/YAML mode it goes to stderr, so that stdout stays parseable. */
  line(text: string): void;
  /** Raw text on standard output. */
  write(text: string): void;
  /** A line on stderr that only a person wants; silent with --quiet and in cron-like use. */
  info(text: string): void;
  /** `WARN: text` on stderr; counted by a running task. */
  warn(text: string): void;
  /** How far a long step is: a bar on a terminal, now and then a line elsewhere. */
  progress(state: { done: number; total?: number; text: string }): void;
  /** The step is over; clears the bar. */
  progressEnd(): void;
  readonly isTty: boolean;
  /** The result is written for a program (JSON, YAML). */
  readonly machine: boolean;
}
