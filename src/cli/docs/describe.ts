/** Declarations, loaded whole, for help, man pages and completions. */
import type { AnyCommand, ToolSpec } from '../../commands/define.js';
import type { PropertyFormat, PropSchema } from '../../schema/types.js';
import { allOptions } from '../globals.js';

export interface DescribedCommand {
  /** Words after the tool's name; '' for a tool without commands. */
  name: string;
  command: AnyCommand;
  args: [name: string, prop: PropSchema][];
  /** Sorted by name; numbered ones once, as `net[n]`. */
  options: [name: string, prop: PropSchema][];
}

/** All commands of a tool, or those whose name begins with these words. */
export async function describeTool(
  tool: ToolSpec,
  words: readonly string[] = [],
): Promise<DescribedCommand[]> {
  const wanted = Object.keys(tool.commands).filter((name) => {
    const own = name.split(' ');
    return words.every((word, i) => own[i] === word);
  });
  return await Promise.all(
    wanted.map(async (name) => {
      const { default: command } = await tool.commands[name]!();
      const options = Object.entries(allOptions(command)).sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        name,
        command,
        args: Object.entries(command.args as Record<string, PropSchema>),
        options,
      };
    }),
  );
}

/** `<integer> (1 - 128)`, `<cirrus | none | std>`, `[file=]<volume> [,aio=<…>] …` in short. */
export function typeText(prop: PropSchema): string {
  if (prop.typetext !== undefined) return prop.typetext;
  if (prop.enum !== undefined) return `<${prop.enum.join(' | ')}>`;
  if (typeof prop.format === 'object') return propertyText(prop.format);
  const range =
    prop.minimum === undefined && prop.maximum === undefined
      ? ''
      : ` (${prop.minimum ?? ''} - ${prop.maximum ?? 'N'})`;
  if (prop.type === 'boolean') return '<boolean>';
  if (prop.type === 'integer' || prop.type === 'number') return `<${prop.type}>${range}`;
  if (prop.type === 'array') return '<string> …';
  return `<${prop.format_description ?? 'string'}>`;
}

function propertyText(format: PropertyFormat): string {
  const keys = Object.entries(format).filter(([, key]) => key.alias === undefined);
  const first = keys.find(([, key]) => key.default_key);
  const parts: string[] = [];
  if (first !== undefined) parts.push(`[${first[0]}=]${simpleType(first[1])}`);
  for (const [name, key] of keys) {
    if (name === first?.[0]) continue;
    const text = `${name}=${simpleType(key)}`;
    parts.push(key.optional ? `[,${text}]` : `,${text}`);
  }
  return parts.join(' ').replace(/^(\[?),/, '$1');
}

function simpleType(key: PropSchema): string {
  if (key.typetext !== undefined) return key.typetext;
  if (key.format_description !== undefined) return `<${key.format_description}>`;
  // The names of all processors would fill a screen; the key's own line lists them.
  if (key.enum !== undefined && key.enum.length > 12) return '<name>';
  if (key.enum !== undefined) return `<${key.enum.join('|')}>`;
  if (key.type === 'boolean') return '<1|0>';
  return `<${key.type ?? 'string'}>`;
}

/** The default in words, or ''. */
export function defaultText(prop: PropSchema): string {
  if (prop.default !== undefined) {
    const value =
      prop.type === 'boolean' ? (Number(prop.default) ? 'yes' : 'no') : String(prop.default);
    return `default: ${value}`;
  }
  return prop.defaultText === undefined ? '' : `default: ${prop.defaultText}`;
}
