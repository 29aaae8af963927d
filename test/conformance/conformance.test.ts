/**
 * The cases with known answers, where they lie beside the project. Suites in complete.json must
 * pass whole; the others are being worked on and only reported.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const dir = process.env.PAVE_CONFORMANCE_DIR ?? '../shared/conformance';
const complete: string[] = JSON.parse(readFileSync('test/conformance/complete.json', 'utf8'));

interface Report {
  [suite: string]: { passed: number; total: number; failures: { name: string; reason: string }[] };
}

let cached: Report | undefined;

function report(): Report {
  if (cached !== undefined) return cached;
  let text: string;
  try {
    text = execFileSync('node', ['scripts/conformance.mjs', '--dir', dir, '--json'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    // Status 1: some cases failed; the report is on stdout all the same.
    text = (error as { stdout: string }).stdout;
  }
  cached = JSON.parse(text) as Report;
  for (const [name, { passed, total }] of Object.entries(cached)) {
    if (!complete.includes(name))
      process.stdout.write(`     conformance ${name} ${passed}/${total}\n`);
  }
  return cached;
}

describe('conformance', () => {
  for (const suite of complete) {
    it(suite, { timeout: 300_000 }, (ctx) => {
      if (!existsSync(dir)) ctx.skip(`the cases are not there: ${dir}`);
      const result = report()[suite];
      expect(result, `suite ${suite} has no adapter`).toBeDefined();
      expect(result!.failures).toEqual([]);
      expect(result!.total).toBeGreaterThan(0);
    });
  }
});
