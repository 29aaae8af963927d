import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { writeAll } from './bulk.js';
import { errnoOf } from './errors.js';
import { interruptCheck } from './interrupt.js';
import type { Machine } from './machine.js';

/** Bytes on their way into a descriptor, until somebody gives it up. */
export class Writer {
  private given = false;
  private underWay: Promise<void> = Promise.resolve();
  private readonly checkInterrupt: () => void;

  constructor(
    machine: Machine,
    private readonly fd: number,
  ) {
    this.checkInterrupt = interruptCheck(machine.interrupt);
  }

  write(bytes: Uint8Array): Promise<void> {
    const work = writeAll(this.fd, bytes, undefined, () => {
      this.checkInterrupt();
      if (this.given) throw new Error('the output was given up');
    });
    this.underWay = work;
    return work;
  }

  /** Nothing is written any more: the descriptor may be closed, and its number become another file's. */
  async giveUp(): Promise<void> {
    this.given = true;
    await this.underWay.catch(() => {});
  }
}

/**
 * The pipe behind a descriptor opened anew, so that writing to it does not wait for its reader: a
 * write that waits cannot be broken off. The descriptor itself, which others may share, stays as it
 * is. Undefined where it cannot be had that way: a socket, or a pipe of somebody else.
 */
export function withoutWaiting(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENXIO', 'EACCES', 'EPERM', 'ENOENT'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Can writing to it wait for somebody for ever? */
export function mayWait(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** In place of a descriptor of ours; without an own one the same. */
export function exchanged(fd: number): number {
  const other = withoutWaiting(fd);
  if (other === undefined) return fd;
  closeSync(fd);
  return other;
}
