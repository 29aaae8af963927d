import { closeSync, fsyncSync, openSync } from 'node:fs';
import { exitCodeOf, guard } from './children.js';
import { CommandError } from './command-errors.js';
import { FileError, InterruptedError } from './errors.js';
import { makePipe, widen } from './fifo.js';
import { interruptCheck } from './interrupt.js';
import type { Machine } from './machine.js';
import { showCommand } from './quote.js';
import { programOf } from './run.js';
import type { ByteOutput, OutputOptions } from './types.js';
import { exchanged, mayWait, Writer, withoutWaiting } from './writer.js';

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
  return typeof target === 'number'
    ? await toDescriptor(machine, target, options.through)
    : await toFile(machine, machine.at(target), options);
}

async function toFile(
  machine: Machine,
  path: string,
  { mode, through }: OutputOptions,
): Promise<ByteOutput> {
  const sink = openNew(path, mode ?? 0o640);
  const end = new Once(() => closeSync(sink));
  const settle = () => {
    try {
      fsyncSync(sink);
    } catch (error) {
      throw new FileError('write', path, error);
    } finally {
      end.run();
    }
  };
  if (through === undefined) {
    machine.report(`write ${path}`);
    return directly(machine, sink, settle, () => end.run());
  }
  try {
    return await throughProgram(machine, through, sink, settle, () => end.run());
  } catch (error) {
    end.run();
    throw error;
  }
}

/** Whoever reads there may stand still for ever; that must not keep us when we are told to end. */
async function toDescriptor(
  machine: Machine,
  sink: number,
  through: readonly string[] | undefined,
): Promise<ByteOutput> {
  const nothing = () => {};
  if (through !== undefined) return await throughProgram(machine, through, sink, nothing, nothing);
  if (!mayWait(sink)) return directly(machine, sink, nothing, nothing);
  await widen(machine, sink);
  const own = withoutWaiting(sink);
  // A program can be ended while it waits.
  if (own === undefined) return await throughProgram(machine, ['cat'], sink, nothing, nothing);
  const end = new Once(() => closeSync(own));
  return directly(
    machine,
    own,
    () => end.run(),
    () => end.run(),
  );
}

function directly(machine: Machine, fd: number, settle: () => void, close: () => void): ByteOutput {
  const writer = new Writer(machine, fd);
  return {
    write: (bytes) => writer.write(bytes),
    finish: async () => settle(),
    async abort() {
      await writer.giveUp();
      close();
      return undefined;
    },
  };
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
  const checkInterrupt = interruptCheck(machine.interrupt);
  const { spawn } = await import('node:child_process');
  const pipe = await makePipe(machine);
  const write = exchanged(pipe.write);
  const child = spawn(file, argv.slice(1), {
    env: machine.env(),
    stdio: [pipe.read, sink, 'pipe'],
    // Not in our group: a Ctrl+C asks us, and we end it.
    detached: true,
  });
  closeSync(pipe.read);
  const writer = new Writer(machine, write);
  const input = new Once(() => closeSync(write));
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
    write: (bytes) => writer.write(bytes),
    async finish() {
      input.run();
      const pids = child.pid === undefined ? [] : [child.pid];
      const watch = guard(pids, { signals: [machine.interrupt] });
      try {
        checkInterrupt();
        const error = failure(await ended);
        if (watch.reason() === 'interrupt') throw new InterruptedError();
        if (error !== undefined) throw error;
      } catch (error) {
        close();
        throw error;
      } finally {
        watch.done();
      }
      settle();
    },
    async abort() {
      await writer.giveUp();
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
