import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, FileError } from './errors.js';
import { makeFolders } from './make-folders.js';
import type { FileKind, FileStat, Files } from './types.js';
import { syncFolder, writeAtomic } from './write.js';

/** Tells of each change, for `-v`. */
type Report = (text: string) => void;

/** The files of this machine; `at` puts the root prefix in front. */
export function localFiles(at: (path: string) => string, report: Report): Files {
  /** Does it; what failed becomes an error that names action, path and reason. */
  function attempt<T>(action: string, path: string, work: (real: string) => T): T {
    const real = at(path);
    try {
      return work(real);
    } catch (error) {
      throw new FileError(action, real, error);
    }
  }
  /** As `attempt`, but what is not there is undefined. */
  function maybe<T>(action: string, path: string, work: (real: string) => T): T | undefined {
    const real = at(path);
    try {
      return work(real);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new FileError(action, real, error);
    }
  }

  return {
    read: (path) => maybe('read', path, (real) => fs.readFileSync(real, 'utf8')),
    readBytes: (path) => maybe('read', path, (real) => fs.readFileSync(real)),
    readRange: (path, offset, length) =>
      maybe('read', path, (real) => readRange(real, offset, length)),
    list: (path) => maybe('list', path, (real) => fs.readdirSync(real)),
    stat: (path) => statWith(fs.statSync, at(path)),
    lstat: (path) => statWith(fs.lstatSync, at(path)),
    exists: (path) => fs.existsSync(at(path)),
    readlink: (path) => maybe('read the link', path, (real) => fs.readlinkSync(real)),
    realpath: (path) => maybe('resolve', path, (real) => fs.realpathSync(real)),
    executable: (path) => isExecutable(at(path)),
    usage: (path) =>
      maybe('get the usage of', path, (real) => {
        const stat = fs.statfsSync(real);
        return {
          total: stat.blocks * stat.bsize,
          used: (stat.blocks - stat.bfree) * stat.bsize,
          available: stat.bavail * stat.bsize,
        };
      }),

    write(path, data, options = {}) {
      report(`write ${at(path)}`);
      attempt('write', path, (real) => writeAtomic(real, data, options));
    },
    append(path, data, options = {}) {
      attempt('append to', path, (real) => {
        const isNew = !fs.existsSync(real);
        fs.writeFileSync(real, data, { flag: 'a', mode: options.mode ?? 0o644 });
        if (isNew && (options.uid !== undefined || options.gid !== undefined)) {
          fs.chownSync(real, options.uid ?? -1, options.gid ?? -1);
        }
      });
    },
    mkdir(path, options = {}) {
      if (!options.exclusive && fs.existsSync(at(path))) return;
      report(`mkdir ${at(path)}`);
      attempt('create the folder', path, (real) => {
        const existed = fs.existsSync(real);
        if (options.exclusive) {
          makeFolders(dirname(real));
          fs.mkdirSync(real, { mode: options.mode ?? 0o755 });
        } else makeFolders(real, options.mode);
        if (existed) return;
        if (options.mode !== undefined && (fs.statSync(real).mode & 0o7777) !== options.mode) {
          fs.chmodSync(real, options.mode);
        }
        if (options.uid !== undefined || options.gid !== undefined) {
          fs.chownSync(real, options.uid ?? -1, options.gid ?? -1);
        }
      });
    },
    unlink(path) {
      const gone = maybe('remove', path, (real) => {
        fs.unlinkSync(real);
        return true;
      });
      if (gone) {
        report(`rm ${at(path)}`);
        syncQuietly(dirname(at(path)));
      }
      return gone ?? false;
    },
    rmdir(path) {
      const gone = maybe('remove the folder', path, (real) => {
        fs.rmdirSync(real);
        return true;
      });
      if (gone) report(`rmdir ${at(path)}`);
      return gone ?? false;
    },
    rename(from, to) {
      report(`mv ${at(from)} ${at(to)}`);
      attempt(`move '${at(from)}' to`, to, (real) => fs.renameSync(at(from), real));
      syncQuietly(dirname(at(to)));
      if (dirname(at(from)) !== dirname(at(to))) syncQuietly(dirname(at(from)));
    },
    symlink(target, path) {
      report(`ln -s ${target} ${at(path)}`);
      attempt('link', path, (real) => fs.symlinkSync(target, real));
    },
    link(existing, path) {
      report(`ln ${at(existing)} ${at(path)}`);
      attempt('link', path, (real) => fs.linkSync(at(existing), real));
    },
    chmod(path, mode) {
      report(`chmod ${mode.toString(8)} ${at(path)}`);
      attempt('change the mode of', path, (real) => fs.chmodSync(real, mode));
    },
    chown(path, uid, gid) {
      report(`chown ${uid}:${gid} ${at(path)}`);
      attempt('change the owner of', path, (real) => fs.chownSync(real, uid, gid));
    },
    utimes: (path, mtime) => attempt('touch', path, (real) => fs.utimesSync(real, mtime, mtime)),
    control(path, text) {
      report(`echo ${text.trim()} >${at(path)}`);
      attempt(`write '${text.trim()}' to`, path, (real) => {
        // Without O_CREAT: a control that is not there must not become a file.
        const fd = fs.openSync(real, fs.constants.O_WRONLY);
        try {
          fs.writeSync(fd, text);
        } finally {
          fs.closeSync(fd);
        }
      });
    },
    truncate(path, size, { durable = true } = {}) {
      report(`truncate -s ${size} ${at(path)}`);
      attempt('set the size of', path, (real) => {
        const fd = fs.openSync(real, fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o644);
        try {
          fs.ftruncateSync(fd, size);
          if (durable) fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      });
    },
  };
}

function isMissing(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function readRange(path: string, offset: number, length: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const got = fs.readSync(fd, buffer, done, length - done, offset + done);
      if (got === 0) break;
      done += got;
    }
    return buffer.subarray(0, done);
  } finally {
    fs.closeSync(fd);
  }
}

type StatCall = (path: string, options: { throwIfNoEntry: false }) => fs.Stats | undefined;

function statWith(call: StatCall, real: string): FileStat | undefined {
  try {
    const stat = call(real, { throwIfNoEntry: false });
    return stat === undefined ? undefined : toFileStat(stat);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new FileError('look at', real, error);
  }
}

function toFileStat(stat: fs.Stats): FileStat {
  return {
    kind: kindOf(stat),
    size: stat.size,
    allocated: stat.blocks * 512,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    mtime: Math.floor(stat.mtimeMs / 1000),
    ctime: Math.floor(stat.ctimeMs / 1000),
    dev: stat.dev,
    ino: stat.ino,
  };
}

function kindOf(stat: fs.Stats): FileKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isBlockDevice()) return 'block';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isFIFO()) return 'fifo';
  return 'socket';
}

/** Root may read everything, but executes only what has an x bit: access(2) knows. */
export function isExecutable(real: string): boolean {
  try {
    fs.accessSync(real, fs.constants.X_OK);
    return fs.statSync(real).isFile();
  } catch {
    return false;
  }
}

/** The change is done; a folder that cannot be opened for syncing must not turn it into a failure. */
function syncQuietly(folder: string): void {
  try {
    syncFolder(folder);
  } catch {
    // Nothing to undo and nothing the caller could do.
  }
}
