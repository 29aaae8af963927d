import { PaveError } from '../errors.js';
import {
  callKey,
  decode,
  FILE_CHANGES,
  FILE_READS,
  type RecordedCall,
  type RecordedError,
  type Recording,
} from './recording.js';
import type { Files, Host, Processes, RunOptions, RunResult } from './types.js';

export interface Replay {
  host: Host;
  /** Recorded calls that nobody has made yet. */
  rest(): string[];
}

/**
 * A machine that answers as a recorded one did, and touches nothing. Equal calls get their answers
 * in the recorded order, the last one again and again; a call that was never recorded throws. Time
 * goes on only while somebody sleeps.
 */
export function createReplayHost(recording: Recording): Replay {
  const answers = new Map<string, RecordedCall[]>();
  const untouched = new Set<string>();
  for (const recorded of recording.calls) {
    const queue = answers.get(recorded.call) ?? [];
    answers.set(recorded.call, [...queue, recorded]);
    untouched.add(recorded.call);
  }

  function answer(method: string, args: readonly unknown[], secrets?: readonly string[]): unknown {
    const key = callKey(method, args, { root: '', secrets });
    const queue = answers.get(key);
    if (queue === undefined) throw new Error(`not in the recording: ${key}`);
    const next = queue.length > 1 ? queue.shift()! : queue[0]!;
    if (queue.length === 1) untouched.delete(key);
    if (next.error !== undefined) throw decodeError(next.error);
    return decode(next.value);
  }

  const table = (prefix: string, names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [name, (...args: unknown[]) => answer(`${prefix}.${name}`, args)]),
    );
  let now = recording.now;
  const noConnection = () =>
    Promise.reject(new PaveError('a recording has no connections to anybody'));
  const noStream = () => Promise.reject(new PaveError('a recording has no bulk data'));
  const host: Host = {
    node: recording.node,
    root: '',
    dryRun: false,
    uid: recording.uid,
    files: table('files', [...FILE_READS, ...FILE_CHANGES]) as unknown as Files,
    processes: {
      self: recording.self,
      ...table('processes', ['alive', 'kill', 'cmdline', 'startTicks']),
    } as Processes,
    net: {
      connectUnix: noConnection,
      connectTcp: noConnection,
      listenUnix: noConnection,
      portFree: async (...args) => answer('net.portFree', args) as boolean,
    },
    bulk: { read: noStream, readFull: noStream, write: noStream, sync: noStream },
    makePipe: noStream,
    output: noStream,
    clock: {
      now: () => now,
      monotonic: () => now,
      async sleep(ms) {
        now += ms;
      },
    },
    path: (path) => path,
    async run(argv, options) {
      const result = answer('run', [argv, options], options.redact) as RunResult;
      sayLines(result, options);
      return result;
    },
    async pipe(stages, options) {
      answer('pipe', [stages.map((s) => s.argv), options], options.redact);
    },
    async spawn(argv, options) {
      const { pid } = answer('spawn', [argv, options], options.redact) as { pid: number };
      return { pid, exited: Promise.resolve(0), kill: () => {} };
    },
    async lock(path) {
      answer('lock', [path], []);
      return { release: () => {} };
    },
    which: (program) => answer('which', [program]) as string | undefined,
    env: (name) => answer('env', [name]) as string | undefined,
    open: () => {
      throw new Error('a recording has no descriptors');
    },
    note: () => {},
  };
  return { host, rest: () => [...untouched] };
}

function sayLines({ stdout, stderr }: RunResult, options: RunOptions): void {
  const lines = (text: string) => text.split(/[\r\n]/).filter((line) => line !== '');
  for (const line of lines(stdout)) options.onStdout?.(line);
  for (const line of lines(stderr)) options.onStderr?.(line);
}

/** As like the recorded one as its catcher can see: class name, text, hint, code. */
function decodeError({ name, message, hint, ...fields }: RecordedError): Error {
  const error = new PaveError(message, hint === undefined ? {} : { hint });
  return Object.assign(error, { name }, fields);
}
