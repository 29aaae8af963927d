// npm run conformance -- [--dir DIR] [--suite NAME] [--json] [--quiet]
// Runs the cases with known answers in DIR (default ../shared/conformance) through one adapter a
// suite (test/conformance/adapters/<suite>.ts) and prints `suite passed/total`.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { importTypescript, root } from './lib/bundle.mjs';
import { mismatch } from './lib/compare.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    suite: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});
const dir = options.dir === undefined ? join(root, '../shared/conformance') : resolve(options.dir);
if (!existsSync(dir)) {
  if (options.dir !== undefined) {
    console.error(`conformance: no such folder: ${dir}`);
    process.exit(2);
  }
  console.log(`SKIP conformance: ${dir} is not there`);
  process.exit(0);
}

const adaptersDir = join(root, 'test/conformance/adapters');
const names = (await readdir(adaptersDir))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => existsSync(join(dir, `${name}.json`)))
  .filter((name) => options.suite === undefined || options.suite.includes(name))
  .sort();
for (const name of options.suite ?? []) {
  if (!names.includes(name)) {
    console.error(`conformance: no adapter or no cases for suite '${name}'`);
    process.exit(2);
  }
}

const adapters = await importTypescript(
  Object.fromEntries(names.map((name) => [name, join(adaptersDir, `${name}.ts`)])),
);
const report = {};
let failed = 0;
for (const name of names) {
  const adapter = adapters[name].default;
  const suite = JSON.parse(await readFile(join(dir, `${name}.json`), 'utf8'));
  const failures = [];
  for (const testcase of suite.cases) {
    const reason = await runCase(adapter, suite, testcase);
    if (reason !== undefined) failures.push({ name: testcase.name, reason });
  }
  failed += failures.length;
  report[name] = {
    passed: suite.cases.length - failures.length,
    total: suite.cases.length,
    failures,
  };
  if (!options.json) {
    console.log(`${name} ${report[name].passed}/${report[name].total}`);
    if (!options.quiet)
      for (const failure of failures) console.log(`  FAIL ${failure.name}: ${failure.reason}`);
  }
}
if (options.json) console.log(JSON.stringify(report, null, 2));
process.exitCode = failed === 0 ? 0 : 1;

async function runCase(adapter, suite, testcase) {
  const timezone = suite.environment?.TZ;
  const before = process.env.TZ;
  if (timezone !== undefined) process.env.TZ = timezone;
  try {
    const input = structuredClone(testcase.input);
    const got = await adapter.run(input, suite.environment ?? {}, testcase);
    return adapter.compare === undefined
      ? mismatch(got, testcase.expect)
      : adapter.compare(got, testcase.expect, testcase);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' | ') : error}`;
  } finally {
    if (timezone !== undefined) {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  }
}
