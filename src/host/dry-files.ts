import { dirname } from 'node:path';
import { unifiedDiff } from './diff.js';
import { FileError } from './errors.js';
import { type Entry, Overlay } from './overlay.js';
import type { FileKind, FileStat, Files, Host } from './types.js';

const MAX_SHOWN = 1 << 20;

/** Files whose changes are printed and remembered, not made: what is read afterwards has them. */
export function dryFiles(base: Host, print: (line: string) => void): Files {
  const overlay = new Overlay(base.files);
  const real = (path: string, last = true) => overlay.canonical(absolute(base.path(path)), last);

  const newStat = (kind: FileKind, mode: number, size = 0): FileStat => ({
    kind,
    size,
    allocated: size,
    mode,
    uid: base.uid,
    gid: process.getegid?.() ?? 0,
    mtime: Math.floor(base.clock.now() / 1000),
    ctime: Math.floor(base.clock.now() / 1000),
    dev: 0,
    ino: 0,
  });

  function statOf(path: string, follow: boolean): FileStat | undefined {
    const found = overlay.find(real(path, follow));
    if (found === undefined) return undefined;
    return 'entry' in found ? found.entry.stat : base.files.lstat(found.base);
  }

  function bytesOf(path: string): Uint8Array | undefined {
    const found = overlay.find(real(path));
    if (found === undefined) return undefined;
    if ('base' in found) return base.files.readBytes(found.base);
    if (found.entry.kind !== 'file') {
      throw new FileError('read', base.path(path), new Error('Is a directory'));
    }
    if (found.entry.data !== undefined) return found.entry.data;
    return found.entry.source === undefined
      ? new Uint8Array()
      : base.files.readBytes(found.entry.source);
  }

  function mustBeFolder(action: string, path: string): void {
    const found = overlay.find(dirname(path));
    if (found === undefined)
      throw new FileError(action, path, new Error('No such file or directory'));
  }

  function put(path: string, data: Uint8Array, mode: number, secret: boolean): void {
    const key = real(path);
    const shown = base.path(path);
    showChange(print, shown, bytesOf(path), data, secret || hidden(statOf(path, true), mode));
    overlay.set(key, { kind: 'file', data, stat: newStat('file', mode, data.length) });
  }

  function change(path: string, edit: (stat: FileStat) => void): void {
    const key = real(path);
    const found = overlay.find(key);
    if (found === undefined) {
      throw new FileError('change', base.path(path), new Error('No such file or directory'));
    }
    const entry = asEntry(found, base.files);
    edit(entry.stat);
    overlay.set(key, entry);
  }

  return {
    read: (path) => {
      const bytes = bytesOf(path);
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
    },
    readBytes: bytesOf,
    readRange: (path, offset, length) => {
      const found = overlay.find(real(path));
      if (found === undefined) return undefined;
      if ('base' in found) return base.files.readRange(found.base, offset, length);
      return bytesOf(path)?.subarray(offset, offset + length);
    },
    list: (path) => overlay.list(real(path)),
    stat: (path) => statOf(path, true),
    lstat: (path) => statOf(path, false),
    exists: (path) => statOf(path, true) !== undefined,
    readlink: (path) => {
      const found = overlay.find(real(path, false));
      if (found === undefined) return undefined;
      if ('base' in found) return base.files.readlink(found.base);
      return found.entry.kind === 'symlink' ? found.entry.target : undefined;
    },
    realpath: (path) => (overlay.find(real(path)) === undefined ? undefined : real(path)),
    executable: (path) => {
      const found = overlay.find(real(path));
      if (found === undefined) return false;
      if ('base' in found) return base.files.executable(found.base);
      return found.entry.kind === 'file' && (found.entry.stat.mode & 0o111) !== 0;
    },
    usage: (path) => {
      for (let at = real(path); ; at = dirname(at)) {
        const found = overlay.find(at);
        if (found !== undefined && 'base' in found) return base.files.usage(found.base);
        if (at === '/') return undefined;
      }
    },

    write(path, data, options = {}) {
      const key = real(path);
      mustBeFolder('write', key);
      if (options.exclusive && overlay.find(key) !== undefined) {
        throw new FileError('write', base.path(path), existsAlready());
      }
      put(path, bytes(data), options.mode ?? 0o644, options.secret ?? false);
    },
    append(path, data, options = {}) {
      mustBeFolder('append to', real(path));
      const before = bytesOf(path) ?? new Uint8Array();
      const mode = statOf(path, true)?.mode ?? options.mode ?? 0o644;
      put(path, Buffer.concat([before, bytes(data)]), mode, options.secret ?? false);
    },
    mkdir(path, options = {}) {
      const key = real(path);
      if (overlay.find(key) !== undefined) {
        if (options.exclusive) {
          throw new FileError('create the folder', base.path(path), existsAlready());
        }
        return;
      }
      print(`would create the folder: ${base.path(path)}`);
      for (let at = key; overlay.find(at) === undefined; at = dirname(at)) {
        const mode = at === key ? (options.mode ?? 0o755) : 0o755;
        overlay.set(at, { kind: 'directory', stat: newStat('directory', mode) });
      }
    },
    unlink(path) {
      const key = real(path, false);
      const found = overlay.find(key);
      if (found === undefined) return false;
      const stat = statOf(path, false)!;
      if (stat.kind === 'directory') {
        throw new FileError('remove', base.path(path), new Error('Is a directory'));
      }
      if (stat.kind === 'file' && stat.size <= MAX_SHOWN) {
        showChange(print, base.path(path), bytesOf(path), undefined, hidden(stat, 0o644));
      } else print(`would remove: ${base.path(path)}`);
      overlay.set(key, { kind: 'removed' });
      return true;
    },
    rmdir(path) {
      const key = real(path);
      if (overlay.find(key) === undefined) return false;
      if ((overlay.list(key) ?? []).length > 0) {
        throw new FileError('remove the folder', base.path(path), new Error('Directory not empty'));
      }
      print(`would remove the folder: ${base.path(path)}`);
      overlay.set(key, { kind: 'removed' });
      return true;
    },
    rename(from, to) {
      const key = real(from, false);
      const found = overlay.find(key);
      if (found === undefined) {
        throw new FileError(`move '${base.path(from)}' to`, base.path(to), noEntry());
      }
      const target = real(to, false);
      mustBeFolder('move to', target);
      print(`would rename: ${base.path(from)} -> ${base.path(to)}`);
      overlay.move(key, target, asEntry(found, base.files));
    },
    symlink(target, path) {
      const key = real(path, false);
      if (overlay.find(key) !== undefined) {
        throw new FileError('link', base.path(path), existsAlready());
      }
      print(`would link: ${base.path(path)} -> ${target}`);
      overlay.set(key, { kind: 'symlink', target, stat: newStat('symlink', 0o777) });
    },
    link(existing, path) {
      const found = overlay.find(real(existing));
      if (found === undefined) throw new FileError('link', base.path(existing), noEntry());
      const key = real(path, false);
      if (overlay.find(key) !== undefined) {
        throw new FileError('link', base.path(path), existsAlready());
      }
      print(`would link: ${base.path(path)} = ${base.path(existing)}`);
      overlay.set(key, asEntry(found, base.files));
    },
    chmod(path, mode) {
      print(`would set the mode: ${mode.toString(8)} ${base.path(path)}`);
      change(path, (stat) => {
        stat.mode = mode;
      });
    },
    chown(path, uid, gid) {
      print(`would set the owner: ${uid}:${gid} ${base.path(path)}`);
      change(path, (stat) => {
        stat.uid = uid;
        stat.gid = gid;
      });
    },
    utimes: (path, mtime) =>
      change(path, (stat) => {
        stat.mtime = mtime;
      }),
    control: (path, text) => print(`would write: ${text.trim()} to ${base.path(path)}`),
    truncate(path, size) {
      print(`would set the size: ${size} bytes, ${base.path(path)}`);
      const key = real(path);
      const found = overlay.find(key);
      mustBeFolder('set the size of', key);
      const entry: Entry =
        found === undefined
          ? { kind: 'file', data: new Uint8Array(), stat: newStat('file', 0o644) }
          : asEntry(found, base.files);
      if (entry.kind === 'file') entry.stat.size = size;
      overlay.set(key, entry);
    },
  };
}

