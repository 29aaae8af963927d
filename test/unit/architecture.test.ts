/** ARCHITECTURE.md and README.md name files: they must be there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it("README.md's table has every tool and command", async () => {
  const rows = readFileSync('README.md', 'utf8').split('\n');
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
  const missing: string[] = [];
  for (const tool of Object.keys(bin)) {
    const row = rows.find((line) => line.startsWith(`| \`${tool}\` |`));
    if (row === undefined) missing.push(tool);
    const { default: spec } = await import(`../../src/commands/${tool}/index.ts`);
    for (const name of Object.keys(spec.commands).filter(Boolean)) {
      const words = row?.split(/[^\w-]+/) ?? [];
      if (!name.split(' ').every((word) => words.includes(word))) missing.push(`${tool} ${name}`);
    }
  }
  expect(missing).toEqual([]);
});

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
