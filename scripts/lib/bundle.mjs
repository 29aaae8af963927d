// Runs TypeScript of this project without building it first: bundles entry points into a cache
// folder inside node_modules, where packages resolve.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Gives `{ name -> imported module }` for TypeScript files given as `{ name -> path }`. */
export async function importTypescript(entries) {
  const cache = join(root, 'node_modules/.cache/pave');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'run-'));
  // Lazily imported chunks are needed until we end.
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, input]) => ({ in: input, out })),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outdir,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
    define: { PAVE_VERSION: '"dev"' },
    logLevel: 'warning',
  });
  const modules = {};
  for (const name of Object.keys(entries)) {
    modules[name] = await import(pathToFileURL(join(outdir, `${name}.mjs`)).href);
  }
  return modules;
}
