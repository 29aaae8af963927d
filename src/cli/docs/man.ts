/** Man pages out of the declarations: roff with the man macros, readable by man-db and mandoc. */
import type { ToolSpec } from '../../commands/define.js';
import type { PropSchema } from '../../schema/types.js';
import { type DescribedCommand, defaultText, describeTool, typeText } from './describe.js';

/** Text as roff: no escapes, no macros at the start of a line. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1');
}

const bold = (text: string) => `\\fB${escapeRoff(text)}\\fR`;

/** The page `man/<tool>.1`; `tools` are the names of all, for SEE ALSO. */
export async function manPage(
  tool: ToolSpec,
  version: string,
  tools: readonly string[],
): Promise<string> {
  const commands = await describeTool(tool);
  const told: Told = new Map();
  const name = tool.name;
  const out: string[] = [
    `.TH ${name.toUpperCase()} 1 "" "Pave ${version}" "Pave"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    `${name} \\- ${escapeRoff(tool.summary.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    ...('' in tool.commands
      ? [`.B ${name}`, synopsis(commands[0]!)]
      : [
          `${bold(name)} \\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]`,
          '.br',
          `${bold(name)} help [\\fICOMMAND\\fR] [\\-\\-verbose]`,
        ]),
    '.SH DESCRIPTION',
    ...paragraphs(tool.description ?? tool.summary),
    '.PP',
    'Options may be given as \\fB\\-\\-name value\\fR, \\fB\\-\\-name=value\\fR or \\fB\\-name value\\fR, and',
    'commands and options may be shortened as long as they stay unique. Every command that returns',
    'data takes the output options below; every command that changes something takes',
    '\\fB\\-\\-dry\\-run\\fR, which shows the commands it would run and the files it would write, and',
    'changes nothing.',
    '.SH COMMANDS',
  ];
  for (const command of commands) out.push(...commandSection(name, command, told));
  out.push(...aliasSection(tool), ...commonOptions(commands, told));
  out.push(...filesSection(tool, commands));
  out.push(
    '.SH EXIT STATUS',
    '.TP',
    '0',
    'The command succeeded; also when a task ended with warnings.',
    ...(name === 'qm' ? ['.TP', '2', 'This node has no guest of that id.'] : []),
    '.TP',
    '255',
    'The words on the command line were wrong, or the command failed. The reason is on standard error.',
    '.SH ENVIRONMENT',
    '.TP',
    '.B PAVE_ROOT',
    'Folder put in front of all paths (/etc/pve, /var/lib/vz, /run, /var/log), for instance the root of a mounted dead node.',
    '.TP',
    '.B PAVE_DEBUG',
    'Set to 1, errors are printed with the place they came from.',
    '.TP',
    '.B NO_COLOR',
    'When set, nothing is coloured.',
    '.SH SEE ALSO',
    tools
      .filter((other) => other !== name)
      .map((other) => `${bold(other)}(1)`)
      .join(', '),
  );
  return `${out.join('\n')}\n`;
}

function synopsis(described: DescribedCommand): string {
  const args = described.args.map(([name, prop]) =>
    prop.optional ? `[\\fI${escapeRoff(name)}\\fR]` : `\\fI${escapeRoff(name)}\\fR`,
  );
  return [...args, '[\\fIOPTIONS\\fR]'].join(' ');
}

function paragraphs(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .flatMap((part, i) => [...(i > 0 ? ['.PP'] : []), escapeRoff(part.trim())]);
}

/**
 * Where the keys of a property string were explained: a page says each once, as ten kinds of disk
 * in two commands share forty keys. Format as JSON -> `--ide[n] of create`.
 */
type Told = Map<string, string>;

function commandSection(tool: string, described: DescribedCommand, told: Told): string[] {
  const { name, command } = described;
  const out = [
    `.SS "${escapeRoff(`${tool} ${name}`.trim())} ${synopsis(described).replaceAll('"', '')}"`,
  ];
  out.push(...paragraphs(command.summary));
  if (command.description !== undefined) out.push('.PP', ...paragraphs(command.description));
  for (const [arg, prop] of described.args)
    out.push(...parameter(arg, prop, `<${arg}>`, name, told));
  for (const [option, prop] of described.options) {
    if (isCommon(option, described)) continue;
    out.push(...parameter(option, prop, `--${option}`, name, told));
  }
  const examples = command.examples ?? [];
  if (examples.length > 0) {
    out.push('.PP', 'Examples:');
    for (const example of examples)
      out.push('.TP', bold(example.command), escapeRoff(example.does));
  }
  return out;
}

function parameter(
  name: string,
  prop: PropSchema,
  shown: string,
  command: string,
  told: Told,
): string[] {
  const type = shown.startsWith('<') ? '' : ` \\fI${escapeRoff(typeText(prop))}\\fR`;
  const notes = [
    defaultText(prop),
    prop.optional === false && !shown.startsWith('<') ? 'required' : '',
  ].filter((n) => n !== '');
  const tail = notes.length > 0 ? ` (${escapeRoff(notes.join('; '))})` : '';
  const out = ['.TP', `${bold(shown)}${type}`, `${escapeRoff(prop.description ?? name)}${tail}`];
  if (prop.indexed !== undefined)
    out.push('.br', `\\fI[n]\\fR is a number from ${prop.indexed.min} to ${prop.indexed.max}.`);
  if (prop.verboseDescription !== undefined) out.push('.br', escapeRoff(prop.verboseDescription));
  if (typeof prop.format === 'object') {
    const key = JSON.stringify(prop.format);
    const place = told.get(key);
    if (place === undefined) out.push(...subKeys(prop.format));
    else out.push('.br', `Its keys are those of ${place}.`);
    if (place === undefined) told.set(key, `${bold(shown)} of ${bold(command)}`);
  }
  return out;
}

function subKeys(format: Record<string, PropSchema & { alias?: string }>): string[] {
  const out = ['.RS'];
  for (const [key, sub] of Object.entries(format)) {
    if (sub.alias !== undefined || sub.description === undefined) continue;
    const note = defaultText(sub);
    out.push(
      '.TP',
      `${bold(key)}=\\fI${escapeRoff(typeText(sub))}\\fR`,
      `${escapeRoff(sub.description)}${note === '' ? '' : ` (${escapeRoff(note)})`}`,
    );
  }
  return out.length > 1 ? [...out, '.RE'] : [];
}

const COMMON = new Set([
  'output-format',
  'noborder',
  'noheader',
  'quiet',
  'human-readable',
  'dry-run',
  'verbose',
]);

/** Shown once for the whole tool, unless it is the command's own. */
function isCommon(option: string, described: DescribedCommand): boolean {
  return COMMON.has(option) && !(option in described.command.options);
}

function commonOptions(commands: DescribedCommand[], told: Told): string[] {
  const seen = new Map<string, PropSchema>();
  for (const described of commands) {
    for (const [option, prop] of described.options)
      if (isCommon(option, described)) seen.set(option, prop);
  }
  if (seen.size === 0) return [];
  const out = ['.SH COMMON OPTIONS'];
  for (const [option, prop] of [...seen].sort())
    out.push(...parameter(option, prop, `--${option}`, '', told));
  return out;
}

function aliasSection(tool: ToolSpec): string[] {
  const aliases = Object.entries(tool.aliases ?? {});
  if (aliases.length === 0) return [];
  const out = ['.SH ALIASES'];
  for (const [alias, target] of aliases) {
    out.push(
      '.TP',
      bold(`${tool.name} ${alias}`),
      `The same as ${bold(`${tool.name} ${target}`)}.`,
    );
  }
  return out;
}

function filesSection(tool: ToolSpec, commands: DescribedCommand[]): string[] {
  const files = new Map((tool.files ?? []).map(({ path, holds }) => [path, holds]));
  for (const { name, command } of commands) {
    for (const path of command.files ?? [])
      if (!files.has(path)) files.set(path, `Used by ${tool.name} ${name}.`);
  }
  if (files.size === 0) return [];
  const out = ['.SH FILES'];
  for (const [path, holds] of files) out.push('.TP', `.I ${escapeRoff(path)}`, escapeRoff(holds));
  return out;
}
