import type { PropSchema } from '../../schema/types.js';

/** What both return. */
export const namedSection: PropSchema = {
  type: 'object',
  properties: { storage: { type: 'string' }, type: { type: 'string' } },
};

/** Options of `pvesm add` and `pvesm set` as a section of storage.cfg writes them. */
export function sectionValues(
  input: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of names) {
    const value = input[name];
    if (value === undefined) continue;
    values.set(name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  return values;
}
