// npm run surface [-- --spec DIR] [--tool NAME] [--json]
// Compares our declarations with the facts about the original's commands (DIR/commands.json, default
// ../shared/spec) and prints, a tool a line, commands and options present of total, then every
// mismatch of type, range, default, enumeration, pattern, sub-keys or position. Whole commands that
// are missing are only counted; a declared command that differs makes the status non-zero.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listTools } from './build.mjs';
import { importTypescript, root } from './lib/bundle.mjs';
import { compareParameter } from './lib/surface-compare.mjs';

const { values: options } = parseArgs({
  options: {
    spec: { type: 'string' },
    tool: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const dir = options.spec === undefined ? join(root, '../shared/spec') : resolve(options.spec);
if (!existsSync(join(dir, 'commands.json'))) {
  if (options.spec !== undefined) {
    console.error(`surface: no commands.json in ${dir}`);
    process.exit(2);
  }
  console.log(`SKIP surface: ${dir} is not there`);
  process.exit(0);
}

const spec = JSON.parse(await readFile(join(dir, 'commands.json'), 'utf8')).tools;
const ours = await listTools();
const modules = await importTypescript({
  globals: 'src/cli/globals.ts',
  ...Object.fromEntries(ours.map((name) => [`tool-${name}`, `src/commands/${name}/index.ts`])),
});
const names = Object.keys(spec).filter(
  (name) => options.tool === undefined || name === options.tool,
);
const report = {};
for (const name of names) {
  report[name] = await compareTool(
    spec[name],
    ours.includes(name) ? modules[`tool-${name}`].default : undefined,
  );
}
if (options.json) console.log(JSON.stringify(report, null, 2));
else print(report);
process.exitCode = Object.values(report).some((tool) => tool.mismatches.length > 0) ? 1 : 0;

async function compareTool(facts, tool) {
  const result = { commands: [0, 0], options: [0, 0], missing: [], mismatches: [] };
  for (const command of facts.commands) {
    const path = command.path.join(' ');
    if (['verifyapi', 'bashcomplete'].includes(path)) continue;
    if (command.aliasFor !== undefined) {
      compareAlias(tool, path, command, result);
      continue;
    }
    const optionNames = Object.keys(command.options ?? {});
    result.commands[1]++;
    result.options[1] += optionNames.length;
    const load = tool?.commands[path];
    if (load === undefined && !(path === 'help' && tool !== undefined)) {
      result.missing.push(path);
      continue;
    }
    result.commands[0]++;
    if (load === undefined) {
      result.options[0] += optionNames.length;
      continue;
    }
    const { default: declared } = await load();
    result.options[0] += compareCommand(path, command, declared, result.mismatches);
  }
  for (const path of Object.keys(tool?.commands ?? {})) {
    const known = facts.commands.some((command) => command.path.join(' ') === path);
    if (!known && !tool.extra?.includes(path))
      result.mismatches.push(`${path}: the original has no such command`);
  }
  return result;
}

function compareAlias(tool, path, command, result) {
  const target = [command.aliasFor].flat().join(' ');
  if (tool?.commands[target] !== undefined && tool.aliases?.[path] !== target) {
    result.mismatches.push(`${path}: should be an alias of '${target}'`);
  }
}

function compareCommand(path, facts, declared, mismatches) {
  const args = Object.entries(declared.args);
  const wanted = (facts.args ?? []).map((arg) => arg.name);
  if (args.map(([name]) => name).join(' ') !== wanted.join(' ')) {
    mismatches.push(
      `${path}: arguments are (${args.map(([name]) => name).join(', ')}), the original's (${wanted.join(', ')})`,
    );
  }
  for (const arg of facts.args ?? []) {
    const own = declared.args[arg.name];
    if (own !== undefined)
      mismatches.push(
        ...compareParameter(`${path} <${arg.name}>`, arg, { optional: false, ...own }),
      );
  }
  const all = modules.globals.allOptions(declared);
  let present = 0;
  for (const [name, option] of Object.entries(facts.options ?? {})) {
    if (all[name] === undefined) {
      mismatches.push(`${path} --${name}: missing`);
      continue;
    }
    present++;
    if (option.outputOption) continue;
    mismatches.push(...compareParameter(`${path} --${name}`, option, all[name]));
  }
  for (const [name, option] of Object.entries(all)) {
    if (facts.options?.[name] === undefined && !option.extra)
      mismatches.push(`${path} --${name}: the original has no such option`);
  }
  return present;
}

function print(tools) {
  for (const [name, { commands, options: counts, mismatches }] of Object.entries(tools)) {
    console.log(
      `${name.padEnd(30)} commands ${commands.join('/')}  options ${counts.join('/')}  mismatches ${mismatches.length}`,
    );
    for (const mismatch of mismatches) console.log(`  ${mismatch}`);
  }
}
