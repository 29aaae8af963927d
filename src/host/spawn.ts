import type { StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { exitCodeOf } from './children.js';
import { FileError } from './errors.js';
import type { Machine } from './machine.js';
import { showCommand } from './quote.js';
import { programOf } from './run.js';
import type { Child, SpawnOptions } from './types.js';

/** Starts a program and does not wait for it. Resolves when it runs; throws when it cannot. */
export async function spawnLocal(
  machine: Machine,
  argv: readonly string[],
  options: SpawnOptions,
): Promise<Child> {
  const file = programOf(machine, argv);
  machine.report(`${showCommand(argv, options.redact)} &`);
  const { spawn } = await import('node:child_process');
  const opened: number[] = [];
  const outputTo = (path: string | undefined): number | 'ignore' => {
    if (path === undefined) return 'ignore';
    const real = machine.at(path);
    try {
      const fd = openSync(real, 'a', 0o640);
      opened.push(fd);
      return fd;
    } catch (error) {
      throw new FileError('open', real, error);
    }
  };
  try {
    const kind = options.stdio ?? 'file';
    const stdio: StdioOptions =
      kind === 'inherit'
        ? ['inherit', 'inherit', 'inherit']
        : kind === 'pipe'
          ? ['pipe', 'pipe', outputTo(options.stderrFile)]
          : ['ignore', outputTo(options.stdoutFile), outputTo(options.stderrFile)];
    const child = spawn(file, argv.slice(1), {
      env: machine.env(options.env),
      ...(options.cwd === undefined ? {} : { cwd: machine.at(options.cwd) }),
      stdio: [...stdio, ...(options.fds ?? [])],
      detached: options.detached ?? false,
    });
    const exited = new Promise<number>((resolve) => {
      child.once('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new FileError('run', file, error)));
    });
    // With pipes the streams keep us alive as long as they are open, the child itself does not.
    if (options.detached) child.unref();
    return {
      pid: child.pid!,
      exited,
      ...(child.stdin ? { stdin: child.stdin } : {}),
      ...(child.stdout ? { stdout: child.stdout } : {}),
      kill: (signal = 'SIGTERM') => {
        child.kill(signal);
      },
    };
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
