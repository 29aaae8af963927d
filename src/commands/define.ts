/** A command is data: one declaration drives parsing, help, man page, completion, output, dry run. */

import type { Store } from '../cluster/store.js';
import type { Host } from '../host/types.js';
import type { InputOf, PropSchema, Props } from '../schema/types.js';
import type { Output } from './output.js';

/** Everything a command may use. Nothing else is global. */
export interface Context {
  readonly host: Host;
  readonly store: Store;
  readonly out: Output;
  /** Tool and command words as called, e.g. `['qm', 'snapshot']`. */
  readonly called: readonly string[];
  /** Who acts: `root@pam` on the command line. */
  readonly user: string;
  readonly verbose: boolean;
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
}

export interface CommandSpec<A extends Props = Props, O extends Props = Props, R = unknown> {
  /** One line, a sentence. */
  summary: string;
  /** Further paragraphs for the man page. */
  description?: string;
  /** Positional, in order. */
  args: A;
  options: O;
  /** Parameters of the original's call that the command itself sets, e.g. `node`. */
  fixed?: Record<string, string>;
  /**
   * 'read' only looks. 'change' gets `--dry-run`, and everything it does must go through the Host
   * with its effect, or it would not be shown.
   */
  effect: 'read' | 'change';
  /**
   * The command returns data: it gets the output options, and its text form is `text(data)` where
   * given (the original's fixed layout), else a table by this schema.
   */
  returns?: PropSchema;
  /** Columns (keys of an object) of that table, in order; all of the schema where not given. */
  columns?: readonly string[];
  text?: (data: NonNullable<R>, input: InputOf<A, O>) => string;
  /** Exit status of a call that did not throw; 0 where not given. */
  exitCode?: (data: NonNullable<R>) => number;
  examples?: readonly { command: string; does: string }[];
  /** Files the man page lists beside those of the whole tool. */
  files?: readonly string[];
  /** May be called by somebody who is not root. */
  anyUser?: boolean;
  /** Conditions over several parameters: parameter -> reason. Reported together with the others. */
  check?: (input: InputOf<A, O>) => Record<string, string>;
  run: (ctx: Context, input: InputOf<A, O>) => Promise<R> | R;
}

// biome-ignore lint/suspicious/noExplicitAny: the table of commands forgets each one's own types
export type AnyCommand = CommandSpec<any, any, any>;

export function defineCommand<const A extends Props, const O extends Props, R>(
  spec: CommandSpec<A, O, R>,
): CommandSpec<A, O, R> {
  return spec;
}

/** How a tool names the module of a command: loaded only when it is called or described. */
export type CommandLoader = () => Promise<{ default: AnyCommand }>;

export interface ToolSpec {
  name: string;
  summary: string;
  /** Man page prose: paragraphs. */
  description?: string;
  /** Command words (`guest exec`, or '' for a tool without commands) -> loader, in usage order. */
  commands: Record<string, CommandLoader>;
  /** Other words for a command: `importdisk` -> `disk import`. Never found by a prefix. */
  aliases?: Record<string, string>;
  /** Commands that the original's tool does not have. */
  extra?: readonly string[];
  files?: readonly { path: string; holds: string }[];
}

export function defineTool(spec: ToolSpec): ToolSpec {
  return spec;
}
