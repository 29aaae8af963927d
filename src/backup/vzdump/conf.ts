/** /etc/vzdump.conf: `key: value` lines, the defaults of this node. Source: VZDump.pm read_vzdump_defaults. */
import { parseBoolean } from '../../schema/boolean.js';
import type { PropSchema } from '../../schema/types.js';
import { validate } from '../../schema/validate.js';
import { splitWords } from '../../schema/words.js';
import { backupOptions, guestOptions } from './schema.js';
import { type GivenOptions, readOptions, type Settings } from './settings.js';

export const VZDUMP_CONF = '/etc/vzdump.conf';

/** What it may hold; an option that needs another on the command line needs none here. */
const PROPERTIES: Record<string, PropSchema> = Object.fromEntries(
  Object.entries({ ...guestOptions, ...backupOptions }).map(([key, prop]) => {
    const { requires: _, ...schema } = prop as PropSchema;
    return [key, { ...schema, optional: true }];
  }),
);

/** Lines that say nothing or something wrong are told to `warn` and passed over. */
export function parseVzdumpConf(text: string, warn: (text: string) => void): Partial<Settings> {
  const raw: Record<string, unknown> = {};
  for (const [index, full] of text.split('\n').entries()) {
    const line = full.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(\S+?):\s*(.*)$/.exec(line);
    if (match === null) {
      warn(`${VZDUMP_CONF} line ${index + 1}: ignore '${line}': it is no 'key: value'`);
      continue;
    }
    const [, key, value] = match as unknown as [string, string, string];
    const schema = Object.hasOwn(PROPERTIES, key) ? PROPERTIES[key] : undefined;
    if (schema?.type === 'boolean') raw[key] = parseBoolean(value) ?? value;
    else if (schema?.type === 'array')
      raw[key] = [...((raw[key] as string[] | undefined) ?? []), ...splitWords(value)];
    else raw[key] = schema === undefined ? value : listText(schema, value);
  }
  const errors = validate(raw, {
    type: 'object',
    properties: PROPERTIES,
    additionalProperties: false,
  });
  for (const [key, reason] of Object.entries(errors)) {
    warn(`parse error in '${VZDUMP_CONF}' - '${key}': ${reason}`);
    delete raw[key.replace(/[.[].*$/, '')];
  }
  const settings = readOptions(typed(raw));
  if (settings.storage !== undefined && settings.dumpdir !== undefined) {
    warn(`both 'storage' and 'dumpdir' defined in '${VZDUMP_CONF}' - ignoring 'dumpdir'`);
    delete settings.dumpdir;
  }
  return settings;
}

/** Separators around the items of a list are of no meaning. */
function listText(schema: PropSchema, value: string): string {
  if (typeof schema.format !== 'string' || !schema.format.endsWith('-list')) return value;
  return value.replace(/^[\s,;]+|[\s,;]+$/g, '');
}

function typed(raw: Record<string, unknown>): GivenOptions {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const type = PROPERTIES[key]?.type;
    result[key] =
      type === 'boolean' ? Number(value) === 1 : type === 'integer' ? Number(value) : value;
  }
  return result as GivenOptions;
}
