import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { PaveError } from '../errors.js';
import { endGroup, exitCodeOf, guard } from './children.js';
import { CommandError } from './command-errors.js';
import { FileError, InterruptedError } from './errors.js';
import { makePipe } from './fifo.js';
import { interruptCheck } from './interrupt.js';
import type { Machine } from './machine.js';
import { showCommand } from './quote.js';
import { bound, follow, programOf } from './run.js';
import type { PipeOptions, PipeStage } from './types.js';

/** How long the other stages may take to end by themselves once one has failed. */
const SETTLE_MS = 500;
/** How much of each stage's stderr is kept for the error. */
const KEPT_STDERR = 16384;

interface Ended {
  code: number;
  stderr: string;
  /** When, to tell a cause from its consequences. */
  at: number;
}

/**
 * Runs programs with each one's output as the next one's input; the bytes flow between them, not
 * through us. Throws the error of the stage that failed first by its own doing.
 */
export async function pipeLocal(
  machine: Machine,
  stages: readonly PipeStage[],
  options: PipeOptions,
): Promise<void> {
  if (stages.length === 0) throw new PaveError('no command to run');
  const files = stages.map((stage) => programOf(machine, stage.argv));
  machine.report(showPipe(stages, options));
  if (options.signal?.aborted) throw new InterruptedError();
  const checkInterrupt = interruptCheck(machine.interrupt, options.signal);
  const { spawn } = await import('node:child_process');
  const ours = new Descriptors();
  const children: ChildProcess[] = [];
  const ends: Promise<Ended>[] = [];
  try {
    let input = ours.endpoint(machine, options.inputFile, 'r');
    const sink = ours.endpoint(machine, options.outputFile, 'w');
    const pipes: { read: number; write: number }[] = [];
    while (pipes.length < stages.length - 1) pipes.push(await ours.pipe(machine));
    checkInterrupt();
    for (const [index, stage] of stages.entries()) {
      const next = pipes[index];
      const file = files[index]!;
      const [program, args] = options.diesWithUs
        ? bound(machine, file, stage.argv)
        : [file, stage.argv.slice(1)];
      const child = spawn(program, args, {
        env: machine.env(stage.env),
        stdio: [input, next?.write ?? sink, 'pipe'],
        detached: true,
      });
      children.push(child);
      const onLine = options.onStderr;
      follow(child.stderr, onLine && ((line) => onLine(line, index)));
      ends.push(endOf(child, file));
      input = next?.read ?? 'ignore';
    }
  } finally {
    // Ours are only copies: with them open, no stage would see an end or a broken pipe.
    ours.close();
  }
  const pids = children.flatMap((child) => (child.pid === undefined ? [] : [child.pid]));
  const watch = guard(pids, {
    timeoutMs: options.timeoutMs,
    signals: [machine.interrupt, options.signal],
  });
  const results = await settle(children, ends);
  watch.done();
  if (watch.reason() === 'interrupt') throw new InterruptedError();
  throwFirst(stages, results, options, watch.reason() === 'timeout');
}

/** The pipe as a shell would write it. */
export function showPipe(stages: readonly PipeStage[], options: PipeOptions): string {
  const text = stages.map((stage) => showCommand(stage.argv, options.redact)).join(' | ');
  const from = options.inputFile === undefined ? '' : ` < ${nameOf(options.inputFile)}`;
  const to = options.outputFile === undefined ? '' : ` > ${nameOf(options.outputFile)}`;
  return text + from + to;
}

function nameOf(end: string | number): string {
  return typeof end === 'number' ? `&${end}` : showCommand([end]);
}

/** Descriptors we hold until the stages have their copies. */
class Descriptors {
  private readonly fds: number[] = [];

  endpoint(
    machine: Machine,
    end: string | number | undefined,
    flags: 'r' | 'w',
  ): number | 'ignore' {
    if (end === undefined) return 'ignore';
    if (typeof end === 'number') return end;
    return this.open(machine.at(end), flags);
  }

  async pipe(machine: Machine): Promise<{ read: number; write: number }> {
    const ends = await makePipe(machine);
    this.fds.push(ends.read, ends.write);
    return ends;
  }

  close(): void {
    for (const fd of this.fds.splice(0)) closeSync(fd);
  }

  private open(path: string, flags: 'r' | 'w'): number {
    try {
      const fd = openSync(path, flags, 0o600);
      this.fds.push(fd);
      return fd;
    } catch (error) {
      throw new FileError('open', path, error);
    }
  }
}

function endOf(child: ChildProcess, file: string): Promise<Ended> {
  let stderr = '';
  let at = 0;
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-KEPT_STDERR);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new FileError('run', file, error)));
    child.once('exit', () => {
      at = performance.now();
    });
    child.once('close', (code, signal) => resolve({ code: exitCodeOf(code, signal), stderr, at }));
  });
}

/** Waits for all; when one fails, those that do not end by themselves are ended. */
async function settle(
  children: readonly ChildProcess[],
  ends: readonly Promise<Ended>[],
): Promise<Ended[]> {
  const timers: NodeJS.Timeout[] = [];
  const stops: (() => void)[] = [];
  const endRest = () => {
    timers.push(
      setTimeout(() => {
        for (const child of children) {
          if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
            stops.push(endGroup(child.pid));
          }
        }
      }, SETTLE_MS),
    );
  };
  for (const end of ends) {
    end.then((result) => {
      if (result.code !== 0) endRest();
    }, endRest);
  }
  try {
    const settled = await Promise.allSettled(ends);
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    for (const stop of stops) stop();
  }
}

/**
 * 141 is a broken pipe and 143 our own SIGTERM: the consequence of another stage's end. Of the
 * others the first to end is to blame.
 */
function throwFirst(
  stages: readonly PipeStage[],
  results: readonly Ended[],
  options: PipeOptions,
  timedOut: boolean,
): void {
  const failed = results.flatMap((result, index) => (result.code === 0 ? [] : [index]));
  const own = failed.filter((index) => ![141, 143].includes(results[index]!.code));
  const index = (own.length > 0 ? own : failed).sort((a, b) => results[a]!.at - results[b]!.at)[0];
  if (index === undefined) return;
  throw new CommandError(
    stages[index]!.argv,
    { ...results[index]!, ...(timedOut ? { timedOutMs: options.timeoutMs ?? 0 } : {}) },
    options.redact,
  );
}
