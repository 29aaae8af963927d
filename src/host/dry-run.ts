import { closeSync, openSync } from 'node:fs';
import { dryFiles } from './dry-files.js';
import { showPipe } from './pipe.js';
import { showCommand } from './quote.js';
import type { Clock, Host, Processes } from './types.js';

const NOTHING = { code: 0, stdout: '', stderr: '' };

/**
 * A machine on which what only looks is done and what changes is printed. Later reads see the
 * printed file changes, a process that was sent a signal counts as ended, and waiting costs no time,
 * so that a command goes through all its steps.
 */
export function createDryRunHost(base: Host, print: (line: string) => void): Host {
  const would = (what: string, purpose?: string) =>
    print(`would run: ${what}${purpose === undefined ? '' : `  # ${purpose}`}`);
  return {
    node: base.node,
    root: base.root,
    dryRun: true,
    uid: base.uid,
    files: dryFiles(base, print),
    bulk: base.bulk,
    net: base.net,
    makePipe: base.makePipe,
    clock: dryClock(base.clock),
    processes: dryProcesses(base.processes, print),
    path: base.path,
    which: base.which,
    env: base.env,
    async run(argv, options) {
      if (options.effect === 'read') return base.run(argv, options);
      would(showCommand(argv, options.redact), options.purpose);
      return { ...NOTHING };
    },
    async pipe(stages, options) {
      if (options.effect === 'read') return base.pipe(stages, options);
      would(showPipe(stages, options), options.purpose);
    },
    async spawn(argv, options) {
      if (options.effect === 'read') return base.spawn(argv, options);
      would(`${showCommand(argv, options.redact)} &`, options.purpose);
      return { pid: 0, exited: Promise.resolve(0), kill: () => {} };
    },
    async output(target, options) {
      if (options.effect === 'read') return base.output(target, options);
      const where = typeof target === 'number' ? `descriptor ${target}` : base.path(target);
      if (options.through === undefined) print(`would write ${where}`);
      else would(`${showCommand(options.through)} > ${where}`, options.purpose);
      return { write: async () => {}, finish: async () => {}, abort: async () => undefined };
    },
    // Nobody is kept out: nothing is changed, and a lock would make its file.
    lock: async () => ({ release: () => {} }),
    open(path, flags) {
      if (flags === 'r' && base.files.exists(path)) return base.open(path, flags);
      const fd = openSync('/dev/null', 'r+');
      return { fd, close: () => closeSync(fd) };
    },
    note(effect, text) {
      if (effect === 'change') print(`would do: ${text}`);
    },
  };
}

/** Waiting for what will not happen must not take its time. */
function dryClock(base: Clock): Clock {
  let ahead = 0;
  return {
    now: () => base.now() + ahead,
    monotonic: () => base.monotonic() + ahead,
    async sleep(ms) {
      ahead += ms;
    },
  };
}

function dryProcesses(base: Processes, print: (line: string) => void): Processes {
  const ended = new Set<number>();
  return {
    self: base.self,
    alive: (pid) => !ended.has(pid) && base.alive(pid),
    cmdline: (pid) => (ended.has(pid) ? undefined : base.cmdline(pid)),
    startTicks: (pid) => (ended.has(pid) ? undefined : base.startTicks(pid)),
    kill(pid, signal) {
      if (ended.has(pid) || !base.alive(pid)) return false;
      print(`would send ${signal} to process ${pid}`);
      if (['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT'].includes(signal)) ended.add(pid);
      return true;
    },
  };
}
