/** What `--help`, `help` and usage errors print. */
import type { AnyCommand, ToolSpec } from '../commands/define.js';
import { defaultText, describeTool, typeText } from './docs/describe.js';
import { allOptions } from './globals.js';
import { resolveCommand } from './resolve.js';
import { usageText } from './usage.js';

/** `qm --help`, `qm create --help`: for a person; commander lays it out. */
export async function friendlyHelp(tool: ToolSpec, words: readonly string[]): Promise<string> {
  const { Command, Option } = await import('commander');
  const program = new Command(tool.name)
    .description(tool.summary)
    .helpOption('--help', 'Show this help.');
  program.configureHelp({
    helpWidth: Math.min(process.stdout.columns ?? 100, 110),
    showGlobalOptions: false,
  });
  const commands = await describeTool(tool, words);
  const single = commands.length === 1 && commands[0]!.name === words.join(' ');
  if (!single) {
    for (const { name, command, args } of commands) {
      // Not by program.command(), which takes all but the first word for arguments.
      const entry = new Command(name).description(command.summary).helpOption(false);
      for (const [arg, prop] of args) entry.argument(prop.optional ? `[${arg}]` : `<${arg}>`);
      program.addCommand(entry);
    }
    program.addHelpCommand(
      'help [command]',
      'The full reference of a command, as the original prints it.',
    );
    return await styled(program.helpInformation() + footer(tool, words));
  }
  const { name, command, args, options } = commands[0]!;
  const own = new Command(`${tool.name} ${name}`.trim()).description(
    [command.summary, command.description].filter(Boolean).join('\n\n'),
  );
  own.configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 110) });
  for (const [arg, prop] of args) {
    own.argument(prop.optional ? `[${arg}]` : `<${arg}>`, prop.description ?? '');
  }
  for (const [option, prop] of options) {
    const value = prop.type === 'boolean' ? '' : ` ${shorten(typeText(prop))}`;
    const note = defaultText(prop);
    own.addOption(
      new Option(
        `--${option}${value}`,
        `${prop.description ?? ''}${note === '' ? '' : ` (${note})`}`,
      ),
    );
  }
  const examples = (command.examples ?? [])
    .map((e) => `  ${e.command}\n      ${e.does}\n`)
    .join('');
  return await styled(
    `${own.helpInformation()}${examples === '' ? '' : `\nExamples:\n${examples}`}`,
  );
}

/** Headings bold on a terminal. */
async function styled(text: string): Promise<string> {
  if (!process.stdout.isTTY) return text;
  const { default: chalk } = await import('chalk');
  return text.replace(/^(Usage|Arguments|Options|Commands|Examples):/gm, (heading) =>
    chalk.bold(heading),
  );
}

/** Commander reads `<…>` as one placeholder: no blanks or brackets inside. */
function shorten(type: string): string {
  const simple = /^<([^<>]*)>/.exec(type)?.[1] ?? 'value';
  return `<${simple.replaceAll(' ', '').slice(0, 40) || 'value'}>`;
}

function footer(tool: ToolSpec, words: readonly string[]): string {
  const called = [tool.name, ...words].join(' ');
  return `\n${called} <command> --help shows a command's options, man ${tool.name} all of them.\n`;
}

/** The usage of one command in the original's form, for errors: `USAGE: qm start <vmid> [OPTIONS]`. */
export async function commandUsage(command: AnyCommand, called: string): Promise<string> {
  return `USAGE: ${usage(command, called, 'short').trimStart()}`.trimEnd().concat('\n');
}

function usage(command: AnyCommand, called: string, format: 'short' | 'full'): string {
  return usageText(
    { properties: { ...command.args, ...allOptions(command) } },
    { prefix: called, argParam: Object.keys(command.args), format, description: command.summary },
  );
}

/** `USAGE: qm <COMMAND> [ARGS] [OPTIONS]` and a line per command (of a group, where one was named). */
export async function shortUsage(tool: ToolSpec, called?: string): Promise<string> {
  const words = called === undefined ? [] : called.split(' ').slice(1);
  const lines = (await describeTool(tool, words)).map(
    ({ name, command }) =>
      `       ${usage(command, `${tool.name} ${name}`.trim(), 'short').trim()}\n`,
  );
  return `USAGE: ${tool.name} <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join('')}`;
}

/** The `help` command of every tool; status 255 where the named command is unknown. */
export async function helpCommand(
  tool: ToolSpec,
  rest: readonly string[],
): Promise<{ text: string; status: number }> {
  let verbose: boolean | undefined;
  const words: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const flag = /^--?v(?:e(?:r(?:b(?:o(?:s(?:e)?)?)?)?)?)?(?:=(.*))?$/.exec(rest[i]!);
    if (flag === null) {
      words.push(rest[i]!);
      continue;
    }
    const value = flag[1] ?? (/^[01]$/.test(rest[i + 1] ?? '') ? rest[++i] : '1');
    verbose = value === '1';
  }
  if ('' in tool.commands) {
    const [only] = await describeTool(tool);
    const text = `USAGE: ${tool.name} help\n${usage(only!.command, tool.name, 'full')}`;
    return { text: `${text.trimEnd()}\n`, status: 0 };
  }
  if (words.length === 0) {
    if (!verbose) return { text: await shortUsage(tool), status: 0 };
    const all = (await describeTool(tool)).map(({ name, command }) =>
      usage(command, `${tool.name} ${name}`.trim(), 'full'),
    );
    return {
      text: `USAGE: ${tool.name} <COMMAND> [ARGS] [OPTIONS]\n\n${all.join('\n')}\n`,
      status: 0,
    };
  }
  const resolved = resolveCommand(tool, words);
  const path =
    resolved.name ?? (resolved.group ? resolved.called.split(' ').slice(1).join(' ') : undefined);
  if (path === undefined) {
    return {
      text: `ERROR: unknown command '${resolved.called}'\n${await shortUsage(tool)}`,
      status: 255,
    };
  }
  const commands = await describeTool(tool, path === '' ? [] : path.split(' '));
  // Like the original: a named command is described in full unless --verbose 0.
  const full = verbose ?? true;
  const text = commands
    .map(({ name, command }) =>
      usage(command, `${tool.name} ${name}`.trim(), full ? 'full' : 'short').trim(),
    )
    .join(full ? '\n\n' : `\n${' '.repeat(7)}`);
  return {
    text: full ? `USAGE: ${text}\n`.replace(/^USAGE: USAGE: /, 'USAGE: ') : `USAGE: ${text}\n`,
    status: 0,
  };
}
