import { PaveError } from '../errors.js';
import { guard } from './children.js';
import { CommandError, MissingProgramError } from './command-errors.js';
import { InterruptedError } from './errors.js';
import { interruptCheck } from './interrupt.js';
import { lineSplitter } from './lines.js';
import type { Machine } from './machine.js';
import { showCommand } from './quote.js';
import { execaStarter, fdStarter } from './start.js';
import type { RunOptions, RunResult } from './types.js';

/**
 * Runs a program to its end in a process group of its own, so that a time-out or an interrupt ends
 * its children too. Throws CommandError, MissingProgramError, InterruptedError.
 */
export async function runLocal(
  machine: Machine,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const file = programOf(machine, argv);
  machine.report(showCommand(argv, options.redact));
  if (options.signal?.aborted) throw new InterruptedError();
  const checkInterrupt = interruptCheck(machine.interrupt, options.signal);
  const start = await (options.fds?.length ? fdStarter() : execaStarter());
  checkInterrupt();
  const [program, args] = options.diesWithUs ? bound(machine, file, argv) : [file, argv.slice(1)];
  const child = start(machine, program, args, options);
  follow(child.stdout, options.onStdout);
  follow(child.stderr, options.onStderr);
  const watch = guard(child.pid === undefined ? [] : [child.pid], {
    timeoutMs: options.timeoutMs,
    signals: [machine.interrupt, options.signal],
  });
  const result = await child.ended;
  watch.done();

  const reason = watch.reason();
  if (reason === 'interrupt') throw new InterruptedError();
  const { code, stdout, stderr } = result;
  if (reason === 'timeout') {
    const timedOutMs = options.timeoutMs ?? 0;
    throw new CommandError(argv, { code, stderr, timedOutMs }, options.redact);
  }
  if (result.tooMuch) {
    throw new PaveError(`command '${showCommand(argv, options.redact)}' printed too much`);
  }
  const allowed = options.allowExit;
  if (code !== 0 && allowed !== 'any' && !allowed?.includes(code)) {
    throw new CommandError(argv, { code, stderr }, options.redact);
  }
  return { code, stdout, stderr };
}

/** setpriv(1) asks the kernel to send SIGKILL when the parent dies; without it nothing is bound. */
export function bound(
  machine: Machine,
  file: string,
  argv: readonly string[],
): [string, readonly string[]] {
  const setpriv = machine.which('setpriv');
  if (setpriv === undefined) return [file, argv.slice(1)];
  return [setpriv, ['--pdeathsig', 'KILL', '--', file, ...argv.slice(1)]];
}

/** The program's absolute path. Throws MissingProgramError with the package that holds it. */
export function programOf(machine: Machine, argv: readonly string[]): string {
  const program = argv[0];
  if (program === undefined) throw new PaveError('no command to run');
  const file = machine.which(program);
  if (file === undefined) throw new MissingProgramError(program);
  return file;
}

/** Gives a stream's lines as they come; whoever else reads it still gets everything. */
export function follow(
  stream: NodeJS.ReadableStream | null | undefined,
  onLine: ((line: string) => void) | undefined,
): void {
  if (!stream || !onLine) return;
  const splitter = lineSplitter(onLine);
  stream.on('data', (chunk: Buffer) => splitter.push(chunk));
  stream.on('end', () => splitter.end());
}
