/** Files as a Host gives them. Paths are the machine's own; see types.ts. */

export type FileKind = 'file' | 'directory' | 'symlink' | 'block' | 'char' | 'fifo' | 'socket';

export interface FileStat {
  kind: FileKind;
  /** Bytes. */
  size: number;
  /** Bytes really taken on disk. */
  allocated: number;
  /** Permission bits, e.g. 0o644. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since the epoch. */
  mtime: number;
  ctime: number;
  dev: number;
  ino: number;
}

export interface DiskUsage {
  /** Bytes. */
  total: number;
  used: number;
  available: number;
}

export interface WriteOptions {
  /** Default 0o644. */
  mode?: number;
  uid?: number;
  gid?: number;
  /** Never shown in a dry run's diff. */
  secret?: boolean;
  /** Fail with EEXIST when the file is there already (still atomic). */
  exclusive?: boolean;
  /**
   * False: readers find it whole or not at all, but a power cut may take it back; for logs and for
   * what can be had again. An fsync waits for whatever else the disk has to write.
   */
  durable?: boolean;
}

/**
 * Files of this machine. Synchronous: a command line waits anyway, and this is what makes reading
 * commands fast. `read*` and `stat` give undefined where the entry does not exist and throw for
 * every other failure. Writes are atomic: temp file in the same folder, fsync, rename, fsync of the
 * folder.
 */
export interface Files {
  read(path: string): string | undefined;
  readBytes(path: string): Uint8Array | undefined;
  /** Part of a file; shorter at its end. */
  readRange(path: string, offset: number, length: number): Uint8Array | undefined;
  /** Names in a folder, unsorted; undefined where there is none. */
  list(path: string): string[] | undefined;
  /** Follows links. */
  stat(path: string): FileStat | undefined;
  lstat(path: string): FileStat | undefined;
  exists(path: string): boolean;
  readlink(path: string): string | undefined;
  realpath(path: string): string | undefined;
  /** May this process execute it? */
  executable(path: string): boolean;
  usage(path: string): DiskUsage | undefined;
  write(path: string, data: string | Uint8Array, options?: WriteOptions): void;
  append(path: string, data: string, options?: WriteOptions): void;
  /** Parents too. `exclusive`: throws EEXIST when it is there. */
  mkdir(
    path: string,
    options?: { mode?: number; uid?: number; gid?: number; exclusive?: boolean },
  ): void;
  /** No error when it is gone already. Gives whether it was there. */
  unlink(path: string): boolean;
  rmdir(path: string): boolean;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  link(existing: string, path: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  utimes(path: string, mtime: number): void;
  /** Tells the kernel something: one write, in place, to a file of /sys, /proc or a cgroup. */
  control(path: string, text: string): void;
  /** Sets a file's size (sparse). */
  truncate(path: string, size: number, options?: Pick<WriteOptions, 'durable'>): void;
}
