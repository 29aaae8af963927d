/** What the parts of a local Host share. */
export interface Machine {
  /** Translates our path to the machine's. */
  at(path: string): string;
  /** Absolute path of a program. */
  which(program: string): string | undefined;
  /** Environment of our children. */
  env(extra?: Record<string, string>): NodeJS.ProcessEnv;
  /** Shows what is done, with `-v`. */
  report(text: string): void;
  /** Aborted when we are told to end: ends what runs at that moment, not what unwinds afterwards. */
  interrupt: AbortSignal | undefined;
}
