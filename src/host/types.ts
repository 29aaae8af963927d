/**
 * The one door to the machine. Everything that reads or changes something outside our memory goes
 * through a Host: so it can be shown before it is done (dry run), logged (`-v`), recorded and
 * replayed in tests, and later done on a peer.
 *
 * Paths given to a Host are the absolute paths of the machine it stands for (`/etc/pve/…`); a local
 * Host puts its root prefix (`PAVE_ROOT`) in front. Paths that are handed to other programs must be
 * translated with `host.path()` first.
 */

import type { Files } from './file-types.js';

export type * from './file-types.js';

/** Whether a call only looks, or may change the machine: a dry run does the first, prints the second. */
export type Effect = 'read' | 'change';

export interface RunOptions {
  effect: Effect;
  input?: string | Uint8Array;
  /** Milliseconds; the process group is ended with SIGTERM, then SIGKILL, and the call throws. */
  timeoutMs?: number;
  /** Added to the environment; `LC_ALL=C` is set unless overridden. */
  env?: Record<string, string>;
  cwd?: string;
  /** Substrings replaced by `********` wherever the call is printed, logged or thrown. */
  redact?: readonly string[];
  /** Exit codes besides 0 that do not throw; `'any'` never throws for an exit code. */
  allowExit?: readonly number[] | 'any';
  /** Called for each line as it comes (lines end at \n or \r); the text is still returned. */
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /**
   * Killed by the kernel when we die, also on SIGKILL: for copies, which must not go on writing to a
   * volume that somebody else may have by then.
   */
  diesWithUs?: boolean;
  /** 'capture' (default) or 'inherit': the child talks to our terminal. */
  stdio?: 'capture' | 'inherit';
  /** Open descriptors handed to the child as 3, 4, …: numbers of ours. */
  fds?: readonly number[];
  /** What a person is told this does, in a dry run and with -v. */
  purpose?: string;
  signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; 128 + n when ended by signal n. */
  code: number;
  stdout: string;
  stderr: string;
}

/** One stage of a pipe; stages may run on different hosts later. */
export interface PipeStage {
  argv: readonly string[];
  host?: Host;
  env?: Record<string, string>;
}

export interface PipeOptions {
  effect: Effect;
  timeoutMs?: number;
  redact?: readonly string[];
  /**
   * Source of the first and sink of the last stage: a path on this host, or an open descriptor of
   * ours. A path is created (0600) or cut to zero. Without them /dev/null.
   */
  inputFile?: string | number;
  outputFile?: string | number;
  signal?: AbortSignal;
  /** As of RunOptions, all stages. */
  diesWithUs?: boolean;
  purpose?: string;
  onStderr?: (line: string, stage: number) => void;
}

export interface OutputOptions {
  effect: Effect;
  /** A program the bytes go through on their way. */
  through?: readonly string[];
  /** Of a file that is made; default 0o640. */
  mode?: number;
  purpose?: string;
}

/** Where bytes are streamed to: a file, or a descriptor of ours, perhaps through a program. */
export interface ByteOutput {
  /**
   * Takes the bytes, in the background; one call at a time. @throws FileError; InterruptedError once
   * we are told to end, also where nobody reads what was written before
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * No more bytes: waits for the program and makes a file durable. @throws CommandError, FileError,
   * InterruptedError
   */
  finish(): Promise<void>;
  /**
   * Gives it up and ends the program; what was written stays where it is. Gives the program's own
   * failure where that is why writing failed.
   */
  abort(): Promise<Error | undefined>;
}

export interface SpawnOptions {
  effect: Effect;
  env?: Record<string, string>;
  cwd?: string;
  /** Its own session, not ended with us. */
  detached?: boolean;
  fds?: readonly number[];
  /** Files (appended to) for the child's output; without them it goes to /dev/null. */
  stdoutFile?: string;
  stderrFile?: string;
  /** 'pipe' gives `stdin`/`stdout` streams on the handle. */
  stdio?: 'file' | 'pipe' | 'inherit';
  redact?: readonly string[];
  purpose?: string;
}

export interface Child {
  readonly pid: number;
  /** Resolves with the exit code (128 + n for signal n). */
  readonly exited: Promise<number>;
  readonly stdin?: NodeJS.WritableStream;
  readonly stdout?: NodeJS.ReadableStream;
  kill(signal?: NodeJS.Signals): void;
}

/** A held flock; released by `release()` or by the death of the process, also by SIGKILL. */
export interface FileLock {
  release(): void;
}

