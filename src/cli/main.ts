/** From argv to exit status: the only place that ends the process. */
import type { AnyCommand, Context, ToolSpec } from '../commands/define.js';
import { messageOf, ParamError, PaveError, UsageError } from '../errors.js';
import { ClosedPipe, tellOut, writeErr, writeOut } from '../host/stdio.js';
import type { PropSchema } from '../schema/types.js';
import type { Globals } from './globals.js';
import { createOutput } from './output.js';
import { type Resolved, resolveCommand, wordsAfter } from './resolve.js';

declare const PAVE_VERSION: string;

/** Runs a tool with the process's own arguments and sets the exit status. */
export async function main(tool: ToolSpec): Promise<void> {
  // Sockets that QEMU and others make for us: whoever may write to one is master of the guest.
  process.umask(process.umask() | 0o022);
  process.exitCode = await runTool(tool, process.argv.slice(2)).catch(reportError);
  // Where nothing is under way we would end anyway, after a last collection of garbage.
  if (process.getActiveResourcesInfo().length === 0) process.exit();
}

/** Gives the exit status. */
export async function runTool(tool: ToolSpec, argv: readonly string[]): Promise<number> {
  const first = argv[0];
  if (first === '--version') {
    writeOut(`${tool.name} (Pavé) ${PAVE_VERSION}\n`);
    return 0;
  }
  if (first === '--help' || first === '-h' || first === '-?') return await help(tool, []);
  const resolved = resolveCommand(tool, argv);
  if (resolved.name === undefined) return await unknownCommand(tool, argv, resolved);
  if (resolved.name === 'help' && !('help' in tool.commands))
    return await originalHelp(tool, resolved.rest);
  const separator = resolved.rest.indexOf('--');
  const own = separator < 0 ? resolved.rest : resolved.rest.slice(0, separator);
  if (own.includes('--help') || own.includes('-h'))
    return await help(tool, resolved.name.split(' '));
  const { default: command } = await tool.commands[resolved.name]!();
  return await runCommand(command, resolved);
}

async function help(tool: ToolSpec, words: string[]): Promise<number> {
  const { friendlyHelp } = await import('./help.js');
  writeOut(await friendlyHelp(tool, words));
  return 0;
}

async function originalHelp(tool: ToolSpec, rest: readonly string[]): Promise<number> {
  const { helpCommand } = await import('./help.js');
  const { text, status } = await helpCommand(tool, rest);
  (status === 0 ? writeOut : writeErr)(text);
  return status;
}

async function unknownCommand(
  tool: ToolSpec,
  argv: readonly string[],
  resolved: Resolved,
): Promise<number> {
  const { shortUsage } = await import('./help.js');
  let reason = 'no command specified';
  if (argv.length > 0)
    reason = `${resolved.group ? 'incomplete' : 'unknown'} command '${resolved.called}'`;
  writeErr(
    `ERROR: ${reason}\n${await shortUsage(tool, resolved.group ? resolved.called : undefined)}`,
  );
  // Last, where it is seen below a long usage.
  if (argv.length > 0 && !resolved.group) {
    const { meantLine, similar } = await import('./suggest.js');
    const words = resolved.called.split(' ');
    const word = words.pop()!;
    const near = similar(word, wordsAfter(tool, words.slice(1).join(' ')));
    writeErr(meantLine(near.map((name) => [...words, name].join(' '))));
  }
  return 255;
}

async function runCommand(command: AnyCommand, resolved: Resolved): Promise<number> {
  if (!command.anyUser && process.geteuid?.() !== 0 && !process.env.PAVE_ROOT) {
    throw new PaveError('please run as root', { hint: `sudo ${resolved.called} …` });
  }
  const { globals, input } = await parse(command, resolved);
  const out = createOutput({
    machine: globals.format !== 'text',
    quiet: globals.quiet,
    changes: command.effect === 'change',
  });
  const ctx = await createContext(resolved.called.split(' '), globals, out);
  const stop = command.effect === 'change' ? onSignals(ctx.abort()) : undefined;
  try {
    const result = await command.run(ctx, input);
    if (command.returns !== undefined) await print(command, result, input, globals);
    if (command.exitCode !== undefined) return command.exitCode(result);
  } finally {
    stop?.();
  }
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}

async function parse(command: AnyCommand, resolved: Resolved) {
  const { parseInput } = await import('./input.js');
  try {
    return await parseInput(command, resolved.rest);
  } catch (error) {
    if (error instanceof ParamError || error instanceof UsageError) {
      const { commandUsage } = await import('./help.js');
      const text = error instanceof ParamError ? error.toString() : `${error.message.trimEnd()}\n`;
      writeErr(`${text}${await commandUsage(command, resolved.called)}`);
      if (error.hint !== undefined) writeErr(`hint: ${error.hint}\n`);
      writeErr(await meantOptions(command, error));
      throw new Reported(255);
    }
    throw error;
  }
}

