// Bundles each tool of src/commands into dist/<tool>.cjs and shared chunks.
// esbuild splits chunks for ES modules only, and CommonJS starts faster in node: so bundle as ES
// modules first, then turn each chunk into CommonJS.
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { groupChunks, groupFiles, plainBuiltins, redirect } from './lib/groups.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const commands = join(root, 'src/commands');
const exists = (path) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Native or optional parts stay outside of the bundle. */
const external = ['cpu-features', '*.node'];

export async function listTools() {
  const names = [];
  for (const entry of await readdir(commands, { withFileTypes: true })) {
    if (entry.isDirectory() && (await exists(join(commands, entry.name, 'index.ts'))))
      names.push(entry.name);
  }
  return names.sort();
}

async function main() {
  const tools = await listTools();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const work = join(root, 'dist.new');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const result = await build({
    absWorkingDir: root,
    entryPoints: tools.map((tool) => ({ in: `pave-tool:${tool}`, out: tool })),
    plugins: [toolEntries()],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    outdir: work,
    chunkNames: 'chunks/[hash]',
    define: { PAVE_VERSION: JSON.stringify(version) },
    write: false,
    metafile: true,
    logLevel: 'warning',
    legalComments: 'none',
  });
  const chunks = new Map(
    result.outputFiles.map((file) => [relative(work, file.path).replace(/\.js$/, ''), file.text]),
  );
  const groups = groupChunks(result.metafile, relative(root, work));
  await mkdir(join(work, 'chunks'), { recursive: true });
  for (const [name, code] of Object.entries(await groupFiles(chunks, groups, tools)))
    await writeFile(join(work, name), code);
  for (const [name, text] of chunks) {
    if (groups.has(name)) continue;
    await writeFile(join(work, `${name}.cjs`), redirect(await toCommonJs(text), groups, name));
  }
  // Only a convenience: without it the code is compiled at every start.
  spawnSync(process.execPath, [join(root, 'scripts/code-cache.mjs'), work], { stdio: 'inherit' });
  // Swapped in as a whole: a tool that starts while we build finds the old tree or the new one.
  const dist = join(root, 'dist');
  const old = join(root, `dist.old.${process.pid}`);
  await rename(dist, old).catch(() => {});
  await rename(work, dist);
  await rm(old, { recursive: true, force: true });
}

/** esbuild's ES module chunk as CommonJS; lazy imports become lazy requires. */
async function toCommonJs(text) {
  const source = text.replaceAll(/(from|import|import\()\s*"(\.[^"]*?)\.js"/g, '$1"$2.cjs"');
  const usesUrl = source.includes('import.meta.url');
  const { code } = await transform(source, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    define: { 'import.meta.url': '__paveUrl' },
    banner: usesUrl ? 'const __paveUrl=require("node:url").pathToFileURL(__filename).href;' : '',
  });
  return plainBuiltins(code);
}

function toolEntries() {
  return {
    name: 'pave-tools',
    setup(builder) {
      builder.onResolve({ filter: /^pave-tool:/ }, (args) => ({
        path: args.path.slice('pave-tool:'.length),
        namespace: 'pave-tool',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'pave-tool' }, (args) => ({
        contents: `import { main } from './src/cli/main.ts';\nimport tool from './src/commands/${args.path}/index.ts';\nexport const run = () => main(tool);\n`,
        resolveDir: root,
        loader: 'ts',
      }));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
