/** Large data through open descriptors: in the thread pool, without copies of our own. */
import * as fs from 'node:fs';
import { FileError } from './errors.js';
import type { Bulk } from './types.js';

/** A descriptor that somebody set to non-blocking is asked again after so long. */
const RETRY_MS = 1;

export const bulk: Bulk = {
  async read(fd, into, position) {
    for (;;) {
      const got = await new Promise<number>((resolve, reject) => {
        fs.read(fd, into, 0, into.length, position ?? null, (error, count) => {
          if (error === null) resolve(count);
          else if (error.code === 'EAGAIN') resolve(-1);
          else reject(new FileError('read', nameOf(fd), error));
        });
      });
      if (got >= 0) return got;
      await pause();
    }
  },

  async readFull(fd, into, position) {
    let done = 0;
    while (done < into.length) {
      const rest = done === 0 ? into : into.subarray(done);
      const got = await bulk.read(fd, rest, position === undefined ? undefined : position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  },

  write: (fd, data, position) => writeAll(fd, data, position),

  sync: (fd) =>
    new Promise((resolve, reject) => {
      fs.fsync(fd, (error) => {
        // Pipes and character devices have nothing to sync.
        if (error === null || error.code === 'EINVAL' || error.code === 'EROFS') resolve();
        else reject(new FileError('sync', nameOf(fd), error));
      });
    }),
};

/** All of it; `check` is called before each piece, and ends it by throwing. */
export async function writeAll(
  fd: number,
  data: Uint8Array,
  position?: number,
  check: () => void = () => {},
): Promise<void> {
  let done = 0;
  while (done < data.length) {
    check();
    const at = position === undefined ? null : position + done;
    const wrote = await new Promise<number>((resolve, reject) => {
      fs.write(fd, data, done, data.length - done, at, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === 'EAGAIN') resolve(-1);
        else reject(new FileError('write', nameOf(fd), error));
      });
    });
    if (wrote < 0) await pause();
    else done += wrote;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}

/** What the descriptor is open on, for the error. */
function nameOf(fd: number): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return `descriptor ${fd}`;
  }
}
