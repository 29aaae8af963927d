// Groups of chunks that are loaded together: opening twenty small files costs more than running them,
// and calls between files go through getters. So the chunks of a group become one script with one
// scope; each still runs only when it is first asked for. What V8 compiled of a group is kept beside
// it (scripts/code-cache.mjs).
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { build } from 'esbuild';

/** Group -> the modules it is for; with what they import, as far as no earlier group has that. */
const GROUPS = {
  // What reading commands need.
  core: [
    /^src\/cli\/(main|input|argv|globals|output|resolve)\.ts$/,
    /^src\/cli\/format\/json\.ts$/,
    /^src\/host\/local\.ts$/,
    /^src\/cluster\/directory\.ts$/,
    /^src\/commands\/qm\/(list|status|config|pending)\.ts$/,
    /^src\/commands\/pvesm\/(path|status|list)\.ts$/,
    /^src\/commands\/pvenode\/task\/(list|status)\.ts$/,
  ],
  // What the command line of a virtual machine is made with.
  line: [/^src\/commands\/qm\/showcmd\.ts$/, /^src\/host\/platform\.ts$/],
  // What it takes besides to start or change one.
  vm: [/^src\/commands\/qm\/(start|set)\.ts$/],
};

/** Chunk -> its group. */
export function groupChunks(metafile, base) {
  const nameOf = (path) => relative(base, path).replace(/\.js$/, '');
  const groups = new Map();
  const add = (path, group) => {
    const name = nameOf(path);
    if (groups.has(name)) return;
    groups.set(name, group);
    for (const { path: next, kind, external: outside } of metafile.outputs[path].imports) {
      if (kind === 'import-statement' && !outside) add(next, group);
    }
  };
  for (const [group, patterns] of Object.entries(GROUPS)) {
    for (const [path, output] of Object.entries(metafile.outputs)) {
      // A tool's own table is small, and a file less to open.
      if (group === 'core' && output.entryPoint?.startsWith('pave-tool:'))
        groups.set(nameOf(path), group);
      // A module that is only handed on stands nowhere but in the entry point.
      const inputs = [...Object.keys(output.inputs), output.entryPoint ?? ''];
      if (inputs.some((input) => patterns.some((pattern) => pattern.test(input)))) add(path, group);
    }
  }
  return groups;
}

