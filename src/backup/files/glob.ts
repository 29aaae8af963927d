/** Paths with wildcards, as a shell reads them. */
import type { Entry } from './readers.js';

/** The paths that are meant: one without wildcards is itself, whether it is there or not. */
export async function matching(
  path: string,
  list: (folder: string) => Promise<Entry[] | undefined>,
): Promise<string[]> {
  if (!/[*?[]/.test(path)) return [path];
  let found = [''];
  for (const word of path.split('/').filter((part) => part !== '')) {
    if (!/[*?[]/.test(word)) {
      found = found.map((folder) => `${folder}/${word}`);
      continue;
    }
    const pattern = expressionOf(word);
    const next: string[] = [];
    for (const folder of found) {
      for (const { path: entry } of (await list(folder === '' ? '/' : `${folder}/`)) ?? []) {
        const name = entry.split('/').at(-1)!;
        if (pattern.test(name) && (word.startsWith('.') || !name.startsWith('.'))) next.push(entry);
      }
    }
    found = next;
  }
  return found;
}

function expressionOf(word: string): RegExp {
  const text = word.replace(/\[[!^]?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 2) return part.replace(/^\[!/, '[^').replace(/\\/g, '\\\\');
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${text}$`, 'su');
}
