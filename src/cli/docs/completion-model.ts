/** What all three shells need to know of a tool, out of its declarations. */
import type { ToolSpec } from '../../commands/define.js';
import type { Completes, PropertyFormat, PropSchema } from '../../schema/types.js';
import { describeTool } from './describe.js';

export interface CompletionValue {
  /** Words that may stand there; empty where they come from the machine or are free. */
  words: string[];
  kind?: Completes | undefined;
  /** A flag: no value need follow. */
  flag: boolean;
}

export interface CompletionOption extends CompletionValue {
  name: string;
  description: string;
}

export interface CompletionCommand {
  name: string;
  description: string;
  args: CompletionValue[];
  options: CompletionOption[];
}

export interface CompletionModel {
  tool: string;
  commands: CompletionCommand[];
}

/** The commands of a tool as the completions need them, out of the declarations. */
export async function completionModel(tool: ToolSpec): Promise<CompletionModel> {
  const commands: CompletionCommand[] = (await describeTool(tool)).map(
    ({ name, command, args, options }) => ({
      name,
      description: firstSentence(command.summary),
      args: args.map(([, prop]) => valueOfProp(prop)),
      options: options.flatMap(([option, prop]) => expand(option, prop)),
    }),
  );
  if (!('' in tool.commands)) {
    for (const [alias, target] of Object.entries(tool.aliases ?? {})) {
      const real = commands.find((c) => c.name === target);
      if (real !== undefined) commands.push({ ...real, name: alias });
    }
    const verbose = { name: '--verbose', description: 'All options.', words: [], flag: true };
    commands.push({
      name: 'help',
      description: 'Show help about a command.',
      args: [],
      options: [verbose],
    });
  }
  return { tool: tool.name, commands };
}

/** What a format says of where values come from, for options that do not say it themselves. */
const KIND_OF_FORMAT: Record<string, Completes> = {
  'pve-volume-id': 'volume',
  'pve-volume-id-or-qm-path': 'volume',
  'pve-volume-id-or-absolute-path': 'volume',
  'pve-lxc-mp-string': 'volume',
  'pve-storage-id': 'storage',
  'pve-node': 'node',
  'pve-vmid': 'vm',
};

/** Of a property string its first, nameless key is what completes. */
function valueOfProp(prop: PropSchema): CompletionValue {
  const source = typeof prop.format === 'object' ? firstKey(prop.format) : prop;
  const kind =
    'completes' in prop
      ? prop.completes
      : (source.completes ??
        (typeof source.format === 'string' ? KIND_OF_FORMAT[source.format] : undefined));
  return {
    words: (source.enum ?? []).map(String).filter((word) => /^[\w.:+-]+$/.test(word)),
    kind,
    flag: prop.type === 'boolean',
  };
}

function firstKey(format: PropertyFormat): PropSchema {
  const keys = Object.values(format);
  return keys.find((key) => key.default_key) ?? {};
}

/** `net[n]` becomes net0 to net31; long families (unused) only their first ones. */
function expand(option: string, prop: PropSchema): CompletionOption[] {
  const value = { ...valueOfProp(prop), description: firstSentence(prop.description ?? '') };
  if (prop.indexed === undefined) return [{ name: `--${option}`, ...value }];
  const base = option.replace(/\[n\]$/, '');
  const last = Math.min(prop.indexed.max, prop.indexed.min + 31);
  const names = [];
  for (let n = prop.indexed.min; n <= last; n++) names.push({ name: `--${base}${n}`, ...value });
  return names;
}

function firstSentence(text: string): string {
  return (/^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text).replace(/\s+/g, ' ').trim();
}