function asEntry(
  found: { entry: Exclude<Entry, { kind: 'removed' }> } | { base: string },
  files: Files,
): Exclude<Entry, { kind: 'removed' }> {
  if ('entry' in found) return found.entry;
  const stat = { ...files.lstat(found.base)! };
  if (stat.kind === 'symlink') {
    return { kind: 'symlink', target: files.readlink(found.base) ?? '', stat };
  }
  if (stat.kind === 'directory') return { kind: 'directory', source: found.base, stat };
  return { kind: 'file', source: found.base, stat };
}

/** What only root may read is not shown. */
function hidden(present: FileStat | undefined, mode: number): boolean {
  return (mode & 0o077) === 0 || (present !== undefined && (present.mode & 0o077) === 0);
}

/** A dry run is mailed and pasted; a config may hold a password, e.g. `cipassword` of a Windows guest. */
const PASSWORD = /^([ +-]\w*password: *).+/;

function showChange(
  print: (line: string) => void,
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  secret: boolean,
): void {
  if (before && after && Buffer.compare(before, after) === 0) return;
  const verb = after === undefined ? 'remove' : before === undefined ? 'create' : 'change';
  if (secret) print(`would ${verb}: ${path} (content not shown)`);
  else if (isBinary(before) || isBinary(after)) {
    print(`would ${verb}: ${path} (binary, ${(after ?? before)!.length} bytes)`);
  } else {
    print(`would ${verb}: ${path}`);
    const diff = unifiedDiff(path, textOf(before), textOf(after));
    for (const line of diff.split('\n')) print(line.replace(PASSWORD, '$1**********'));
  }
}

function isBinary(data: Uint8Array | undefined): boolean {
  return data !== undefined && (data.length > MAX_SHOWN || data.subarray(0, 8000).includes(0));
}

function textOf(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data).toString('utf8');
}

function bytes(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `${process.cwd()}/${path}`;
}

function existsAlready(): Error {
  return Object.assign(new Error('EEXIST: file already exists, open'), { code: 'EEXIST' });
}

function noEntry(): Error {
  return Object.assign(new Error('ENOENT: no such file or directory, open'), { code: 'ENOENT' });
}
