/** Starting a VM: everything is checked before anything is made, and undone when a step fails. */
import type { Context } from '../../commands/define.js';
import { PaveError, together } from '../../errors.js';
import { runHookscript } from '../../guest/hookscript.js';
import {
  checkLock,
  type Guest,
  isOn,
  loadGuest,
  saveGuest,
  withGuestLock,
} from '../../guest/load.js';
import { freeOwned } from '../../guest/release.js';
import { probePlatform, runsSystemd } from '../../host/platform.js';
import { activateVolumes, deactivateVolumes, volumePath } from '../../storage/index.js';
import { UndoStack } from '../../task/undo.js';
import { prepareCloudInit } from '../cloudinit/update.js';
import { gatherCommandInput } from '../command/gather.js';
import {
  type BuiltCommand,
  buildCommand,
  type CommandInput,
  refuseUnsupported,
} from '../command/index.js';
import type { VolumeFacts } from '../command/types.js';
import { lacksCertificates } from '../disks/certificates.js';
import { parseDrive } from '../drive/index.js';
import { applyPending } from '../pending.js';
import { withQmp } from '../qmp/client.js';
import { afterLaunch, endStart, finishStart, waitsForUs } from './after-launch.js';
import { attachedVolumes, CLEANUP_FLAG, cleanupRun, removeRunFiles } from './cleanup.js';
import { COMPANIONS } from './companions.js';
import { cpuLimits } from './cpu-limits.js';
import { launch, waitForUnit } from './launch.js';
import { isHalfStarted, markStarting, unmarkStarting } from './starting.js';
import { RUN_DIR, runFile, runningPid } from './state.js';
import { checkBridges, nicsOf, plugTap, unplugTap } from './tap.js';

export interface StartOptions {
  skiplock?: boolean | undefined;
  machine?: string | undefined;
  forceCpu?: string | undefined;
  /** Seconds. */
  timeout?: number | undefined;
  /** Its CPUs wait for `cont`: for a backup that begins before the guest does anything. */
  paused?: boolean | undefined;
  /** Nodes below qcow2 volumes, by volume id: for a restore that goes on while the machine runs. */
  backing?: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined;
  /** Nodes the guest works on in place of volumes, by volume id: for the same. */
  instead?: ReadonlyMap<string, NonNullable<VolumeFacts['instead']>> | undefined;
}

/** @throws PaveError when it runs already, is locked, a template, or cannot be started */
export async function startVm(
  ctx: Context,
  vmid: number,
  options: StartOptions = {},
): Promise<void> {
  await endAsleep(ctx, vmid);
  await waitForCleanup(ctx, vmid);
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    const { values } = guest.config.main;
    if (isOn(values.get('template')))
      throw new PaveError("you can't start a vm if it's a template");
    const suspended = values.get('lock') === 'suspended';
    if (!suspended) checkLock(guest.config, options.skiplock, vmid);
    if (runningPid(ctx.host, vmid) !== undefined) {
      if (isHalfStarted(ctx.host, vmid)) return await finishStart(ctx, guest);
      throw new PaveError(`VM ${vmid} already running`);
    }
    await startLocked(ctx, guest, options, suspended);
  });
}

/**
 * The config says that the guest's memory lies on a volume. A QEMU that is still there was left by a
 * suspend or a resume that was killed: its CPUs have not run since that memory was saved, so it is
 * ended, and the start goes on from the volume.
 */
async function endAsleep(ctx: Context, vmid: number): Promise<void> {
  const asleep = () =>
    runningPid(ctx.host, vmid) !== undefined &&
    loadGuest(ctx, 'qemu', vmid).config.main.values.get('lock') === 'suspended';
  if (!asleep()) return;
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    if (!asleep()) return;
    const { status } = await withQmp(ctx.host, vmid, (qmp) =>
      qmp.execute<{ status: string }>('query-status'),
    );
    if (!ASLEEP.has(status)) return;
    ctx.out.line('ending what an interrupted suspend or resume left running');
    await endQemu(ctx, vmid);
  });
}

