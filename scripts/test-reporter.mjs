// One line per test file as it ends, failures in full, skips with their reasons, and the counts for
// scripts/test.sh in the file named by PAVE_TEST_COUNTS.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class TestReporter {
  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()];
    const count = (state) => tests.filter((t) => t.result().state === state).length;
    const seconds = ((module.diagnostic?.().duration ?? 0) / 1000).toFixed(1);
    const name = relative(process.cwd(), module.moduleId);
    const bad = count('failed') > 0 || module.state() === 'failed';
    console.log(
      `${bad ? 'FAIL' : 'ok  '} ${name}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped (${seconds} s)`,
    );
    printFailures(module);
    for (const test of tests) {
      const result = test.result();
      if (result.state === 'skipped')
        console.log(`  SKIP ${test.fullName}: ${result.note ?? 'no reason given'}`);
    }
  }

  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    let failed = unhandled.length;
    let skipped = 0;
    for (const error of unhandled) console.log(`FAIL unhandled: ${error.stack ?? error.message}`);
    for (const module of modules) {
      let own = 0;
      // Once more at the end: a log that is cut in the middle still says what failed.
      if (module.state() === 'failed') {
        console.log(`\nFAIL ${relative(process.cwd(), module.moduleId)}`);
        printFailures(module);
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') own++;
        else skipped++;
      }
      // A file that could not be loaded has no tests to fail.
      failed += own === 0 && module.state() === 'failed' ? 1 : own;
    }
    if (process.env.PAVE_TEST_COUNTS)
      writeFileSync(process.env.PAVE_TEST_COUNTS, `${passed} ${failed} ${skipped}\n`);
  }
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
