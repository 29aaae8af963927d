// Groups of chunks that are loaded together: opening twenty small files costs more than running them,
// so the chunks of a group go into one file. Each stays a function of its own that runs when it is
// first asked for. What V8 compiled of a group is kept beside it (scripts/code-cache.mjs).
import { createHash } from 'node:crypto';
import { relative } from 'node:path';

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
      if (output.entryPoint?.startsWith('pave-tool:')) continue;
      // A module that is only handed on stands nowhere but in the entry point.
      const inputs = [...Object.keys(output.inputs), output.entryPoint ?? ''];
      if (inputs.some((input) => patterns.some((pattern) => pattern.test(input)))) add(path, group);
    }
  }
  return groups;
}

const REQUIRE = /require\("(\.[^"]*?)\.cjs"\)/g;
const nameOfChunk = (path) => `chunks/${path.split('/').at(-1)}`;

/** `require("./X.cjs")` of a chunk that is in a group becomes a look-up in that. */
export function redirect(code, groups, name) {
  const up = name.startsWith('chunks/') ? '../' : './';
  return code.replaceAll(REQUIRE, (whole, path) => {
    const chunk = nameOfChunk(path);
    const group = groups.get(chunk);
    return group === undefined ? whole : `require("${up}${group}.cjs")("${chunk}")`;
  });
}

/** The files of all groups: name -> content. */
export function groupFiles(chunks, groups) {
  const files = {};
  for (const group of new Set(groups.values())) {
    const code = groupCode(chunks, groups, group);
    const name = `${group}.${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
    files[`${name}.js`] = code;
    files[`${group}.cjs`] = loader(name);
  }
  return files;
}

function groupCode(chunks, groups, group) {
  const parts = [...groups]
    .filter(([, own]) => own === group)
    .map(([name]) => {
      const code = chunks
        .get(name)
        .replace(/^"use strict";/, '')
        .replaceAll(REQUIRE, (_, path) => {
          const chunk = nameOfChunk(path);
          const other = groups.get(chunk);
          if (other === group) return `load("${chunk}")`;
          return other === undefined
            ? `require("./${chunk}.cjs")`
            : `require("./${other}.cjs")("${chunk}")`;
        });
      return `"${name}":(module,exports)=>{${code}\n}`;
    });
  return `"use strict";const defs={${parts.join(',\n')}};const done=Object.create(null);
function load(name){let m=done[name];if(m===undefined){m=done[name]={exports:{}};defs[name](m,m.exports);}return m.exports;}
module.exports=load;
`;
}

/** Without a code cache for the node that runs, the group is compiled. */
function loader(name) {
  return `"use strict";const fs=require("fs"),file=__dirname+"/${name}.js";let cachedData;
try{cachedData=fs.readFileSync(__dirname+"/${name}."+process.version+"-"+process.arch+".cache")}catch{}
const source="${WRAPPER[0]}"+fs.readFileSync(file,"latin1")+"${WRAPPER[1].replaceAll('\n', '\\n')}";
new(require("vm").Script)(source,{filename:file,cachedData}).runInThisContext()(exports,require,module,__filename,__dirname);
`;
}

/** What stands before and behind a group's code when it is compiled: V8 compares to the letter. */
export const WRAPPER = ['(function(exports,require,module,__filename,__dirname){', '\n})'];