/** States of a QEMU whose CPUs do not run and will not by themselves. */
const ASLEEP = new Set(['inmigrate', 'postmigrate', 'paused', 'finish-migrate', 'prelaunch']);

/** A run that just ended may still be cleaned up: by its unit, or a watcher that holds a lock until it is done. */
async function waitForCleanup(ctx: Context, vmid: number): Promise<void> {
  const { host } = ctx;
  if (host.dryRun || runningPid(host, vmid) !== undefined) return;
  if (runsSystemd(host)) return await waitForUnit(host, vmid);
  const path = runFile(vmid, 'alive');
  if (!host.files.exists(path)) return;
  // The lock may come to us before its watcher, who then still has its work to do.
  for (let i = 0; i < 30; i++) {
    (await host.lock(path, { timeoutS: 30 })).release();
    if (!host.files.exists(runFile(vmid, CLEANUP_FLAG))) return;
    await host.clock.sleep(100);
  }
}

async function startLocked(
  ctx: Context,
  guest: Guest,
  options: StartOptions,
  suspended: boolean,
): Promise<void> {
  const { host } = ctx;
  const { vmid, config } = guest;
  const undo = new UndoStack();
  // What an earlier run left behind, should nobody have cleaned up after it.
  await cleanupRun(ctx, vmid, config);
  if (!suspended) await takePending(ctx, guest);
  const { values } = config.main;
  const platform = await probePlatform(host, { kvm: values.get('kvm') !== '0' });
  refuseUnsupported(vmid, values, platform);
  const nics = nicsOf(vmid, values);
  const savedState = suspended ? values.get('vmstate') : undefined;
  // A sleeping guest goes on with the drive it knows.
  if (!suspended) await prepareCloudInit(ctx, guest);
  try {
    await runHookscript(ctx, config, vmid, 'pre-start');
    if (suspended) ctx.out.line('Resuming suspended VM');
    const volids = attachedVolumes(values);
    if (savedState !== undefined) volids.push(savedState);
    undo.add('deactivate volumes', () => deactivateVolumes(ctx, volids));
    await activateVolumes(ctx, volids);
    const gathered = await gatherCommandInput(ctx, vmid, values, platform);
    const input = { ...gathered, volumes: whileRestored(gathered.volumes, options) };
    const forced = {
      ...(suspended && values.has('runningmachine')
        ? { forceMachine: values.get('runningmachine')! }
        : {}),
      ...(suspended && values.has('runningcpu') ? { forceCpu: values.get('runningcpu')! } : {}),
      ...(options.machine === undefined ? {} : { forceMachine: options.machine }),
      ...(options.forceCpu === undefined ? {} : { forceCpu: options.forceCpu }),
      ...(savedState === undefined ? {} : { incoming: 'defer' }),
    };
    const built = await checkedCommand({ ...input, options: { ...input.options, ...forced } }, () =>
      checkBridges(host, nics),
    );
    const { argv, warnings } = built;
    const waits = options.paused || (!suspended && waitsForUs(vmid, values));
    if (waits && !argv.includes('-S')) argv.push('-S');
    for (const warning of warnings) ctx.out.warn(warning);
    warnCertificates(ctx, vmid, values);
    host.files.mkdir(RUN_DIR);
    const run = { vmid, config, values, platform, input, built };
    for (const { what, prepare, remove } of COMPANIONS) {
      undo.add(`remove ${what}`, () => remove(ctx, vmid, config));
      await prepare(ctx, run);
    }
    for (const nic of nics) {
      if (nic.tap === undefined) continue;
      undo.add(`remove ${nic.tap}`, () => unplugTap(host, nic.tap!));
      await plugTap(host, nic);
    }
    host.files.write(runFile(vmid, CLEANUP_FLAG), '');
    undo.add('remove the clean-up mark', () => void host.files.unlink(runFile(vmid, CLEANUP_FLAG)));
    markStarting(host, vmid);
    undo.add('remove the mark of the start', () => unmarkStarting(host, vmid));
    const timeoutMs = startTimeout(values, options.timeout, suspended) * 1000;
    undo.add('remove its sockets', () => removeRunFiles(ctx, vmid));
    undo.add('end QEMU', () => endQemu(ctx, vmid));
    const limits = cpuLimits(values, platform.cgroup === 'v2' ? 2 : 1);
    const said = await launch(host, { vmid, argv, platform, limits, timeoutMs });
    for (const text of said) ctx.out.warn(text);
    for (const { started } of COMPANIONS) await started?.(ctx, run);
    const statePath = savedState === undefined ? undefined : volumePath(ctx, savedState);
    const { paused } = options;
    if (!host.dryRun) await afterLaunch(ctx, guest, { statePath, paused, timeoutMs, undo });
  } catch (error) {
    await undo.run((text) => ctx.out.warn(text));
    throw error;
  }
  undo.done();
  if (savedState !== undefined) await freeOwned(ctx, guest, [savedState]);
  await endStart(ctx, guest);
}

