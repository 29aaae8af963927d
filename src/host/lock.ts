import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { PaveError } from '../errors.js';
import { exitCodeOf, guard } from './children.js';
import { MissingProgramError } from './command-errors.js';
import { FileError, InterruptedError } from './errors.js';
import { interruptCheck } from './interrupt.js';
import type { Machine } from './machine.js';
import { makeFolders } from './make-folders.js';
import type { FileLock, LockOptions } from './types.js';

/** flock(1) says with this exit code that another holds the lock. */
const CONFLICT = 73;

interface Held {
  fd: number;
  shared: boolean;
  holders: number;
}

/**
 * Locks on files that are never deleted, as the original's tools take them. Node has no flock(2),
 * so flock(1) takes it on a descriptor it inherits from us: the lock belongs to the open file, which
 * stays open here, and dies with us, also on SIGKILL. A path locked twice by one process is one lock.
 */
export function lockTable(
  machine: Machine,
): (path: string, options: LockOptions) => Promise<FileLock> {
  const held = new Map<string, Promise<Held>>();

  return async function lock(path, options) {
    const real = machine.at(path);
    const known = held.get(real);
    if (known !== undefined) {
      const entry = await known.catch(() => undefined);
      if (entry === undefined || entry.holders === 0) {
        // Its taker failed or has let go while we waited: begin anew.
        if (held.get(real) === known) held.delete(real);
        return lock(path, options);
      }
      if (entry.shared && !options.shared) {
        await take(machine, real, entry.fd, options);
        entry.shared = false;
      }
      return handleOf(real, entry);
    }
    const taken = acquire(machine, real, options);
    held.set(real, taken);
    try {
      return handleOf(real, await taken);
    } catch (error) {
      held.delete(real);
      throw error;
    }
  };

  function handleOf(real: string, entry: Held): FileLock {
    entry.holders++;
    let released = false;
    return {
      release() {
        if (released) return;
        released = true;
        if (--entry.holders > 0) return;
        held.delete(real);
        fs.closeSync(entry.fd);
      },
    };
  }
}

async function acquire(machine: Machine, real: string, options: LockOptions): Promise<Held> {
  const fd = openLockFile(real);
  try {
    await take(machine, real, fd, options);
    return { fd, shared: options.shared ?? false, holders: 0 };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Opened as the original does, but by nobody else, who could hold it for ever. */
function openLockFile(real: string): number {
  const folder = dirname(real);
  try {
    makeFolders(folder);
    requireOwn(folder);
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = fs.constants;
    return fs.openSync(real, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (error instanceof PaveError) throw error;
    throw new FileError('open the lock file', real, error);
  }
}

/**
 * Everybody may write to /run/lock: who made a folder of locks there before us could take them from
 * us, or let us open files through links. @throws PaveError
 */
function requireOwn(folder: string): void {
  const WRITABLE_BY_ALL = 0o002;
  if ((fs.statSync(dirname(fs.realpathSync(folder))).mode & WRITABLE_BY_ALL) === 0) return;
  const { uid } = fs.statSync(folder);
  if (uid === 0 || uid === process.geteuid?.()) return;
  throw new PaveError(
    `the folder of locks '${folder}' belongs to user ${uid}, who could break them`,
    {
      hint: `if no command of yours is at work: rm -r ${folder}`,
    },
  );
}

async function take(
  machine: Machine,
  real: string,
  fd: number,
  options: LockOptions,
): Promise<void> {
  const flock = machine.which('flock');
  if (flock === undefined) throw new MissingProgramError('flock');
  const kind = options.shared ? '-s' : '-x';
  const checkInterrupt = interruptCheck(machine.interrupt);
  const { spawn, spawnSync } = await import('node:child_process');
  const env = machine.env();
  const first = spawnSync(flock, [kind, '-n', '-E', `${CONFLICT}`, '3'], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (first.error) throw new FileError('run', flock, first.error);
  if (first.status === 0) return;
  if (first.status !== CONFLICT) throw new PaveError(`can't lock file '${real}' - flock failed`);
  if (options.timeoutS > 0) {
    options.onWait?.();
    checkInterrupt();
    const args = [kind, '-w', `${options.timeoutS}`, '-E', `${CONFLICT}`, '3'];
    const child = spawn(flock, args, {
      env,
      stdio: ['ignore', 'ignore', 'ignore', fd],
      detached: true,
    });
    const watch = guard(child.pid === undefined ? [] : [child.pid], {
      signals: [machine.interrupt],
    });
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new FileError('run', flock, error)));
      child.once('exit', (status, signal) => resolve(exitCodeOf(status, signal)));
    });
    watch.done();
    if (watch.reason() === 'interrupt') throw new InterruptedError();
    if (code === 0) return;
  }
  throw new PaveError(`can't lock file '${real}' - got timeout`);
}
