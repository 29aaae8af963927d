/**
 * Standard output and error as plain descriptors: node's own stream objects take milliseconds to
 * make, which a command that prints ten lines need not pay.
 */
import { fstatSync, writeSync } from 'node:fs';
import { FileError } from './errors.js';

/** The reader of a pipe has gone: `qm list | head -1`. */
export class ClosedPipe extends Error {}

const nap = new Int32Array(new SharedArrayBuffer(4));

function writeAll(fd: number, text: string): void {
  let left = Buffer.from(text, 'utf8');
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new ClosedPipe();
      if (code !== 'EAGAIN')
        throw new FileError('write', fd === 1 ? 'standard output' : 'stderr', error);
      // A full pipe that somebody set to non-blocking: wait for its reader.
      Atomics.wait(nap, 0, 0, 2);
    }
  }
}

/** @throws ClosedPipe when nobody reads any more; FileError when it cannot be written */
export function writeOut(text: string): void {
  writeAll(1, text);
}

/** For work that goes on when nobody reads of it any more: `qm create … | head -1`. */
export function tellOut(text: string): void {
  try {
    writeOut(text);
  } catch (error) {
    if (!(error instanceof ClosedPipe)) throw error;
  }
}

/** What nobody can read is not said: no place is left to say it. */
export function writeErr(text: string): void {
  try {
    writeAll(2, text);
  } catch {
    // A closed pipe or a full disk must not break what is under way.
  }
}

/**
 * Is the descriptor a terminal? As far as its kind tells, which takes no time: node:tty brings the
 * whole of streams and sockets with it. /dev/null and its kin have the major number 1.
 */
function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && ((stat.rdev >> 8) & 0xfff) !== 1;
  } catch {
    // It is closed.
    return false;
  }
}

export const stdoutIsTty = () => isTerminal(1);
export const stderrIsTty = () => isTerminal(2);
