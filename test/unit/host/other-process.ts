/** Runs a piece of our TypeScript in a process of its own, for what only two processes can show. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the test file has ended. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pave-test-'));
  made.push(folder);
  return folder;
}

/** Bundles `source` (imports as from the project's root, `./src/…`) to a program; gives its path. */
export async function program(source: string): Promise<string> {
  const folder = tempFolder();
  const outfile = join(folder, 'program.mjs');
  writeFileSync(join(folder, 'package.json'), '{}');
  await build({
    stdin: { contents: source, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    banner: {
      js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
    },
  });
  return outfile;
}

export interface Running {
  child: ChildProcess;
  /** Resolves when the program's output holds the text. */
  said(text: string): Promise<void>;
  output(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function start(
  file: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Running {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const check of waiting) check();
    });
  }
  return {
    child,
    output: () => text,
    said: (wanted) =>
      new Promise((resolvePromise, reject) => {
        const check = () => {
          if (!text.includes(wanted)) return;
          waiting.delete(check);
          resolvePromise();
        };
        waiting.add(check);
        child.once('close', () => reject(new Error(`ended without '${wanted}': ${text}`)));
        check();
      }),
    ended: new Promise((resolvePromise) => {
      child.once('close', (code, signal) => resolvePromise({ code, signal }));
    }),
  };
}
