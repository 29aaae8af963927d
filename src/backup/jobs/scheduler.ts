/** Running the jobs whose time has come. Source: PVE/Jobs.pm run_jobs, Service/pvescheduler.pm. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { heldGuests } from '../../guest/held.js';
import { bootId } from '../../host/boot-id.js';
import { lockIfFree } from '../../host/try-lock.js';
import type { Host } from '../../host/types.js';
import { nextEvent, parseCalendarEvent } from '../../schema/calendar/index.js';
import { runVzdump } from '../vzdump/run.js';
import { optionConflicts } from '../vzdump/verify.js';
import { allJobs } from './all.js';
import type { Job } from './jobs-cfg.js';
import {
  lastRun,
  markStarted,
  markStarting,
  markStopped,
  settleState,
  skipMissed,
  synchronizeStates,
} from './state.js';

const LOCK = '/run/lock/pave/scheduler.lck';
/** Names the boot in which the scheduler last ran. */
const BOOT_RECORD = '/var/lib/pve-manager/jobs/.boot';
/** Where cron itself runs the lines of vzdump.cron. */
const CRON_LINK = '/etc/cron.d/vzdump';

/**
 * One look at all jobs, to be called once a minute; those that are due run one after the other. Does
 * nothing while an earlier call still works. @throws PaveError that names the jobs that failed
 */
export async function runDueJobs(ctx: Context): Promise<void> {
  const { host } = ctx;
  const lock = await lockIfFree(host, LOCK);
  if (lock === undefined) return;
  try {
    if (heldGuests(host).length > 0) {
      const { bringBackHeld } = await import('../source/killed.js');
      await bringBackHeld(ctx, { wait: false });
    }
    await runAll(ctx);
  } finally {
    lock.release();
  }
}

async function runAll(ctx: Context): Promise<void> {
  const { host, store } = ctx;
  // What does not fit is told by the job that has it, when its time comes: not every minute.
  const jobs = allJobs(store).filter(
    ({ source }) => source === 'jobs.cfg' || !host.files.exists(CRON_LINK),
  );
  await synchronizeStates(host, jobs);
  const firstRun = isFirstRun(host);
  const failed: string[] = [];
  for (const job of [...jobs].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (ctx.signal.aborted) break;
    if (job.options.node !== undefined && job.options.node !== host.node) continue;
    try {
      if (await runIfDue(ctx, job, firstRun)) continue;
    } catch (error) {
      failed.push(`job '${job.id}': ${messageOf(error)}`);
    }
  }
  if (failed.length > 0) throw new PaveError(failed.join('\n'), { hint: 'pave jobs list' });
}

/** The first time since the machine started: what was missed meanwhile is given up, or made up for. */
function isFirstRun(host: Host): boolean {
  const boot = bootId(host);
  if (host.files.read(BOOT_RECORD)?.trim() === boot) return false;
  host.files.mkdir(BOOT_RECORD.slice(0, BOOT_RECORD.lastIndexOf('/')));
  host.files.write(BOOT_RECORD, `${boot}\n`);
  return true;
}

async function runIfDue(ctx: Context, job: Job, firstRun: boolean): Promise<boolean> {
  const { host } = ctx;
  await settleState(host, job);
  if (firstRun && !job.repeatMissed) await skipMissed(host, job);
  if (!job.enabled) return false;
  const next = nextEvent(parseCalendarEvent(job.schedule), lastRun(host, job));
  if (next === undefined || host.clock.now() / 1000 < next) return false;
  await runScheduled(ctx, job);
  return true;
}

/** @throws PaveError with everything in the file that keeps it from being run */
export function assertRunnable(job: Job): void {
  const conflicts = Object.entries(optionConflicts(job.options));
  const wrong = [...job.problems, ...conflicts.map(([key, reason]) => `${key}: ${reason}`)];
  if (wrong.length > 0)
    throw new PaveError(wrong.join('\n'), { hint: `pave jobs set ${job.id} … puts it right` });
}

/** Quietly, its state kept. @throws what the backup throws */
export async function runScheduled(ctx: Context, job: Job): Promise<void> {
  const { host } = ctx;
  if (!(await markStarting(host, job))) return;
  let message = 'OK';
  try {
    assertRunnable(job);
    await runVzdump(
      ctx,
      { ...job.options, 'job-id': job.id, quiet: true },
      { started: (upid) => markStarted(host, job, upid) },
    );
  } catch (error) {
    message = messageOf(error);
    throw error;
  } finally {
    await markStopped(host, job, message);
  }
}

/** Every minute until we are told to end; what fails is told, and the next minute comes. */
export async function runForever(ctx: Context): Promise<void> {
  const { host, out } = ctx;
  while (!ctx.signal.aborted) {
    await runDueJobs(ctx).catch((error) => out.warn(messageOf(error)));
    const left = 60_000 - (host.clock.now() % 60_000);
    await host.clock.sleep(left, ctx.signal).catch(() => {});
    if (host.dryRun) return;
  }
}
