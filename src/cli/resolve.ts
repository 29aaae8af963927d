/** From words to a command: exact names, unique prefixes, aliases, as the original resolves them. */
import type { ToolSpec } from '../commands/define.js';

export interface Resolved {
  /** The command's full name, e.g. `guest exec`; undefined where the words name none. */
  name: string | undefined;
  /** Words after the command. */
  rest: string[];
  /** Tool and command words, expanded as far as they could be: what errors and usage show. */
  called: string;
  /** Words name a group such as `disk` whose command is missing. */
  group: boolean;
}

interface Level {
  commands: Set<string>;
  groups: Set<string>;
  aliases: Map<string, string>;
}

function levelOf(tool: ToolSpec, prefix: string): Level {
  const level: Level = { commands: new Set(), groups: new Set(), aliases: new Map() };
  const start = prefix === '' ? '' : `${prefix} `;
  for (const name of Object.keys(tool.commands)) {
    if (!name.startsWith(start)) continue;
    const [word, ...more] = name.slice(start.length).split(' ') as [string, ...string[]];
    (more.length > 0 ? level.groups : level.commands).add(word);
  }
  for (const [alias, target] of Object.entries(tool.aliases ?? {})) {
    if (!alias.startsWith(start)) continue;
    const word = alias.slice(start.length);
    if (!word.includes(' ')) level.aliases.set(word, target);
  }
  return level;
}

/** Every word that may come next, behind these words of a command ('' at the start). */
export function wordsAfter(tool: ToolSpec, prefix: string): string[] {
  const { commands, groups, aliases } = levelOf(tool, prefix);
  return [...commands, ...groups, ...aliases.keys(), ...(prefix === '' ? BUILT_IN : [])];
}

/** A prefix must name one thing only, and never finds an alias. */
function expand(level: Level, word: string): string | undefined {
  if (level.commands.has(word) || level.groups.has(word) || level.aliases.has(word)) return word;
  const found = [...level.commands, ...level.groups].filter((name) => name.startsWith(word));
  return found.length === 1 ? found[0] : undefined;
}

/** Words that every tool with commands understands besides its own. */
export const BUILT_IN = ['help'] as const;

/**
 * Finds the command that argv begins with, whole names before unique beginnings; `name` is
 * undefined where there is none. Source: CLIHandler.pm resolve_cmd.
 */
export function resolveCommand(tool: ToolSpec, argv: readonly string[]): Resolved {
  if ('' in tool.commands && argv[0] !== 'help')
    return { name: '', rest: [...argv], called: tool.name, group: false };
  const words = [...argv];
  let prefix = '';
  let spliced = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const level = levelOf(tool, prefix);
    if (prefix === '') for (const name of BUILT_IN) level.commands.add(name);
    const full = expand(level, word);
    const called = `${tool.name} ${prefix === '' ? '' : `${prefix} `}${full ?? word}`;
    if (full === undefined)
      return { name: undefined, rest: words.slice(i + 1), called, group: false };
    const alias = level.aliases.get(full);
    if (alias !== undefined && !spliced) {
      words.splice(0, i + 1, ...alias.split(' '));
      spliced = true;
      prefix = '';
      i = -1;
      continue;
    }
    prefix = prefix === '' ? full : `${prefix} ${full}`;
    if (level.commands.has(full))
      return {
        name: prefix,
        rest: words.slice(i + 1),
        called: `${tool.name} ${prefix}`,
        group: false,
      };
  }
  return {
    name: undefined,
    rest: [],
    called: `${tool.name}${prefix === '' ? '' : ` ${prefix}`}`,
    group: prefix !== '',
  };
}
