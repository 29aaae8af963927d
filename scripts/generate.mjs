// npm run generate [-- --check]: writes completions and man pages out of the declarations; with
// --check only says which committed file differs, and fails.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listTools } from './build.mjs';
import { importTypescript, root } from './lib/bundle.mjs';

const check = process.argv.includes('--check');
const names = await listTools();
const modules = await importTypescript({
  generate: 'src/cli/docs/generate.ts',
  ...Object.fromEntries(names.map((name) => [`tool-${name}`, `src/commands/${name}/index.ts`])),
});
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const tools = names.map((name) => modules[`tool-${name}`].default);
const files = await modules.generate.generatedFiles(tools, version);
const stale = [];
for (const [path, content] of Object.entries(files)) {
  const full = join(root, path);
  const present = await readFile(full, 'utf8').catch(() => undefined);
  if (present === content) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
}
for (const path of stale) console.log(`${check ? 'out of date' : 'wrote'}: ${path}`);
if (check && stale.length > 0) {
  console.error('run: npm run generate');
  process.exitCode = 1;
}