/** For options that nobody knows: those that are near. */
async function meantOptions(command: AnyCommand, error: Error): Promise<string> {
  const unknown = [...error.message.matchAll(/^Unknown option: (.*)$/gm)].map((m) => m[1]!);
  if (unknown.length === 0) return '';
  const [{ meantLine, similar }, { allOptions }] = await Promise.all([
    import('./suggest.js'),
    import('./globals.js'),
  ]);
  const options = allOptions(command);
  const names = Object.keys(options).map((name) => name.replace(/\[n\]$/, ''));
  const near = (word: string) => similar(word.replace(/\d+$/, ''), names).slice(0, 3);
  return unknown
    .map((word) => {
      const family = word.replace(/\d+$/, '');
      const range = options[`${family}[n]`]?.indexed;
      if (range !== undefined && family !== word)
        return `hint: there are --${family}${range.min} to --${family}${range.max}\n`;
      return meantLine(near(word).map((name) => `--${name}`));
    })
    .join('');
}

/** Said already; only the exit status is left. */
class Reported extends Error {
  constructor(readonly exitCode: number) {
    super('');
  }
}

async function print(
  command: AnyCommand,
  result: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: the command knows its own input
  input: any,
  globals: Globals,
): Promise<void> {
  if (globals.quiet || result === undefined || result === null) return;
  if (globals.format === 'text' && command.text !== undefined) {
    const text = command.text(result, input);
    if (text !== '') writeOut(text.endsWith('\n') ? text : `${text}\n`);
    return;
  }
  if (globals.format === 'json') {
    const { canonicalJson } = await import('./format/json.js');
    writeOut(canonicalJson(result));
    return;
  }
  const { formatData } = await import('./format/index.js');
  writeOut(
    await formatData(result, command.returns as PropSchema, {
      outputFormat: globals.format,
      noborder: globals.noborder,
      noheader: globals.noheader,
      humanReadable: globals.humanReadable,
      ...(command.columns === undefined ? {} : { columns: command.columns }),
    }),
  );
}

async function createContext(called: string[], globals: Globals, out: Context['out']) {
  const [{ createHost }, { createDirectoryStore }] = await Promise.all([
    import('../host/local.js'),
    import('../cluster/directory.js'),
  ]);
  let made: AbortController | undefined;
  const abort = () => (made ??= new AbortController());
  let host = createHost({
    // Its classes are loaded with the first one.
    get signal() {
      return abort().signal;
    },
    ...(globals.verbose ? { verbose: (line: string) => writeErr(`${line}\n`) } : {}),
  });
  if (globals.dryRun) {
    const { createDryRunHost } = await import('../host/dry-run.js');
    host = createDryRunHost(host, (line) => tellOut(`${line}\n`));
  }
  const context: Context & { abort: () => AbortController } = {
    host,
    store: createDirectoryStore(host, {
      notice: (line) => writeErr(`${line}\n`),
    }),
    out,
    called,
    user: 'root@pam',
    verbose: globals.verbose,
    get signal() {
      return abort().signal;
    },
    abort,
  };
  return context;
}

/** The first three signals ask the work to undo itself; the fourth ends us where we stand. */
function onSignals(abort: AbortController): () => void {
  let count = 0;
  const handler = (signal: NodeJS.Signals) => {
    count++;
    if (count >= 4) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
    abort.abort(new PaveError(`received interrupt (${signal})`));
  };
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.off(signal, handler);
  };
}

/** One line for what went wrong, one for the way out; the stack only with PAVE_DEBUG=1. */
function reportError(error: unknown): number {
  if (error instanceof Reported) return error.exitCode;
  // `qm list | head -1`: who asked has what he wanted.
  if (error instanceof ClosedPipe) return 0;
  if (process.env.PAVE_DEBUG === '1' && error instanceof Error) writeErr(`${error.stack}\n`);
  if (error instanceof ParamError) {
    writeErr(error.toString());
    return error.exitCode;
  }
  if (error instanceof PaveError) {
    writeErr(`${error.message.trimEnd()}\n`);
    if (error.hint !== undefined) writeErr(`hint: ${error.hint}\n`);
    return error.exitCode;
  }
  writeErr(`internal error: ${messageOf(error)}\n`);
  writeErr('hint: PAVE_DEBUG=1 shows where; please report it\n');
  return 255;
}