const IMPORT = /(?:from|import|import\()\s*"\.[^"]*?([^"/]+)\.js"/g;
const nameOfFile = (file, groups) => (groups.has(file) ? file : `chunks/${file}`);

/** `require("./X.cjs")` of a chunk that is in a group becomes a look-up in that. */
export function redirect(code, groups, name) {
  const up = name.startsWith('chunks/') ? '../' : './';
  return code.replaceAll(/require\("\.[^"]*?([^"/]+)\.cjs"\)/g, (whole, file) => {
    const chunk = nameOfFile(file, groups);
    const group = groups.get(chunk);
    return group === undefined ? whole : `require("${up}groups.cjs")("${group}","${chunk}")`;
  });
}

/**
 * The files of all groups: name -> content. `chunks`: name -> ES module; `tools`: those that get a
 * file of their own to start them with.
 */
export async function groupFiles(chunks, groups, tools) {
  const files = {};
  const names = {};
  for (const group of new Set(groups.values())) {
    const code = await groupCode(chunks, groups, group);
    names[group] = `${group}.${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
    files[`${names[group]}.js`] = code;
  }
  files['groups.cjs'] = loader(names);
  for (const tool of tools)
    files[`${tool}.cjs`] = `require("./groups.cjs")("core","${tool}").run();\n`;
  return files;
}

/** An expression: a function of the surroundings that gives `load(chunk)`. */
async function groupCode(chunks, groups, group) {
  // What is asked for from outside: tools, and what other chunks import.
  const asked = new Set([...groups.keys()].filter((name) => !name.startsWith('chunks/')));
  for (const [name, text] of chunks) {
    if (groups.get(name) === group) continue;
    for (const [, file] of text.matchAll(IMPORT)) asked.add(nameOfFile(file, groups));
  }
  const defs = [...asked]
    .filter((name) => groups.get(name) === group)
    .map((name) => `"${name}":()=>require("pave-all:${name}").all()`);
  const result = await build({
    stdin: { contents: `export const defs={${defs.join(',')}}` },
    plugins: [groupChunkFiles(chunks, groups, group), lazyModules()],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
    logLevel: 'warning',
    legalComments: 'none',
  });
  const [{ text }] = result.outputFiles;
  if (text.includes('import.meta')) throw new Error(`group ${group}: import.meta`);
  const code = plainBuiltins(text)
    .replace(/^"use strict";/, '')
    .replaceAll(/require\("pave-group:([^":]+):([^"]+)"\)/g, 'group("$1","$2")');
  return `(function(module,require,group){"use strict";${code}})`;
}

/** `import * as fs from 'node:fs'` is that module itself, not a copy with a getter for each name. */
export function plainBuiltins(code) {
  return code.replaceAll(
    /([\w$]+)=__toESM\(require\("(node:[\w/]+)"\)(?:,1)?\)/g,
    (whole, name, module) =>
      code.includes(`${name}.default`) ? whole : `${name}=require("${module}")`,
  );
}

function groupChunkFiles(chunks, groups, group) {
  return {
    name: 'pave-group',
    setup(builder) {
      builder.onResolve({ filter: /^pave-all:/ }, ({ path }) => ({
        path: path.slice('pave-all:'.length),
        namespace: 'pave-all',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'pave-all' }, ({ path }) => ({
        contents: allOf(path, chunks.get(path)),
      }));
      builder.onResolve({ filter: /^\..*\.js$/ }, ({ path }) => {
        const file = path.replace(/^.*\/|\.js$/g, '');
        const chunk = nameOfFile(file, groups);
        const other = groups.get(chunk);
        if (other === group) return { path: chunk, namespace: 'pave-chunk' };
        return {
          external: true,
          path: other === undefined ? `./${chunk}.cjs` : `pave-group:${other}:${chunk}`,
        };
      });
      builder.onLoad({ filter: /.*/, namespace: 'pave-chunk' }, ({ path }) => ({
        contents: chunks.get(path),
      }));
    },
  };
}

/**
 * A module that gives what a chunk exports as a plain object, once the chunk has run: an object with
 * a getter for each name takes longer to make than most chunks take to run. No export changes
 * afterwards (test/unit/boundaries.test.ts).
 */
function allOf(name, text) {
  const [, list = ''] = /export\s*\{([^}]*)\}\s*;?\s*$/.exec(text) ?? [];
  if (text.includes('__esm({') || (list === '' && /\bexport\b/.test(text)))
    throw new Error(`${name}: not one list of exports at its end`);
  const names = list
    .split(',')
    .map((one) => /(?:\sas\s+)?([\w$]+)\s*$/.exec(one)?.[1])
    .filter((one) => one !== undefined);
  const taken = names.map((one, i) => `${one} as v${i}`);
  const given = names.map((one, i) => `${one}:v${i}`);
  return `import{${taken}}from"./${name}.js";export const all=()=>({__esModule:true,${given}});`;
}

/** node:crypto brings forty modules with it: it is loaded with the first call. */
function lazyModules() {
  const calls = ['createHash', 'randomBytes', 'randomUUID'];
  return {
    name: 'pave-lazy',
    setup(builder) {
      builder.onResolve({ filter: /^node:crypto$/ }, ({ kind, namespace }) =>
        kind === 'import-statement' && namespace === 'pave-chunk'
          ? { path: 'crypto', namespace: 'pave-lazy' }
          : undefined,
      );
      builder.onLoad({ filter: /.*/, namespace: 'pave-lazy' }, () => ({
        contents: calls
          .map((name) => `export const ${name}=(...args)=>require("node:crypto").${name}(...args);`)
          .join('\n'),
      }));
    },
  };
}

/** Without a code cache for the node that runs, a group is compiled. */
function loader(names) {
  return `"use strict";const fs=require("fs"),{Script}=require("vm"),names=${JSON.stringify(names)},groups={};
const open=name=>{const base=__dirname+"/"+names[name];let cachedData;
try{cachedData=fs.readFileSync(base+"."+process.version+"-"+process.arch+".cache")}catch{}
const script=new Script(fs.readFileSync(base+".js","latin1"),{filename:base+".js",cachedData}),module={exports:{}};
script.runInThisContext()(module,require,group);
const done=Object.create(null),{defs}=module.exports;
return{script,load:chunk=>done[chunk]??=defs[chunk]()}};
const group=(name,chunk)=>(groups[name]??=open(name)).load(chunk);
module.exports=group;group.groups=groups;
`;
}
