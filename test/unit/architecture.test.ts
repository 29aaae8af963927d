/** ARCHITECTURE.md and README.md name files: they must be there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

for (const page of ['ARCHITECTURE.md', 'README.md']) {
  it(`${page} names only files that exist`, () => {
    const text = readFileSync(page, 'utf8');
    const named = [
      ...text.matchAll(/`((?:src|test|scripts|bin|systemd)\/[^`<>\s*]*)`/g),
      ...text.matchAll(/\]\(([^)#:]+)\)/g),
    ].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
}
