// One line per test file as it ends, failures in full, skips with their reasons. For scripts/test.sh,
// where PAVE_TEST_RESULT names a folder: `counts` (passed, failed, skipped) of the run, and `failed` with
// a line `file passed failed skipped` for each test file that failed.
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export default class TestReporter {
  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()];
    const own = countsOf(module);
    const seconds = ((module.diagnostic?.().duration ?? 0) / 1000).toFixed(1);
    const name = relative(process.cwd(), module.moduleId);
    console.log(
      `${own.failed > 0 ? 'FAIL' : 'ok  '} ${name}: ${own.passed} passed, ${own.failed} failed, ${own.skipped} skipped (${seconds} s)`,
    );
    printFailures(module);
    for (const test of tests) {
      const result = test.result();
      if (result.state === 'skipped')
        console.log(`  SKIP ${test.fullName}: ${result.note ?? reason(test.fullName, own)}`);
    }
  }

  onTestRunEnd(modules, unhandled) {
    const all = { passed: 0, failed: unhandled.length, skipped: 0 };
    const failedFiles = [];
    for (const error of unhandled) console.log(`FAIL unhandled: ${error.stack ?? error.message}`);
    for (const module of modules) {
      const own = countsOf(module);
      for (const state of Object.keys(all)) all[state] += own[state];
      if (own.failed === 0) continue;
      // Once more at the end: a log that is cut in the middle still says what failed.
      const file = relative(process.cwd(), module.moduleId);
      console.log(`\nFAIL ${file}`);
      printFailures(module);
      failedFiles.push(`${file} ${line(own)}`);
    }
    const folder = process.env.PAVE_TEST_RESULT;
    if (!folder) return;
    writeFileSync(join(folder, 'counts'), line(all));
    writeFileSync(join(folder, 'failed'), failedFiles.join(''));
  }
}

/** Why a whole group was left out: said in its name, or its file's set-up failed. */
function reason(fullName, own) {
  const said = /\(skipped: ([^)]+)\)/.exec(fullName)?.[1];
  return said ?? (own.failed > 0 ? 'its set-up failed' : 'no reason given');
}

function line({ passed, failed, skipped }) {
  return `${passed} ${failed} ${skipped}\n`;
}

function countsOf(module) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    counts[state in counts ? state : 'skipped']++;
  }
  // A file that could not be loaded has no tests to fail.
  if (counts.failed === 0 && module.state() === 'failed') counts.failed = 1;
  return counts;
}

function printFailures(module) {
  // Of the file, and of what sets its tests up.
  for (const part of [module, ...module.children.allSuites()])
    for (const error of part.errors()) console.log(`     ${error.message}`);
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state !== 'failed') continue;
    console.log(`  FAIL ${test.fullName}`);
    for (const error of result.errors ?? []) {
      console.log(indent(error.message));
      if (error.diff) console.log(indent(error.diff));
      const frame = error.stacks?.[0];
      if (frame) console.log(indent(`at ${relative(process.cwd(), frame.file)}:${frame.line}`));
    }
  }
}

function indent(text) {
  return String(text)
    .split('\n')
    .map((line) => `       ${line}`)
    .join('\n');
}
