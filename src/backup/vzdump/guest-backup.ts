/** The backup of one guest, from its first log line to its last. Source: VZDump.pm exec_backup_task. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import type { GuestRef } from '../../guest/find.js';
import { loadGuest } from '../../guest/load.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { takeBackupLock } from '../source/lock.js';
import { backupName, clockTime, localTime } from './format.js';
import { refusePassedThrough } from './guest-disks.js';
import { type GuestPhase, runHook } from './hooks.js';
import { lowerPriority } from './ionice.js';
import { checkLimits, isHaStarted } from './limits.js';
import { type BackupLog, LOG_DIR } from './log.js';
import { rememberPartial, removeTree } from './partial.js';
import type { Settings } from './settings.js';
import { storeArchive } from './store.js';
import type { Target } from './target.js';
import { type ArchivePlan, planArchive, writeArchive } from './vm-archive.js';
import { VmPower } from './vm-power.js';

/** What all guests of a run share. */
export interface BackupRun {
  ctx: Context;
  log: BackupLog;
  settings: Settings;
  target: Target;
  /** Descriptor to write the archive to, with `--stdout`. */
  stdout?: number | undefined;
  cluster: string;
}

/** How a guest's backup went: for the mail. */
export interface GuestResult {
  vmid: number;
  state: 'todo' | 'ok' | 'err';
  name?: string | undefined;
  message?: string | undefined;
  seconds: number;
  /** Bytes of the archive. */
  size: number;
  target?: string | undefined;
  /** Its log, where it got that far. */
  log?: string | undefined;
}

export class GuestBackup {
  readonly result: GuestResult;
  private mode: Settings['mode'];
  private logfile: string | undefined;
  private target: string | undefined;
  private hookType: 'qemu' | undefined;
  private readonly host: Host;

  constructor(
    private readonly run: BackupRun,
    private readonly guest: GuestRef | undefined,
    private readonly vmid: number,
  ) {
    this.host = run.ctx.host;
    this.mode = run.settings.mode;
    this.result = { vmid, state: 'todo', seconds: 0, size: 0 };
  }

  /** Throws only where the whole job is to end. */
  async execute(): Promise<void> {
    const { log } = this.run;
    const { clock } = this.host;
    const start = clock.now();
    const begun = clock.monotonic();
    let failure: unknown;
    const cleanup: (() => Promise<void> | void)[] = [];
    try {
      await this.steps(start, cleanup);
    } catch (error) {
      failure = this.run.ctx.signal.aborted ? new InterruptedError() : error;
    }
    for (const step of cleanup.reverse()) {
      try {
        await step();
      } catch (error) {
        log.warn(messageOf(error));
      }
    }
    this.result.seconds = Math.floor((clock.monotonic() - begun) / 1000);
    if (failure === undefined) {
      this.result.state = 'ok';
      log.info(`Finished Backup of VM ${this.vmid} (${clockTime(this.result.seconds)})`);
      log.info(`Backup finished at ${localTime(clock.now())}`);
    } else await this.failed(failure);
    this.keepLog();
    await this.hook('log-end').catch((error) => log.warn(messageOf(error)));
    if (failure instanceof InterruptedError) throw failure;
  }

  private async failed(failure: unknown): Promise<void> {
    const { log, ctx } = this.run;
    this.result.state = 'err';
    this.result.message = messageOf(failure);
    log.error(`Backup of VM ${this.vmid} failed - ${this.result.message}`);
    if (failure instanceof PaveError && failure.hint !== undefined)
      log.info(`hint: ${failure.hint}`);
    if (!(failure instanceof PaveError) && ctx.verbose)
      log.info((failure as Error).stack ?? String(failure));
    log.info(`Failed at ${localTime(this.host.clock.now())}`);
    await this.hook('backup-abort').catch((error) => log.warn(messageOf(error)));
  }

  private async hook(phase: GuestPhase): Promise<void> {
    const { log, settings, target } = this.run;
    await runHook(
      this.host,
      log,
      settings.script,
      phase,
      { storage: target.storage?.storeid, dumpdir: target.dumpdir },
      {
        mode: this.mode,
        vmid: this.vmid,
        vmtype: this.hookType,
        hostname: this.result.name,
        target: this.target,
        logfile: this.logfile,
      },
    );
  }

  private check(): void {
    if (this.run.ctx.signal.aborted) throw new InterruptedError();
  }

  private requireVm(): GuestRef {
    const { guest, vmid } = this;
    if (guest === undefined) throw new PaveError(`unable to find VM '${vmid}'`);
    if (guest.kind === 'lxc')
      throw new PaveError(`${vmid} is a container: backing up containers is not possible yet`, {
        hint: `leave it out with --exclude ${vmid}`,
      });
    return guest;
  }