/** The command line; what is wrong with it and with the bridges is told together. */
async function checkedCommand(
  input: CommandInput,
  checkNetwork: () => Promise<void>,
): Promise<BuiltCommand> {
  const failures: PaveError[] = [];
  const keep = (error: unknown) => {
    if (!(error instanceof PaveError)) throw error;
    failures.push(error);
  };
  await checkNetwork().catch(keep);
  let built: BuiltCommand | undefined;
  try {
    built = buildCommand(input);
  } catch (error) {
    keep(error);
  }
  if (built === undefined || failures.length > 0) throw together(failures);
  return built;
}

/** Source of the rule: check_efi_vars of the original. */
function warnCertificates(ctx: Context, vmid: number, values: ReadonlyMap<string, string>): void {
  const text = values.get('efidisk0');
  if (text === undefined || !lacksCertificates(parseDrive('efidisk0', text))) return;
  ctx.out.warn(
    "efidisk0: without 'ms-cert=2023k' - not all of Microsoft's UEFI certificates of 2023 are enrolled, and those of 2011 expire in June 2026",
  );
  ctx.out.line(
    `'qm enroll-efi-keys ${vmid}' enrols them while the VM is shut down; where its Windows uses BitLocker, suspend that first`,
  );
}

/** Volumes that lie on top of something their headers do not name, or are not the guest's yet. */
function whileRestored(
  volumes: CommandInput['volumes'],
  { backing, instead }: StartOptions,
): CommandInput['volumes'] {
  if (backing === undefined && instead === undefined) return volumes;
  return new Map(
    [...volumes].map(([file, facts]) => {
      const below = backing?.get(file);
      const other = instead?.get(file);
      return [
        file,
        {
          ...facts,
          ...(below === undefined ? {} : { backing: below }),
          ...(other === undefined ? {} : { instead: other }),
        },
      ];
    }),
  );
}

async function takePending(ctx: Context, guest: Guest): Promise<void> {
  const applied = applyPending(guest.config, { running: false });
  if (!applied.changed) return;
  saveGuest(ctx, guest, guest.config);
  await freeOwned(ctx, guest, applied.free);
}

async function endQemu(ctx: Context, vmid: number): Promise<void> {
  const { host } = ctx;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const pid = runningPid(host, vmid);
    if (pid === undefined) return;
    host.processes.kill(pid, signal);
    for (let i = 0; i < 50 && runningPid(host, vmid) !== undefined; i++)
      await host.clock.sleep(100);
  }
}

/** Seconds QEMU may take to be ready. Source: config_aware_timeout of the original. */
export function startTimeout(
  values: ReadonlyMap<string, string>,
  given: number | undefined,
  resuming: boolean,
): number {
  if (given !== undefined) return given;
  const memory = Number(/\d+/.exec(values.get('memory') ?? '')?.[0] ?? 512);
  const keys = [...values.keys()];
  let timeout = memory > 30720 ? Math.floor(memory / 1024) : 30;
  if (keys.some((key) => /^hostpci\d+$/.test(key))) timeout *= 4;
  if (resuming) timeout = Math.max(timeout, 300);
  if (values.has('hugepages')) timeout = Math.max(timeout, 150);
  return timeout + 5 * keys.filter((key) => /^net\d+$/.test(key)).length;
}
