import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from './errors.js';
import type { Machine } from './machine.js';
import { programOf } from './run.js';

/**
 * Both ends of a real pipe, by way of a FIFO without a name: Node only makes socket pairs, on which
 * a reader's early end looks like a fault of the writer (ECONNRESET in place of SIGPIPE).
 */
export async function makePipe(machine: Machine): Promise<{ read: number; write: number }> {
  const { spawnSync } = await import('node:child_process');
  const folder = mkdtempSync(join(tmpdir(), 'pave-pipe-'));
  const fifo = join(folder, 'pipe');
  try {
    const made = spawnSync(programOf(machine, ['mkfifo']), ['-m', '600', fifo]);
    if (made.status !== 0) throw new FileError('make the pipe', fifo, made.error ?? made.stderr);
    // Open for both first: the other two would each wait for the other side.
    const both = openSync(fifo, 'r+');
    try {
      const read = openEnd(fifo, 'r');
      try {
        const ends = { read, write: openEnd(fifo, 'w') };
        await widen(machine, ends.write);
        return ends;
      } catch (error) {
        closeSync(read);
        throw error;
      }
    } finally {
      closeSync(both);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openEnd(fifo: string, flags: 'r' | 'w'): number {
  try {
    return openSync(fifo, flags);
  } catch (error) {
    throw new FileError('open', fifo, error);
  }
}

/** The kernel's limit for users; its default of 64 KiB has two busy programs wait for each other. */
const ROOM = 1 << 20;

/**
 * Gives a pipe more room, where the descriptor is one: bulk data then needs a fifth of the switches
 * between its programs. Node cannot ask the kernel itself, Debian's essential perl can; where it
 * does not, all works as well. Does not wait for it.
 */
export async function widen(machine: Machine, fd: number): Promise<void> {
  if (!fstatSync(fd).isFIFO()) return;
  const perl = machine.which('perl');
  if (perl === undefined) return;
  const { spawn } = await import('node:child_process');
  const F_SETPIPE_SZ = 1031;
  const child = spawn(perl, ['-e', `fcntl(STDIN, ${F_SETPIPE_SZ}, ${ROOM})`], {
    stdio: [fd, 'ignore', 'ignore'],
    env: machine.env(),
  });
  child.once('error', () => {});
  child.unref();
}
