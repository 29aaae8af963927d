/** A backup job: the guests one after the other, the hooks around them, and the mail. Source: VZDump.pm. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { findGuest } from '../../guest/find.js';
import { InterruptedError } from '../../host/errors.js';
import type { Task } from '../../task/run.js';
import { bringBackHeld } from '../source/killed.js';
import { parseVzdumpConf, VZDUMP_CONF } from './conf.js';
import { type BackupRun, GuestBackup, type GuestResult } from './guest-backup.js';
import { runHook } from './hooks.js';
import { globalLock } from './lock.js';
import { BackupLog, logging } from './log.js';
import type { JobReport } from './mail-text.js';
import { notify } from './notify.js';
import { clearPartials } from './partial.js';
import { mergeSettings, type Settings, withRetention } from './settings.js';
import { openTarget, type Target } from './target.js';

export interface JobRequest {
  /** As called. */
  called: Partial<Settings>;
  /** Sorted. */
  vmids: readonly number[];
  /** Asked for, but of other nodes. */
  skipped: readonly number[];
  command: string;
  jobId?: string | undefined;
  stdout?: number | undefined;
}

interface Prepared {
  settings: Settings;
  /** What was said, in /etc/vzdump.conf or with the call. */
  given: Partial<Settings>;
  target: Target;
  /** What the job-init hook said. */
  before: string[];
}

/** @throws PaveError `job errors` where a guest failed, else why the whole job did */
export async function runBackupJob(task: Task, request: JobRequest): Promise<void> {
  const { ctx } = task;
  const log = new BackupLog(ctx.host, ctx.out);
  const { settings, given, target, before } = await prepare(ctx, log, request);
  const report = (more: Partial<JobReport>): JobReport => ({
    command: request.command,
    guests: [],
    seconds: 0,
    before,
    after: [],
    logs: new Map(),
    ...more,
  });
  const tell = (more: Partial<JobReport>) =>
    notify(ctx, log, { settings, report: report(more), jobId: request.jobId });
  const lock = await globalLock(ctx.host, log, task.upid, settings.lockwait).catch(
    async (error) => {
      await tell({ error: messageOf(error) });
      throw error;
    },
  );
  try {
    clearPartials(ctx.host, log);
    await bringBackHeld(logging(ctx, log), { wait: true });
    await backUpAll(ctx, log, request, settings, given, target, before, tell);
  } finally {
    lock.release();
  }
}

/** Settings, job-init, target. What is wrong is told by mail as well. */
async function prepare(ctx: Context, log: BackupLog, request: JobRequest): Promise<Prepared> {
  const conf = parseVzdumpConf(ctx.host.files.read(VZDUMP_CONF) ?? '', (text) => log.warn(text));
  const merged = mergeSettings(request.called, conf, request.stdout !== undefined);
  const problems: unknown[] = [];
  const before = await log.collect(async () => {
    await runHook(ctx.host, log, merged.script, 'job-init', merged).catch((e) => problems.push(e));
  });
  const target = await openTarget(ctx, log, merged).catch((e) => void problems.push(e));
  if (problems.length > 0) {
    const error = problems.map(messageOf).join('\n');
    await notify(ctx, log, {
      settings: merged,
      jobId: request.jobId,
      report: {
        command: request.command,
        guests: [],
        seconds: 0,
        error,
        before,
        after: [],
        logs: new Map(),
      },
    });
    if (problems.length === 1) throw problems[0];
    throw new PaveError(error);
  }
  const settings = withRetention(merged, target!.keep, conf);
  return { settings, given: { ...conf, ...request.called }, target: target!, before };
}

async function backUpAll(
  ctx: Context,
  log: BackupLog,
  request: JobRequest,
  settings: Settings,
  given: Partial<Settings>,
  target: Target,
  before: string[],
  tell: (report: Partial<JobReport>) => Promise<void>,
): Promise<void> {
  const { host } = ctx;
  log.info(`starting new backup job: ${request.command}`);
  if (request.skipped.length > 0)
    log.info(`skip external VMs: ${[...request.skipped].sort((a, b) => a - b).join(', ')}`);
  tellUseless(ctx, log, request, given);
  const run: BackupRun = {
    ctx,
    log,
    settings,
    target,
    stdout: request.stdout,
    cluster: clusterName(ctx),
  };
  const hookTarget = { storage: target.storage?.storeid, dumpdir: target.dumpdir };
  const hook = (phase: 'job-start' | 'job-end' | 'job-abort') =>
    runHook(host, log, settings.script, phase, hookTarget);
  const start = host.clock.monotonic();
  const backups = request.vmids.map(
    (vmid) => new GuestBackup(run, findGuest(ctx.store, vmid), vmid),
  );
  let failure: unknown;
  const after: string[] = [];
  try {
    before.push(...(await log.collect(() => hook('job-start'))));
    for (const backup of backups) await backup.execute();
    after.push(...(await log.collect(() => hook('job-end'))));
  } catch (error) {
    failure = ctx.signal.aborted ? new InterruptedError() : error;
    after.push(
      ...(await log.collect(() => hook('job-abort').catch((e) => log.error(messageOf(e))))),
    );
    log.error(`Backup job failed - ${messageOf(failure)}`);
  }
  const results = backups.map(({ result }) => result);
  const failed = results.some(({ state }) => state !== 'ok');
  if (failure === undefined)
    log.info(`Backup job finished ${failed ? 'with errors' : 'successfully'}`);
  await tell({
    guests: results,
    seconds: Math.floor((host.clock.monotonic() - start) / 1000),
    ...(failure === undefined ? {} : { error: messageOf(failure) }),
    after,
    logs: logsOf(ctx, results),
  });
  if (failure !== undefined) throw failure;
  if (failed) throw new PaveError('job errors');
}

/** Options that only containers or a Proxmox Backup Server know: said, not passed over in silence. */
function tellUseless(
  ctx: Context,
  log: BackupLog,
  { vmids }: JobRequest,
  given: Partial<Settings>,
): void {
  const containers = vmids.some((vmid) => findGuest(ctx.store, vmid)?.kind === 'lxc');
  if (containers) return;
  const useless = (['exclude-path', 'stdexcludes', 'pbs-change-detection-mode'] as const).filter(
    (key) => given[key] !== undefined,
  );
  for (const key of useless) log.info(`option '${key}' is for containers: of no effect here`);
  if (given.performance?.['pbs-entries-max'] !== undefined)
    log.info("'pbs-entries-max' of option 'performance' is for containers: of no effect here");
}

function logsOf(ctx: Context, results: readonly GuestResult[]): Map<number, string> {
  const logs = new Map<number, string>();
  for (const { vmid, log } of results) {
    const text = log === undefined ? undefined : ctx.host.files.read(log);
    if (text !== undefined) logs.set(vmid, text);
  }
  return logs;
}

function clusterName(ctx: Context): string {
  const text = ctx.store.read('corosync.conf') ?? '';
  return /^\s*cluster_name:\s*(\S+)\s*$/m.exec(text)?.[1] ?? 'standalone node';
}