export interface LockOptions {
  /** Seconds to wait; 0 fails at once. */
  timeoutS: number;
  shared?: boolean;
  /** Called once when the lock is held by another and we begin to wait. */
  onWait?: () => void;
}

/**
 * Large data through open descriptors, in the background. A descriptor that is at fault is named by
 * what it is open on. @throws FileError
 */
export interface Bulk {
  /** Up to so many bytes, from the current position unless one is given; 0 at the end. */
  read(fd: number, into: Uint8Array, position?: number): Promise<number>;
  /** As many as fit, fewer only at the end. */
  readFull(fd: number, into: Uint8Array, position?: number): Promise<number>;
  /** All of it. */
  write(fd: number, data: Uint8Array, position?: number): Promise<void>;
  /** To the disk, where the descriptor has one. */
  sync(fd: number): Promise<void>;
}

/**
 * Takes what arrives on a connection without a copy: before each read it says where the bytes shall
 * go, then it is told how many came.
 */
export interface Receiver {
  /** Never empty. */
  room(): Uint8Array;
  received(count: number): void;
}

export interface ConnectOptions {
  timeoutMs?: number;
  /** In place of `onData`. */
  receiver?: Receiver;
}

/** A byte stream to a unix or TCP socket. */
export interface Connection {
  write(data: string | Uint8Array): void;
  onData(handler: (chunk: Buffer) => void): void;
  onClose(handler: (error?: Error) => void): void;
  /** Nothing more is read until `resume()`: the sender has to wait. */
  pause(): void;
  resume(): void;
  end(): void;
  destroy(): void;
}

export interface Net {
  /** Connects within timeoutMs (default 5000) or throws (ENOENT, ECONNREFUSED, timeout). */
  connectUnix(path: string, options?: ConnectOptions): Promise<Connection>;
  connectTcp(host: string, port: number, options?: ConnectOptions): Promise<Connection>;
  /** Accepts connections at a new socket, which goes when it is closed or we end orderly. */
  listenUnix(
    path: string,
    onConnection: (connection: Connection) => void,
  ): Promise<{ close(): void }>;
  /** True where nothing listens on that TCP port of the address. */
  portFree(address: string, port: number): Promise<boolean>;
}

export interface Clock {
  /** Milliseconds since the epoch: what is shown and stored. It may jump, forth and back. */
  now(): number;
  /** Milliseconds that only pass: for time-outs, rates and durations. */
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Processes {
  alive(pid: number): boolean;
  /** Gives false where the process is gone. A change. */
  kill(pid: number, signal: NodeJS.Signals): boolean;
  /** argv from /proc; undefined where the process is gone. */
  cmdline(pid: number): string[] | undefined;
  /** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat. */
  startTicks(pid: number): number | undefined;
  readonly self: number;
}

export interface Host {
  /** Node name: the host name up to its first dot. */
  readonly node: string;
  /** Root prefix of all our paths, '' for the machine itself. */
  readonly root: string;
  readonly dryRun: boolean;
  readonly files: Files;
  readonly bulk: Bulk;
  readonly net: Net;
  readonly clock: Clock;
  readonly processes: Processes;
  /** The path other programs of this machine know a file by (root prefix put in front). */
  path(path: string): string;
  /** Throws CommandError with command, exit code and the last of stderr. */
  run(argv: readonly string[], options: RunOptions): Promise<RunResult>;
  /** All stages must succeed. */
  pipe(stages: readonly PipeStage[], options: PipeOptions): Promise<void>;
  spawn(argv: readonly string[], options: SpawnOptions): Promise<Child>;
  /** Opens a file (cut to zero, made where missing) or a descriptor of ours to stream bytes to. */
  output(target: string | number, options: OutputOptions): Promise<ByteOutput>;
  /** Absolute path of a program in PATH, /usr/sbin and /sbin; undefined where it is not installed. */
  which(program: string): string | undefined;
  /** flock on a file that is created when missing and never deleted (as the original's tools do). */
  lock(path: string, options: LockOptions): Promise<FileLock>;
  /** A descriptor for a child's `fds`; close it with the returned function. */
  open(path: string, flags: 'r' | 'r+' | 'a' | 'w'): { fd: number; close(): void };
  /**
   * Both ends of a pipe between us and a child: hand one to it through `fds` or a pipe's endpoint,
   * then close ours of it.
   */
  makePipe(): Promise<{ read: number; write: number; close(end: 'read' | 'write'): void }>;
  /** Reports a change that no command or file shows, e.g. a QMP call. A dry run prints it. */
  note(effect: Effect, text: string): void;
  env(name: string): string | undefined;
  /** Effective user id. */
  readonly uid: number;
}
