/**
 * What a machine answered, as JSON: made by record.ts, played back by replay.ts. For tests of
 * machines we do not have, and of failures that are hard to bring about.
 */
import { createHash } from 'node:crypto';
import { errnoOf } from './errors.js';
import { redact } from './quote.js';
import type { Files } from './types.js';

export interface Recording {
  node: string;
  uid: number;
  /** Process id of whoever recorded it: it is part of file names. */
  self: number;
  /** Milliseconds since the epoch when it began. */
  now: number;
  calls: RecordedCall[];
}

export interface RecordedCall {
  /** Method and arguments, e.g. `files.read "/proc/mounts"`: what a replay looks up. */
  call: string;
  /** Absent where the answer was undefined. */
  value?: unknown;
  error?: RecordedError;
}

export interface RecordedError {
  name: string;
  message: string;
  hint?: string;
  code?: string | number;
  timedOut?: boolean;
  program?: string;
}

/** Methods of Files, by what they do. */
export const FILE_READS = [
  ...['read', 'readBytes', 'readRange', 'list', 'stat', 'lstat', 'exists', 'readlink', 'realpath'],
  ...['executable', 'usage'],
] as readonly (keyof Files)[];
export const FILE_CHANGES = [
  ...['write', 'append', 'mkdir', 'unlink', 'rmdir', 'rename', 'symlink', 'link', 'chmod', 'chown'],
  ...['utimes', 'truncate', 'control'],
] as readonly (keyof Files)[];

/** Names a call. What is handed over as a secret, and the root prefix, do not go in. */
export function callKey(
  method: string,
  args: readonly unknown[],
  options: { root: string; secrets?: readonly string[] | undefined },
): string {
  const words = args
    .filter((arg) => arg !== undefined)
    .map((arg) =>
      JSON.stringify(encode(short(arg)), (key, value) => (isLocal(key) ? undefined : value)),
    );
  const text = [method, ...words].join(' ');
  const rootless = options.root === '' ? text : text.replaceAll(options.root, '');
  return redact(rootless, options.secrets);
}

/** Long bytes are told by their hash: only whether they are the same matters. */
function short(arg: unknown): unknown {
  if (!(arg instanceof Uint8Array) || arg.length <= 64) return arg;
  return `${arg.length} bytes, SHA-256 ${createHash('sha256').update(arg).digest('hex')}`;
}

/** Options that are functions, or do not change the answer. */
function isLocal(key: string): boolean {
  return ['onStdout', 'onStderr', 'signal', 'purpose', 'redact', 'timeoutMs', 'fds'].includes(key);
}

/** JSON holds no bytes. */
export function encode(value: unknown): unknown {
  return value instanceof Uint8Array ? { $base64: Buffer.from(value).toString('base64') } : value;
}

export function decode(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && '$base64' in value)
    return new Uint8Array(Buffer.from(String(value.$base64), 'base64'));
  return value;
}

/** An error as a record keeps it. */
export function encodeError(thrown: unknown): RecordedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { hint, code, timedOut, program } = error as Partial<RecordedError> & Error;
  return {
    name: error.name,
    message: error.message,
    ...(hint === undefined ? {} : { hint }),
    ...(code === undefined ? {} : { code: errnoOf(error) ?? code }),
    ...(timedOut === undefined ? {} : { timedOut }),
    ...(program === undefined ? {} : { program }),
  };
}
