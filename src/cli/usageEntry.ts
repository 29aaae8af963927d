/** One parameter in the help, in the original's layouts. Source: PVE::RESTHandler. */

import type { PropSchema } from '../schema/types.js';
import { typeText } from '../schema/typeText.js';
import { wrap } from './wrap.js';

export type UsageFormat = 'short' | 'long' | 'full' | 'asciidoc';

/** Whether the parameter is an option (`--name`) or positional (`<name>`). */
export type EntryStyle = 'arg' | 'fixed';

const INDENT = ' '.repeat(13);

function descriptionOf(schema: PropSchema): string {
  if (schema.description) return schema.description.replace(/\n$/, '');
  return schema.alias === undefined ? 'no description available' : `alias for '${schema.alias}'`;
}

/** Parameters that come from a file or a prompt show that in place of their type. */
function shownType(schema: PropSchema): string {
  if (schema.type === 'string') {
    if (schema.interactive) return '<password>';
    if (schema.valueReadFromFile) return '<filepath>';
  }
  return typeText(schema);
}

function asciidocEntry(name: string, style: EntryStyle, schema: PropSchema): string {
  const shown = style === 'arg' ? `\`--${name}\` ` : `\`<${name}>\`: `;
  const type = shownType(schema);
  const head = shown + (type ? `\`${type}\` ` : '');
  const preset = schema.default === undefined ? '' : `('default =' \`${schema.default}\`)`;
  const text = descriptionOf(schema)
    .replace(/\n$/, '')
    .replace(/^$/gm, '+')
    .replace(/[{}]/g, (brace) => `\\${brace}`);
  const note = schema.requires ? `+\nNOTE: Requires option(s): \`${schema.requires}\`\n` : '';
  return `${head}${preset}::\n\n${text}\n${note}\n`;
}

/** The entry of one parameter: its name, type and default, then the description indented. */
export function usageEntry(
  name: string,
  style: EntryStyle,
  schema: PropSchema,
  format: UsageFormat,
): string {
  if (format === 'asciidoc') return asciidocEntry(name, style, schema);
  const shown = style === 'arg' ? `--${name}` : `<${name}>`;
  const preset = schema.default === undefined ? '' : `   (default=${schema.default})`;
  let entry = wrap('', INDENT, `  ${shown.padEnd(10)} ${shownType(schema)}${preset}\n`);
  entry += schema.alias === undefined ? `${wrap(INDENT, INDENT, descriptionOf(schema))}\n\n` : '\n'; // the type names the target already
  if (schema.requires) {
    entry += `${wrap(INDENT, INDENT, `Requires option(s): ${schema.requires}`)}\n\n`;
  }
  return entry;
}
