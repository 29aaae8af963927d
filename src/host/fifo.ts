import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
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
        return { read, write: openEnd(fifo, 'w') };
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
