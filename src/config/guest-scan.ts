/** A quick look into guest configs: for lists of many. */

/**
 * Only some keys of the main section, read as they stand: for lists of many guests. `keys` are
 * pattern sources, e.g. `name` or `scsi\\d+`.
 */
export function scanGuestConfig(text: string, keys: readonly string[]): Map<string, string> {
  const end = text.startsWith('[') ? 0 : text.indexOf('\n[');
  const main = end < 0 ? text : text.slice(0, end + 1);
  const found = new Map<string, string>();
  for (const match of main.matchAll(new RegExp(`^(${keys.join('|')}):[ \\t]*(.*?)\\s*$`, 'gm'))) {
    found.set(match[1]!, match[2]!);
  }
  return found;
}
