// Bundles each tool of src/commands into dist/<tool>.cjs and shared chunks.
// esbuild splits chunks for ES modules only, and CommonJS starts faster in node: so bundle as ES
// modules first, then turn each chunk into CommonJS.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

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
  const chunks = new Map();
  for (const file of result.outputFiles) {
    const code = await toCommonJs(file.text);
    chunks.set(relative(work, file.path).replace(/\.js$/, ''), code);
  }
  const hot = hotChunks(result.metafile, relative(root, work));
  await mkdir(join(work, 'chunks'), { recursive: true });
  const core = coreFile(chunks, hot);
  const coreName = `core.${createHash('sha256').update(core).digest('hex').slice(0, 12)}`;
  await writeFile(join(work, `${coreName}.js`), core);
  await writeFile(join(work, 'core.cjs'), coreLoader(coreName));
  for (const [name, code] of chunks) {
    if (!hot.has(name))
      await writeFile(
        join(work, `${name}.cjs`),
        redirect(code, hot, name.startsWith('chunks/') ? '../core.cjs' : './core.cjs'),
      );
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
  return code;
}

/**
 * What a reading command needs: opening twenty small files costs more than running them, so these
 * chunks go into one file. Each stays a function of its own that runs when it is first asked for.
 */
const HOT_MODULES = [
  /^src\/cli\/(main|input|argv|globals|output|resolve)\.ts$/,
  /^src\/cli\/format\/json\.ts$/,
  /^src\/host\/local\.ts$/,
  /^src\/cluster\/directory\.ts$/,
  /^src\/commands\/qm\/(list|status|config|pending)\.ts$/,
  /^src\/commands\/pvesm\/(path|status|list)\.ts$/,
  /^src\/commands\/pvenode\/task-?(list|status)?\.ts$/,
];

function hotChunks(metafile, base) {
  const nameOf = (path) => relative(base, path).replace(/\.js$/, '');
  const hot = new Set();
  const add = (path) => {
    const name = nameOf(path);
    if (hot.has(name)) return;
    hot.add(name);
    for (const { path: next, kind, external: outside } of metafile.outputs[path].imports) {
      if (kind === 'import-statement' && !outside) add(next);
    }
  };
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const inputs = Object.keys(output.inputs);
    if (
      nameOf(path).startsWith('chunks/') ||
      output.entryPoint === undefined ||
      !output.entryPoint.startsWith('pave-tool:')
    ) {
      // A module that is only handed on stands nowhere but in the entry point.
      inputs.push(output.entryPoint ?? '');
      if (inputs.some((input) => HOT_MODULES.some((pattern) => pattern.test(input)))) add(path);
    }
  }
  return hot;
}

/** `require("./X.cjs")` of a hot chunk, wherever it stands, becomes a look-up in the core. */
function redirect(code, hot, core) {
  return code.replaceAll(/require\("(\.[^"]*?)\.cjs"\)/g, (whole, path) => {
    const name = `chunks/${path.split('/').at(-1)}`;
    return hot.has(name) ? `require("${core}")("${name}")` : whole;
  });
}

function coreFile(chunks, hot) {
  const parts = [...hot].map((name) => {
    const code = chunks
      .get(name)
      .replace(/^"use strict";/, '')
      .replaceAll(/require\("(\.[^"]*?)\.cjs"\)/g, (_, path) => {
        const other = `chunks/${path.split('/').at(-1)}`;
        return hot.has(other) ? `load("${other}")` : `require("./${other}.cjs")`;
      });
    return `"${name}":(module,exports)=>{${code}\n}`;
  });
  return `"use strict";const defs={${parts.join(',\n')}};const done=Object.create(null);
function load(name){let m=done[name];if(m===undefined){m=done[name]={exports:{}};defs[name](m,m.exports);}return m.exports;}
module.exports=load;
`;
}

/**
 * Compiling the core takes longer than running it: what V8 made of it is kept beside it, for each
 * version of node (scripts/code-cache.mjs). Without a fitting one it is compiled.
 */
function coreLoader(name) {
  return `"use strict";const fs=require("fs"),file=__dirname+"/${name}.js";let cachedData;
try{cachedData=fs.readFileSync(__dirname+"/${name}."+process.version+"-"+process.arch+".cache")}catch{}
const source="(function(exports,require,module,__filename,__dirname){"+fs.readFileSync(file,"latin1")+"\\n})";
new(require("vm").Script)(source,{filename:file,cachedData}).runInThisContext()(exports,require,module,__filename,__dirname);
`;
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
        contents: `import { main } from './src/cli/main.ts';\nimport tool from './src/commands/${args.path}/index.ts';\nmain(tool);\n`,
        resolveDir: root,
        loader: 'ts',
      }));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
