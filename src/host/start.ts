import { exitCodeOf } from './children.js';
import { FileError } from './errors.js';
import type { Machine } from './machine.js';
import type { RunOptions, RunResult } from './types.js';

/** More output than this of one program is a fault, not data: 256 MiB. */
const MAX_OUTPUT = 256 << 20;

/** A program that runs and whose output is collected. */
export interface Started {
  pid: number | undefined;
  stdout: NodeJS.ReadableStream | null;
  stderr: NodeJS.ReadableStream | null;
  /** Throws FileError when it could not be started. */
  ended: Promise<RunResult & { tooMuch: boolean }>;
}

export type Starter = (
  machine: Machine,
  file: string,
  args: readonly string[],
  options: RunOptions,
) => Started;

/** Starts programs through execa, each in a process group of its own unless it has our terminal. */
export async function execaStarter(): Promise<Starter> {
  const { execa } = await import('execa');
  return (...call) => startExeca(execa, ...call);
}

/** The same with descriptors of ours as the child's 3, 4, …, which execa does not hand on. */
export async function fdStarter(): Promise<Starter> {
  const { spawn } = await import('node:child_process');
  return (...call) => startWithFds(spawn, ...call);
}

/** What both ways of starting share. */
function settings(machine: Machine, options: RunOptions) {
  const inherit = options.stdio === 'inherit';
  const given = options.input === undefined ? 'ignore' : 'pipe';
  return {
    inherit,
    stdin: inherit ? 'inherit' : given,
    output: inherit ? 'inherit' : 'pipe',
    cwd: options.cwd === undefined ? {} : { cwd: machine.at(options.cwd) },
  } as const;
}

function startExeca(
  execa: typeof import('execa').execa,
  machine: Machine,
  file: string,
  args: readonly string[],
  options: RunOptions,
): Started {
  const { inherit, stdin, output, cwd } = settings(machine, options);
  const child = execa(file, args, {
    env: machine.env(options.env),
    extendEnv: false,
    ...cwd,
    ...(options.input === undefined ? {} : { input: options.input }),
    stdin,
    stdout: output,
    stderr: output,
    detached: !inherit,
    cleanup: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
  });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: child.then((result) => {
      if (result.exitCode === undefined && result.signal === undefined) {
        throw new FileError('run', file, result.cause ?? new Error('it did not start'));
      }
      return {
        code: exitCodeOf(result.exitCode, result.signal),
        stdout: typeof result.stdout === 'string' ? result.stdout : '',
        stderr: typeof result.stderr === 'string' ? result.stderr : '',
        tooMuch: result.isMaxBuffer,
      };
    }),
  };
}

function startWithFds(
  spawn: typeof import('node:child_process').spawn,
  machine: Machine,
  file: string,
  args: readonly string[],
  options: RunOptions,
): Started {
  const { inherit, stdin, output, cwd } = settings(machine, options);
  const child = spawn(file, args, {
    env: machine.env(options.env),
    ...cwd,
    stdio: [stdin, output, output, ...(options.fds ?? [])],
    detached: !inherit,
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A program that ends without reading its input is judged by its exit code alone.
  child.stdin?.on('error', () => {});
  if (options.input !== undefined) child.stdin?.end(options.input);
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: new Promise((resolve, reject) => {
      child.once('error', (error) => reject(new FileError('run', file, error)));
      child.once('close', (code, signal) =>
        resolve({
          code: exitCodeOf(code, signal),
          stdout: stdout.text(),
          stderr: stderr.text(),
          tooMuch: stdout.tooMuch() || stderr.tooMuch(),
        }),
      );
    }),
  };
}

function collect(stream: NodeJS.ReadableStream | null): { text(): string; tooMuch(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT) chunks.push(chunk);
  });
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    tooMuch: () => size > MAX_OUTPUT,
  };
}
