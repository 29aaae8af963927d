/** A task's name across the cluster. Source of the format: pve-common UPID.pm. */
export interface TaskId {
  node: string;
  pid: number;
  /** Start of the process, clock ticks since boot (field 22 of /proc/<pid>/stat). */
  pstart: number;
  /** Seconds since the epoch. */
  starttime: number;
  /** e.g. qmstart */
  type: string;
  /** What it acts on, mostly a guest id; may be empty. */
  id: string;
  user: string;
}

const PATTERN =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+):$/;

/** `UPID:<node>:<pid>:<pstart>:<starttime>:<type>:<id>:<user>:`, numbers in hex of 8 digits or more. */
export function encodeUpid(task: TaskId): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  return `UPID:${task.node}:${hex(task.pid)}:${hex(task.pstart)}:${hex(task.starttime)}:${task.type}:${task.id}:${task.user}:`;
}

/** Undefined where the text is no UPID. */
export function decodeUpid(upid: string): TaskId | undefined {
  const match = PATTERN.exec(upid);
  if (match === null) return undefined;
  const [, node, pid, pstart, starttime, type, id, user] = match;
  return {
    node: node!,
    pid: Number.parseInt(pid!, 16),
    pstart: Number.parseInt(pstart!, 16),
    starttime: Number.parseInt(starttime!, 16),
    type: type!,
    id: id!,
    user: user!,
  };
}

export const TASK_DIR = '/var/log/pve/tasks';

/** Where a task's log is: in a folder named by the last hex digit of its start time. */
export function logPath(upid: string): string {
  const starttime = upid.split(':')[4] ?? '';
  return `${TASK_DIR}/${starttime.slice(-1)}/${upid}`;
}
