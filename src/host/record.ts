import {
  callKey,
  encode,
  encodeError,
  FILE_CHANGES,
  FILE_READS,
  type RecordedCall,
  type Recording,
} from './recording.js';
import type { Files, Host, Processes } from './types.js';

/**
 * A machine that works as before and writes down every answer. `redact`: texts that must not get
 * into the recording. Sockets cannot be recorded: what is said there depends on who says it when.
 */
export function createRecordHost(
  base: Host,
  options: { redact?: readonly string[] } = {},
): { host: Host; recording: Recording } {
  const recording: Recording = {
    node: base.node,
    uid: base.uid,
    self: base.processes.self,
    now: base.clock.now(),
    calls: [],
  };
  const hide = options.redact;
  const keep = (key: string, answer: Omit<RecordedCall, 'call'>) => {
    const whole = JSON.stringify({ call: key, ...answer });
    const text = base.root === '' ? whole : whole.replaceAll(base.root, '');
    const safe = (hide ?? []).reduce((left, secret) => left.replaceAll(secret, '********'), text);
    recording.calls.push(JSON.parse(safe) as RecordedCall);
  };
  const keyOf = (method: string, args: readonly unknown[], secrets?: readonly string[]) =>
    callKey(method, args, { root: base.root, secrets });
  function sync<T>(method: string, args: readonly unknown[], act: () => T): T {
    const key = keyOf(method, args);
    try {
      const value = act();
      keep(key, value === undefined ? {} : { value: encode(value) });
      return value;
    } catch (error) {
      keep(key, { error: encodeError(error) });
      throw error;
    }
  }
  async function async<T>(
    key: string,
    act: () => Promise<T>,
    shown: (value: T) => unknown = () => undefined,
  ): Promise<T> {
    try {
      const value = await act();
      const kept = shown(value);
      keep(key, kept === undefined ? {} : { value: kept });
      return value;
    } catch (error) {
      keep(key, { error: encodeError(error) });
      throw error;
    }
  }

  const noConnection = () => Promise.reject(new Error('a connection cannot be recorded'));
  const noStream = () => Promise.reject(new Error('bulk data cannot be recorded'));
  // biome-ignore lint/suspicious/noExplicitAny: every method of a table is wrapped alike
  const wrap = (table: any, prefix: string, names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        (...args: unknown[]) => sync(`${prefix}.${name}`, args, () => table[name](...args)),
      ]),
    );
  const host: Host = {
    ...base,
    files: wrap(base.files, 'files', [...FILE_READS, ...FILE_CHANGES]) as unknown as Files,
    processes: {
      self: base.processes.self,
      ...wrap(base.processes, 'processes', ['alive', 'kill', 'cmdline', 'startTicks']),
    } as Processes,
    net: {
      connectUnix: noConnection,
      connectTcp: noConnection,
      listenUnix: noConnection,
      portFree: (...args) =>
        async(
          keyOf('net.portFree', args),
          () => base.net.portFree(...args),
          (free) => free,
        ),
    },
    bulk: { read: noStream, readFull: noStream, write: noStream, sync: noStream },
    makePipe: noStream,
    output: noStream,
    run: (argv, runOptions) =>
      async(
        keyOf('run', [argv, runOptions], runOptions.redact),
        () => base.run(argv, runOptions),
        (result) => result,
      ),
    pipe: (stages, pipeOptions) =>
      async(keyOf('pipe', [stages.map((s) => s.argv), pipeOptions], pipeOptions.redact), () =>
        base.pipe(stages, pipeOptions),
      ),
    spawn: (argv, spawnOptions) =>
      async(
        keyOf('spawn', [argv, spawnOptions], spawnOptions.redact),
        () => base.spawn(argv, spawnOptions),
        (child) => ({ pid: child.pid }),
      ),
    lock: (path, lockOptions) =>
      async(keyOf('lock', [path], []), () => base.lock(path, lockOptions)),
    which: (program) => sync('which', [program], () => base.which(program)),
    env: (name) => sync('env', [name], () => base.env(name)),
  };
  return { host, recording };
}
