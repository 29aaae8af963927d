/**
 * Configs of ours and the command lines that stock QEMU gets for them: `stock/<name>.conf` and, a
 * folder for each QEMU, `<name>.txt`. After a change that is meant: `npx vitest run test/golden -u`, and
 * read the difference.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine, HOSTS } from '../lib/stock-host.js';

const folder = join(import.meta.dirname, 'stock');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.conf'))
  .map((name) => name.slice(0, -5));

describe.each(Object.keys(HOSTS))('command lines for %s', (host) => {
  it.each(names)('%s', async (name) => {
    const text = readFileSync(join(folder, `${name}.conf`), 'utf8');
    await expect(commandLine(text, host)).toMatchFileSnapshot(join(folder, host, `${name}.txt`));
  });

  it('has no command line of a config that is gone', () => {
    const known = names.map((name) => `${name}.txt`).sort();
    expect(readdirSync(join(folder, host)).sort()).toEqual(known);
  });
});
