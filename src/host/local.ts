import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { bulk } from './bulk.js';
import { FileError, InterruptedError } from './errors.js';
import { localFiles } from './files.js';
import { interruptCheck } from './interrupt.js';
import type { Machine } from './machine.js';
import { localNet } from './net.js';
import { pathMapper } from './paths.js';
import { localProcesses } from './processes.js';
import type { Clock, Host } from './types.js';
import { programFinder, searchPath } from './which.js';

export interface HostOptions {
  /** Root prefix of all paths; default `PAVE_ROOT`, else none. */
  root?: string;
  /** Default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** Default `PAVE_NODE`, else the host name up to its first dot. */
  node?: string;
  /** Gets a line for each command and change, for `-v`. */
  verbose?: (line: string) => void;
  /**
   * Aborted when the process is told to end. Ends the programs and waits under way at that moment
   * (they throw InterruptedError); what is called afterwards, to unwind, runs normally.
   */
  signal?: AbortSignal;
}

/** The machine we run on. What starts programs, locks and connects is loaded when it is used. */
export function createHost(options: HostOptions = {}): Host {
  const env = options.env ?? process.env;
  const root = normalRoot(options.root ?? env.PAVE_ROOT ?? '');
  const path = searchPath(env.PATH);
  const verbose = options.verbose;
  const machine: Machine = {
    at: pathMapper(root),
    which: programFinder(path),
    env: (extra) => ({ ...env, PATH: path, LC_ALL: 'C', ...extra }),
    report: verbose ? (text) => verbose(`# ${text}`) : () => {},
    get interrupt() {
      return options.signal;
    },
  };
  let locks: Promise<Host['lock']> | undefined;
  return {
    node: options.node ?? nodeName(env, root),
    root,
    dryRun: false,
    uid: process.geteuid?.() ?? 0,
    files: localFiles(machine.at, machine.report),
    bulk,
    net: localNet(machine.at),
    clock: clockOf(machine),
    processes: localProcesses(machine.report),
    path: machine.at,
    async run(argv, runOptions) {
      const check = interruptCheck(machine.interrupt);
      const { runLocal } = await import('./run.js');
      check();
      return runLocal(machine, argv, runOptions);
    },
    async pipe(stages, pipeOptions) {
      const check = interruptCheck(machine.interrupt);
      const { pipeLocal } = await import('./pipe.js');
      check();
      return pipeLocal(machine, stages, pipeOptions);
    },
    async spawn(argv, spawnOptions) {
      const { spawnLocal } = await import('./spawn.js');
      return spawnLocal(machine, argv, spawnOptions);
    },
    async output(target, outputOptions) {
      const { openOutput } = await import('./output.js');
      return openOutput(machine, target, outputOptions);
    },
    which: machine.which,
    async lock(name, lockOptions) {
      locks ??= import('./lock.js').then(({ lockTable }) => lockTable(machine));
      return (await locks)(name, lockOptions);
    },
    open(name, flags) {
      const real = machine.at(name);
      try {
        const fd = fs.openSync(real, flags, 0o644);
        return { fd, close: () => fs.closeSync(fd) };
      } catch (error) {
        throw new FileError('open', real, error);
      }
    },
    async makePipe() {
      const { makePipe } = await import('./fifo.js');
      const ends = await makePipe(machine);
      const open = new Set<'read' | 'write'>(['read', 'write']);
      return {
        ...ends,
        close(end) {
          if (open.delete(end)) fs.closeSync(ends[end]);
        },
      };
    },
    note: (effect, text) => {
      if (effect === 'change') machine.report(text);
    },
    env: (name) => env[name],
  };
}

/** '' for the machine itself, else absolute and without a slash at its end. */
function normalRoot(root: string): string {
  if (root === '' || root === '/') return '';
  const absolute = root.startsWith('/') ? root : `${process.cwd()}/${root}`;
  return absolute.replace(/\/+$/, '');
}

/** A mounted dead machine keeps its own name; else the running machine's. */
function nodeName(env: NodeJS.ProcessEnv, root: string): string {
  if (env.PAVE_NODE) return env.PAVE_NODE;
  if (root !== '') {
    try {
      const name = fs.readFileSync(`${root}/etc/hostname`, 'utf8').trim().split('.')[0];
      if (name) return name;
    } catch {
      // A bare root has no name of its own.
    }
  }
  return hostname().split('.')[0] || 'localhost';
}

function clockOf(machine: Machine): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.reject(new InterruptedError());
      return new Promise((resolve, reject) => {
        const signals = [machine.interrupt, signal];
        const finish = (act: () => void) => {
          clearTimeout(timer);
          for (const one of signals) one?.removeEventListener('abort', stop);
          act();
        };
        const stop = () => finish(() => reject(new InterruptedError()));
        // More than a timer can take is for ever.
        const timer = setTimeout(() => finish(resolve), Math.min(ms, 2 ** 31 - 1));
        for (const one of signals) one?.addEventListener('abort', stop);
      });
    },
  };
}
