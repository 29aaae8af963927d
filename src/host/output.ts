import { closeSync, fsyncSync, openSync } from 'node:fs';
import { exitCodeOf } from './children.js';
import { CommandError } from './command-errors.js';
import { FileError } from './errors.js';
import { makePipe, widen } from './fifo.js';
import type { Machine } from './machine.js';
import { showCommand } from './quote.js';
import { programOf } from './run.js';
import type { ByteOutput, OutputOptions } from './types.js';

/** How much of a program's stderr is kept for the error. */
const KEPT_STDERR = 16384;
/** How long a program may take to end by itself once its input has ended early. */
const SETTLE_MS = 500;

/** Opens a place to stream bytes to; see Host.output. */
export async function openOutput(
  machine: Machine,
  target: string | number,
  options: OutputOptions,
): Promise<ByteOutput> {
  const path = typeof target === 'number' ? undefined : machine.at(target);
  const sink = path === undefined ? Number(target) : openNew(path, options.mode ?? 0o640);
  const end = new Once(() => {
    if (path !== undefined) closeSync(sink);
  });
  const settle = () => {
    try {
      if (path !== undefined) fsyncSync(sink);
    } catch (error) {
      throw new FileError('write', path ?? '', error);
    } finally {
      end.run();
    }
  };
  if (options.through === undefined) {
    if (path !== undefined) machine.report(`write ${path}`);
    else await widen(machine, sink);
    return {
      fd: sink,
      finish: async () => settle(),
      async abort() {
        end.run();
        return undefined;
      },
    };
  }
  try {
    return await throughProgram(machine, options.through, sink, settle, () => end.run());
  } catch (error) {
    end.run();
    throw error;
  }
}

async function throughProgram(
  machine: Machine,
  argv: readonly string[],
  sink: number,
  settle: () => void,
  close: () => void,
): Promise<ByteOutput> {
  const file = programOf(machine, argv);
  machine.report(`${showCommand(argv)} > &${sink}`);
  const { spawn } = await import('node:child_process');
  const pipe = await makePipe(machine);
  const child = spawn(file, argv.slice(1), {
    env: machine.env(),
    stdio: [pipe.read, sink, 'pipe'],
    // Not in our group: a Ctrl+C asks us, and we end it.
    detached: true,
  });
  closeSync(pipe.read);
  const input = new Once(() => closeSync(pipe.write));
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-KEPT_STDERR);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new FileError('run', file, error)));
    child.once('close', (code, signal) => resolve(exitCodeOf(code, signal)));
  });
  ended.catch(() => {});
  const failure = (code: number) =>
    code === 0 ? undefined : new CommandError(argv, { code, stderr });
  return {
    fd: pipe.write,
    async finish() {
      input.run();
      try {
        const error = failure(await ended);
        if (error !== undefined) throw error;
      } catch (error) {
        close();
        throw error;
      }
      settle();
    },
    async abort() {
      input.run();
      const running = child.exitCode === null && child.signalCode === null;
      const timer = setTimeout(() => child.kill('SIGKILL'), running ? SETTLE_MS : 0);
      let killed = false;
      child.once('exit', (_, signal) => {
        killed = signal === 'SIGKILL';
      });
      const code = await ended.catch(() => 0);
      clearTimeout(timer);
      close();
      return killed ? undefined : failure(code);
    },
  };
}

function openNew(path: string, mode: number): number {
  try {
    return openSync(path, 'w', mode);
  } catch (error) {
    throw new FileError('open', path, error);
  }
}

/** Something that is done once however often it is asked for. */
class Once {
  private done = false;
  constructor(private readonly work: () => void) {}
  run(): void {
    if (this.done) return;
    this.done = true;
    this.work();
  }
}
