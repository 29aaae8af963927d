/**
 * What each node knows of each job: /var/lib/pve-manager/jobs/<type>-<id>.json. Source: PVE/Jobs.pm.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { isRunning, readStatus } from '../../task/status.js';
import { decodeUpid, logPath } from '../../task/upid.js';
import type { Job } from './jobs-cfg.js';

const STATE_DIR = '/var/lib/pve-manager/jobs';
const LOCK_DIR = '/var/lock/pve-manager';

export interface JobState {
  state: 'created' | 'starting' | 'started' | 'stopped';
  /** Seconds since the epoch. */
  time?: number;
  /** When the schedule was changed, or missed runs were given up. */
  updated?: number;
  upid?: string;
  /** How it ended. */
  msg?: string;
  /** As last seen. */
  config?: { enabled?: unknown; schedule?: string };
}

type JobName = Pick<Job, 'id' | 'type'>;

function statePath({ id, type }: JobName): string {
  return `${STATE_DIR}/${type}-${id}.json`;
}

const now = (host: Host) => Math.floor(host.clock.now() / 1000);

/** Undefined where there is none. @throws PaveError where the file is no state */
export function readState(host: Host, job: JobName): JobState | undefined {
  const text = host.files.read(statePath(job));
  if (text === undefined) return undefined;
  if (text === '') return { state: 'created', time: 0 };
  try {
    const state = JSON.parse(text) as JobState;
    if (typeof state === 'object' && state !== null) return state;
  } catch {
    // Told below.
  }
  throw new PaveError(`invalid json data in '${statePath(job)}'`, {
    hint: `rm ${host.path(statePath(job))}`,
  });
}

/** Changes the state under its lock; `change` gives undefined to leave it. */
export async function updateState(
  host: Host,
  job: JobName,
  change: (state: JobState | undefined) => JobState | undefined,
): Promise<void> {
  const lock = await host.lock(`${LOCK_DIR}/${job.type}-${job.id}.lck`, { timeoutS: 10 });
  try {
    const next = change(readState(host, job));
    if (next === undefined) return;
    host.files.mkdir(STATE_DIR);
    host.files.write(statePath(job), JSON.stringify(next));
  } finally {
    lock.release();
  }
}

/**
 * New jobs are created, changes of schedule or switch noted; states of jobs that are gone are removed
 * where `jobs` are all.
 */
export async function synchronizeStates(
  host: Host,
  jobs: readonly Job[],
  options: { others: boolean } = { others: true },
): Promise<void> {
  for (const job of jobs) {
    const config = { enabled: job.enabled ? 1 : 0, schedule: job.schedule };
    await updateState(host, job, (state) => {
      if (state === undefined) return { state: 'created', time: now(host), config };
      const enabled = String(state.config?.enabled ?? 1);
      if (enabled === String(config.enabled) && state.config?.schedule === config.schedule)
        return undefined;
      return { ...state, config, updated: now(host) };
    });
  }
  if (!options.others) return;
  const names = new Set(jobs.map(({ type, id }) => `${type}-${id}.json`));
  for (const name of host.files.list(STATE_DIR) ?? [])
    if (/^vzdump-.*\.json$/.test(name) && !names.has(name))
      host.files.unlink(`${STATE_DIR}/${name}`);
}

export function removeState(host: Host, job: JobName): void {
  host.files.unlink(statePath(job));
}

/** A run that has ended, or was killed, since somebody last looked is noted as stopped. */
export async function settleState(host: Host, job: JobName): Promise<void> {
  const state = readState(host, job);
  if (state?.state !== 'started' && state?.state !== 'starting') return;
  if (state.state === 'started' && runs(host, state)) return;
  await updateState(host, job, (present) => {
    if (present?.state === 'started') {
      const msg = present.upid === undefined ? 'internal error' : endOf(host, present.upid);
      return {
        ...keep(present),
        state: 'stopped',
        msg,
        ...(present.upid ? { upid: present.upid } : {}),
      };
    }
    return undefined;
  });
}

function runs(host: Host, state: JobState): boolean {
  const task = decodeUpid(state.upid ?? '');
  return task !== undefined && isRunning(host, task);
}

function endOf(host: Host, upid: string): string {
  return host.files.exists(logPath(upid)) ? readStatus(host, upid) : 'no such task';
}

const keep = ({ config, updated }: JobState) => ({
  ...(config === undefined ? {} : { config }),
  ...(updated === undefined ? {} : { updated }),
});

/** Seconds since the epoch: from when on the next run is counted. */
export function lastRun(host: Host, job: JobName): number {
  const state = readState(host, job);
  const task = state?.upid === undefined ? undefined : decodeUpid(state.upid);
  const last = state?.updated ?? task?.starttime ?? state?.time ?? 0;
  // A clock that was ahead once must not keep the job from running until it is ahead again.
  return Math.min(last, now(host));
}

/** Missed runs are given up. */
export async function skipMissed(host: Host, job: JobName): Promise<void> {
  await updateState(host, job, (state) => ({
    ...(state ?? { state: 'created', time: 0 }),
    updated: now(host),
  }));
}

/** Gives false where it runs already. */
export async function markStarting(host: Host, job: JobName): Promise<boolean> {
  let may = false;
  await updateState(host, job, (state) => {
    if (state === undefined || state.state === 'started') return undefined;
    may = true;
    return { state: 'starting', time: now(host), ...configOf(state) };
  });
  return may;
}

export async function markStarted(host: Host, job: JobName, upid: string): Promise<void> {
  await updateState(host, job, (state) =>
    state === undefined ? undefined : { state: 'started', upid, ...configOf(state) },
  );
}

/** The end; without a task the time of the end counts as the last run. */
export async function markStopped(host: Host, job: JobName, msg: string): Promise<void> {
  await updateState(host, job, (state) => {
    if (state === undefined) return undefined;
    const { upid } = state;
    return {
      state: 'stopped',
      msg,
      ...(upid === undefined ? { time: now(host) } : { upid }),
      ...configOf(state),
    };
  });
}

const configOf = ({ config }: JobState) => (config === undefined ? {} : { config });
