import type { Host } from '../host/types.js';
import { isRunning, readStatus } from './status.js';
import { decodeUpid, TASK_DIR, type TaskId } from './upid.js';

const ACTIVE = `${TASK_DIR}/active`;
const INDEX = `${TASK_DIR}/index`;
/** Rotated past this, about 1000 entries. Source: RESTEnvironment.pm active_workers. */
const INDEX_MAX = 50_000;
/** So many entries stay in the active file, running ones first. */
const ACTIVE_MAX = 25;
const LOCK_TIMEOUT_S = 10;

/** An entry of the active or the index file. */
export interface TaskEntry extends TaskId {
  upid: string;
  /** Its end is in the index file. */
  saved: boolean;
  endtime?: number;
  status?: string;
}

/** `<UPID> <saved>[ <endtime>[ <status>]]` a line; lines that are none are left out. */
export function parseActive(text: string): TaskEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+)\s([01])(?:\s([0-9A-Za-z]{8})(?:\s\s*(\S.*))?)?$/.exec(line);
    return match === null ? [] : entry(match[1]!, match[2] === '1', match[3], match[4]);
  });
}

/** `<UPID> <endtime> <status>` a line, oldest first. */
export function parseIndex(text: string): TaskEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+)(?:\s([0-9A-Za-z]{8})(?:\s(\S.*))?)?$/.exec(line);
    return match === null ? [] : entry(match[1]!, true, match[2], match[3]);
  });
}

function entry(upid: string, saved: boolean, endtime?: string, status?: string): TaskEntry[] {
  const task = decodeUpid(upid);
  if (task === undefined) return [];
  return [
    {
      ...task,
      upid,
      saved,
      ...(endtime ? { endtime: Number.parseInt(endtime, 16) } : {}),
      ...(status ? { status } : {}),
    },
  ];
}

function formatActive(tasks: readonly TaskEntry[]): string {
  return tasks
    .map((task) => {
      const end = task.endtime
        ? ` ${hex(task.endtime)}${task.status ? ` ${task.status}` : ''}`
        : '';
      return `${task.upid} ${task.saved ? 1 : 0}${end}\n`;
    })
    .join('');
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

/** Running and recently ended tasks, as the file has them. */
export function readActive(host: Host): TaskEntry[] {
  return parseActive(host.files.read(ACTIVE) ?? '');
}

/** Ended tasks, newest first. */
export function readArchive(host: Host): TaskEntry[] {
  return [INDEX, `${INDEX}.1`].flatMap((path) => parseIndex(host.files.read(path) ?? '').reverse());
}

/**
 * Brings both files up to date: takes a new task in, notes the end of those that no longer run.
 * `ended` names a task of ours that is over although our process still runs.
 */
export async function updateActive(
  host: Host,
  change: { started?: string; ended?: { upid: string; status: string } },
): Promise<void> {
  host.files.mkdir(TASK_DIR);
  const lock = await host.lock(`${TASK_DIR}/.active.lock`, { timeoutS: LOCK_TIMEOUT_S });
  try {
    const now = Math.floor(host.clock.now() / 1000);
    const tasks = new Map<string, TaskEntry>();
    for (const task of readActive(host)) if (!tasks.has(task.upid)) tasks.set(task.upid, task);
    const started = change.started === undefined ? [] : entry(change.started, false);
    for (const task of started) if (!tasks.has(task.upid)) tasks.set(task.upid, task);

    const running: TaskEntry[] = [];
    const over: TaskEntry[] = [];
    for (const task of tasks.values()) {
      const isNew = task.upid === change.started;
      const isEnded = task.endtime !== undefined || task.upid === change.ended?.upid;
      (isNew || (!isEnded && isRunning(host, task)) ? running : over).push(task);
    }
    over.sort((a, b) => b.starttime - a.starttime);
    for (const task of over) {
      if (task.endtime !== undefined) continue;
      task.endtime = now;
      task.status =
        task.upid === change.ended?.upid ? change.ended.status : readStatus(host, task.upid);
    }
    archive(
      host,
      over.filter((task) => !task.saved),
    );
    const kept = over.slice(0, Math.max(0, ACTIVE_MAX - running.length));
    host.files.write(ACTIVE, formatActive([...running, ...kept]), { durable: false });
  } finally {
    lock.release();
  }
}

/** Appends ended tasks to the index and rotates it. */
function archive(host: Host, tasks: readonly TaskEntry[]): void {
  if (tasks.length === 0) return;
  const text = tasks
    .map((task) => `${task.upid} ${hex(task.endtime ?? 0)} ${task.status ?? ''}\n`)
    .join('');
  host.files.append(INDEX, text);
  for (const task of tasks) task.saved = true;
  if ((host.files.stat(INDEX)?.size ?? 0) > INDEX_MAX) host.files.rename(INDEX, `${INDEX}.1`);
}
