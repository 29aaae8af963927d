/** Our declarations against the facts about the original, where they lie beside the project. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';

const dir = process.env.PAVE_SPEC_DIR ?? '../shared/spec';

it('every declared command has the original’s arguments and options', {
  timeout: 120_000,
}, (ctx) => {
  if (!existsSync(dir)) ctx.skip(`the facts are not there: ${dir}`);
  let text: string;
  try {
    text = execFileSync('node', ['scripts/surface.mjs', '--spec', dir, '--json'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    // Status 1: there are mismatches; the report is on stdout all the same.
    text = (error as { stdout: string }).stdout;
  }
  const report = JSON.parse(text) as Record<
    string,
    { commands: [number, number]; mismatches: string[] }
  >;
  expect(report.qm!.commands[0]).toBeGreaterThan(20);
  expect(
    Object.entries(report).flatMap(([tool, { mismatches }]) =>
      mismatches.map((m) => `${tool} ${m}`),
    ),
  ).toEqual([]);
});
