/** Values of a VM's config as its reading commands give them. */
import { parseBoolean } from '../../schema/boolean.js';
import { vmKeySchema } from '../options/index.js';

/**
 * A number for a key that holds whole numbers, 0 or 1 for a boolean one, however the file writes
 * it; what does not fit its type, and any other value, as it stands. Source: check_type of the
 * original, whose JSON has such numbers.
 */
export function typedValue(key: string, value: string): string | number {
  const type = vmKeySchema(key)?.type;
  if (type === 'boolean') return parseBoolean(value) ?? value;
  const number = type === 'integer' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : value;
}
