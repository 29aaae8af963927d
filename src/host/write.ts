import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from './errors.js';
import type { WriteOptions } from './types.js';

/**
 * Writes a file whole or not at all: temp file `<name>.tmp.<pid>` in the same folder, fsync,
 * rename (or link, with `exclusive`), fsync of the folder; without the syncs where it need not be
 * durable. Throws the system's error.
 * Source of the temp name: pve-common File.pm.
 */
export function writeAtomic(path: string, data: string | Uint8Array, options: WriteOptions): void {
  removeStaleTemps(path);
  const temp = `${path}.tmp.${process.pid}`;
  const { mode = 0o644, durable = true } = options;
  const fd = openTemp(temp, mode);
  try {
    try {
      writeAll(fd, typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
      settleOwner(fd, mode, options);
      if (durable) fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    if (options.exclusive) placeNew(temp, path, mode);
    else fs.renameSync(temp, path);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw error;
  }
  if (durable) syncFolder(dirname(path));
}

/** Nobody takes so long to write a small file, on whichever node that shares the folder. */
const STALE_MS = 600_000;

/** What writers left that were killed before their rename. */
function removeStaleTemps(path: string): void {
  const folder = dirname(path);
  const prefix = `${basename(path)}.tmp.`;
  try {
    for (const name of fs.readdirSync(folder)) {
      if (!name.startsWith(prefix) || fs.existsSync(`/proc/${name.slice(prefix.length)}`)) continue;
      const left = join(folder, name);
      if (Date.now() - fs.statSync(left).mtimeMs > STALE_MS) fs.rmSync(left, { force: true });
    }
  } catch {
    // Somebody else was quicker, or there is no such folder: the write itself will tell.
  }
}

/** A temp file of our pid that lies there already is the leftover of a dead process with that pid. */
function openTemp(temp: string, mode: number): number {
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL;
  try {
    return fs.openSync(temp, flags, mode);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    fs.unlinkSync(temp);
    return fs.openSync(temp, flags, mode);
  }
}

function writeAll(fd: number, data: Uint8Array): void {
  let done = 0;
  while (done < data.length) done += fs.writeSync(fd, data, done, data.length - done);
}

/** Only what differs: a cluster file system refuses chmod and chown, and sets its own anyway. */
function settleOwner(fd: number, mode: number, options: WriteOptions): void {
  const now = fs.fstatSync(fd);
  const uid = options.uid ?? now.uid;
  const gid = options.gid ?? now.gid;
  if (uid !== now.uid || gid !== now.gid) fs.fchownSync(fd, uid, gid);
  if ((now.mode & 0o7777) !== mode) fs.fchmodSync(fd, mode);
}

/** link(2) never replaces; where there are no hard links, an O_EXCL placeholder reserves the name. */
function placeNew(temp: string, path: string, mode: number): void {
  try {
    fs.linkSync(temp, path);
    fs.unlinkSync(temp);
    return;
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (!['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'EMLINK'].includes(code)) throw error;
  }
  fs.closeSync(fs.openSync(path, 'wx', mode));
  fs.renameSync(temp, path);
}

/** Makes a rename or unlink durable. File systems that cannot sync a folder do it by themselves. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'EROFS'].includes(errnoOf(error) ?? ''))
      throw error;
  } finally {
    fs.closeSync(fd);
  }
}
