/** Tags of a guest. Source: get_unique_tags of the original. */
import { splitList } from '../schema/lists.js';

/** Lower case, each once, sorted, joined by semicolons. */
export function normaliseTags(text: string): string {
  return [...new Set(splitList(text).map((tag) => tag.toLowerCase()))].sort().join(';');
}
