import type { Context } from '../commands/define.js';
import type { Output } from '../commands/output.js';
import { messageOf } from '../errors.js';
import { webOwner } from '../host/accounts.js';
import { errnoOf, InterruptedError } from '../host/errors.js';
import { updateActive } from './archive.js';
import { teeOutput } from './output.js';
import { UndoStack } from './undo.js';
import { encodeUpid, logPath } from './upid.js';

/** A long change under way. */
export interface Task {
  readonly upid: string;
  /** The caller's context with an output that goes to the log as well; hand this one on. */
  readonly ctx: Context;
  /** Run, last one first, when the work fails or is interrupted. */
  readonly undo: UndoStack;
  log(line: string): void;
  /** Printed as `WARN: text`; the task then ends with `WARNINGS: <n>`. */
  warn(text: string): void;
  progress(state: Parameters<Output['progress']>[0]): void;
  progressEnd(): void;
  /** Throws InterruptedError when we were told to end: to be called between steps. */
  check(): void;
}

export interface TaskOptions {
  /** e.g. qmstart */
  type: string;
  /** What it acts on: a guest id, a storage; '' or nothing where there is none. */
  id?: string | number;
}

/**
 * Does a change as the original's tasks do: with a UPID, a log file under /var/log/pve/tasks whose
 * last line tells how it ended, and entries in the lists of active and ended tasks. In the
 * foreground, with the output on the terminal as well. When the work throws, what it put on
 * `task.undo` is undone and the error is thrown on. A dry run leaves no trace.
 * Source: pve-common RESTEnvironment.pm fork_worker.
 */
export async function runTask(
  ctx: Context,
  options: TaskOptions,
  work: (task: Task) => Promise<void> | void,
): Promise<void> {
  const file = openLog(ctx, options);
  let warnings = 0;
  const out = teeOutput(ctx.out, { log: file.log, counted: () => warnings++ });
  const undo = new UndoStack();
  const task: Task = {
    upid: file.upid,
    ctx: { ...ctx, out },
    undo,
    log: out.line,
    warn: out.warn,
    progress: out.progress,
    progressEnd: out.progressEnd,
    check() {
      if (ctx.signal.aborted) throw new InterruptedError();
    },
  };
  await file.list({ started: file.upid });
  try {
    await work(task);
    undo.done();
  } catch (thrown) {
    out.progressEnd();
    // Whatever broke because we were told to end: that is the reason.
    const error = ctx.signal.aborted ? new InterruptedError() : thrown;
    await undo.run(out.warn);
    const status = messageOf(error);
    file.log(`TASK ERROR: ${status}`);
    await file.list({ ended: { upid: file.upid, status } });
    throw error;
  }
  out.progressEnd();
  const status = warnings > 0 ? `WARNINGS: ${warnings}` : 'OK';
  file.log(`TASK ${status}`);
  if (warnings > 0) ctx.out.info(`Task finished with ${warnings} warning(s)!`);
  await file.list({ ended: { upid: file.upid, status } });
}

interface LogFile {
  upid: string;
  log(line: string): void;
  list(change: Parameters<typeof updateActive>[1]): Promise<void>;
}

/**
 * The task's name and log file. A log that cannot be written (a full disk) must not break the work,
 * let alone its undoing: it is told once.
 */
function openLog(ctx: Context, options: TaskOptions): LogFile {
  const { host } = ctx;
  const pid = host.processes.self;
  const name = {
    node: host.node,
    pid,
    pstart: host.processes.startTicks(pid) ?? 0,
    starttime: Math.floor(host.clock.now() / 1000),
    type: options.type,
    id: String(options.id ?? ''),
    user: ctx.user,
  };
  if (host.dryRun) return { upid: encodeUpid(name), log: () => {}, list: async () => {} };
  let told = false;
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!told) ctx.out.warn(`no task log: ${messageOf(error)}`);
      told = true;
    }
  };
  const upid = createLog(ctx, name, guarded);
  return {
    upid,
    log: (line) => guarded(() => host.files.append(logPath(upid), `${line}\n`)),
    list: async (change) => {
      try {
        await updateActive(host, change);
      } catch (error) {
        guarded(() => {
          throw error;
        });
      }
    },
  };
}

/** Two tasks of one process may only differ in their time: the later one takes the next second. */
function createLog(
  ctx: Context,
  name: Parameters<typeof encodeUpid>[0],
  guarded: (act: () => void) => void,
): string {
  const { files } = ctx.host;
  for (;;) {
    const upid = encodeUpid(name);
    const path = logPath(upid);
    let taken = false;
    guarded(() => {
      try {
        files.mkdir(path.slice(0, path.lastIndexOf('/')));
        const owner = webOwner(ctx.host, 'user');
        files.write(path, '', { mode: 0o640, exclusive: true, durable: false, ...owner });
      } catch (error) {
        taken = errnoOf(error) === 'EEXIST';
        if (!taken) throw error;
      }
    });
    if (!taken) return upid;
    name.starttime++;
  }
}