  private async steps(start: number, cleanup: (() => Promise<void> | void)[]): Promise<void> {
    const { ctx, log, settings, target } = this.run;
    const { vmid } = this;
    this.requireVm();
    this.hookType = 'qemu';
    if (settings.mode === 'stop' && isHaStarted(ctx.store, vmid))
      throw new PaveError(
        'Cannot execute a backup with stop mode on a HA managed and enabled Service. Use snapshot mode or disable the Service.',
      );
    await checkLimits(ctx, settings, target, 'qemu', vmid);
    const plan = await planArchive(this.run, vmid, await this.freeName(start));
    this.target = plan.target;
    this.logfile = plan.logfile;
    this.prepareFolders(plan, cleanup);
    log.info(`Starting Backup of VM ${vmid} (qemu)`);
    log.info(`Backup started at ${localTime(this.host.clock.now())}`);
    const running = runningPid(this.host, vmid) !== undefined;
    log.info(`status = ${running ? 'running' : 'stopped'}`);
    await lowerPriority(this.host, log, settings.ionice);
    const lock = await takeBackupLock(ctx, vmid);
    cleanup.push(() => lock.release());
    this.check();
    await this.produce(plan, running, cleanup);
  }

  /** Two backups within one second must not have one name: the second waits for the next. */
  private async freeName(start: number): Promise<string> {
    const { clock, files } = this.host;
    const taken = files.list(this.run.target.dumpdir) ?? [];
    for (let at = start; ; at = clock.now()) {
      const name = backupName('qemu', this.vmid, at);
      if (!taken.some((file) => file.startsWith(`${name}.`))) return name;
      await clock.sleep(1000 - (clock.now() % 1000));
    }
  }

  /** The log, the folder for temporary files, and what the next run needs to know should we be killed. */
  private prepareFolders(plan: ArchivePlan, cleanup: (() => Promise<void> | void)[]): void {
    const { log } = this.run;
    const { files } = this.host;
    const left = [plan.tmpdir, ...(plan.draft === undefined ? [] : [plan.draft])];
    const forget = rememberPartial(this.host, this.vmid, left);
    cleanup.push(() => {
      if (plan.draft !== undefined) files.unlink(plan.draft);
      removeTree(this.host, plan.tmpdir);
      forget();
    });
    for (const path of left) removeTree(this.host, path);
    files.mkdir(plan.tmpdir, { mode: 0o700, exclusive: true });
    const tmplog = `${LOG_DIR}/qemu-${this.vmid}.log`;
    log.open(tmplog);
    this.result.log = tmplog;
    files.unlink(plan.logfile);
  }

  private async produce(
    plan: ArchivePlan,
    running: boolean,
    cleanup: (() => Promise<void> | void)[],
  ): Promise<void> {
    const { ctx, log, settings } = this.run;
    const guest = loadGuest(ctx, 'qemu', this.vmid);
    if (running) refusePassedThrough(this.vmid, guest.config);
    const power = await VmPower.of(this.run, this.vmid, running);
    const prepare = async () => {
      this.result.name = guest.config.main.values.get('name');
      await plan.prepare(guest);
    };
    this.mode = running ? settings.mode : 'stop';
    if (this.mode === 'snapshot') await prepare();
    log.info(`backup mode: ${this.mode}`);
    if (settings.bwlimit > 0) log.info(`bandwidth limit: ${settings.bwlimit} KiB/s`);
    log.info(`ionice priority: ${settings.ionice}`);
    if (this.mode !== 'snapshot') await prepare();
    await this.hook('backup-start');
    if (this.mode === 'snapshot') {
      await this.hook('pre-stop');
      await this.hook('pre-restart');
      await this.hook('post-restart');
    } else if (running) await this.holdGuest(power, cleanup);
    this.check();
    const produced = await writeArchive(this.run, plan, guest, this.mode, power);
    if (produced !== undefined)
      this.result.size = await storeArchive(this.run, plan, produced, this.result);
    await this.hook('backup-end');
  }

  /** Modes stop and suspend of a running guest; it goes on once the point in time is taken. */
  private async holdGuest(power: VmPower, cleanup: (() => Promise<void> | void)[]): Promise<void> {
    const { log } = this.run;
    const stop = this.mode === 'stop';
    log.info(stop ? 'stopping virtual guest' : 'suspending guest');
    power.down();
    await this.hook('pre-stop');
    // Also one that fails half-way is brought back.
    cleanup.push(async () => {
      await this.hook('pre-restart');
      await power.bringBack(stop);
      await this.hook('post-restart');
    });
    if (stop) await power.shutdown();
    else await power.pause();
  }

  /** The log goes beside the archive, also where there is none. */
  private keepLog(): void {
    const { log } = this.run;
    log.close();
    if (this.result.log === undefined || this.logfile === undefined || this.host.dryRun) return;
    try {
      this.host.files.write(this.logfile, this.host.files.read(this.result.log) ?? '');
    } catch (error) {
      log.warn(messageOf(error));
    }
  }
}
