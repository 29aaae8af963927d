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
import { probePlatform } from '../../host/platform.js';
import type { Platform } from '../../host/platform-types.js';
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
import { afterLaunch, endStart, finishStart, waitsForUs } from './after-launch.js';
import { attachedVolumes, CLEANUP_FLAG, cleanupRun, removeRunFiles } from './cleanup.js';
import { COMPANIONS, type Run } from './companions.js';
import { cpuLimits } from './cpu-limits.js';
import { launch } from './launch.js';
import { afterRun, endAsleep, endQemu, waitForCleanup } from './leftover.js';
import { isHalfStarted, markStarting, unmarkStarting } from './starting.js';
import { RUN_DIR, runFile, runningPid } from './state.js';
import { checkBridges, type Nic, nicsOf, plugTap, unplugTap } from './tap.js';

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
  const start = withGuestLock(ctx, 'qemu', vmid, async () => {
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
  try {
    await start;
  } catch (error) {
    await afterRun(ctx, vmid);
    throw error;
  }
}

/** A start under way. */
interface Start {
  ctx: Context;
  guest: Guest;
  options: StartOptions;
  /** Goes on from the memory that `qm suspend --todisk` saved. */
  suspended: boolean;
  /** Volume with that memory. */
  savedState: string | undefined;
  platform: Platform;
  nics: Nic[];
  undo: UndoStack;
}

async function startLocked(
  ctx: Context,
  guest: Guest,
  options: StartOptions,
  suspended: boolean,
): Promise<void> {
  const { vmid, config } = guest;
  const undo = new UndoStack();
  // What an earlier run left behind, should nobody have cleaned up after it.
  await cleanupRun(ctx, vmid, config);
  if (!suspended) await takePending(ctx, guest);
  const { values } = config.main;
  const platform = await probePlatform(ctx.host, { kvm: values.get('kvm') !== '0' });
  refuseUnsupported(vmid, values, platform);
  const nics = nicsOf(vmid, values);
  const savedState = suspended ? values.get('vmstate') : undefined;
  // A sleeping guest goes on with the drive it knows.
  if (!suspended) await prepareCloudInit(ctx, guest);
  const start = { ctx, guest, options, suspended, savedState, platform, nics, undo };
  try {
    await runHookscript(ctx, config, vmid, 'pre-start');
    if (suspended) ctx.out.line('Resuming suspended VM');
    const run = await plan(start);
    await prepare(start, run);
    await launchRun(start, run);
  } catch (error) {
    await undo.run((text) => ctx.out.warn(text));
    throw error;
  }
  undo.done();
  if (savedState !== undefined) await freeOwned(ctx, guest, [savedState]);
  await endStart(ctx, guest);
}

/** Activates the volumes and makes the command line. */
async function plan(start: Start): Promise<Run> {
  const { ctx, guest, options, suspended, savedState, platform, undo } = start;
  const { vmid, config } = guest;
  const { values } = config.main;
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
    checkBridges(ctx.host, start.nics),
  );
  const waits = options.paused || (!suspended && waitsForUs(vmid, values));
  if (waits && !built.argv.includes('-S')) built.argv.push('-S');
  for (const warning of built.warnings) ctx.out.warn(warning);
  warnCertificates(ctx, vmid, values);
  return { vmid, config, values, platform, input, built };
}

/** What QEMU needs around it: helper programs, devices, network. */
async function prepare({ ctx, guest, nics, undo }: Start, run: Run): Promise<void> {
  const { host } = ctx;
  host.files.mkdir(RUN_DIR);
  for (const { what, prepare, remove } of COMPANIONS) {
    undo.add(`remove ${what}`, () => remove(ctx, guest.vmid, guest.config));
    await prepare(ctx, run);
  }
  for (const nic of nics) {
    if (nic.tap === undefined) continue;
    undo.add(`remove ${nic.tap}`, () => unplugTap(host, nic.tap!));
    await plugTap(host, nic);
  }
}

/** Starts QEMU and does what it takes while it is young. */
async function launchRun(start: Start, run: Run): Promise<void> {
  const { ctx, guest, options, suspended, savedState, platform, undo } = start;
  const { host } = ctx;
  const { vmid, values } = run;
  host.files.write(runFile(vmid, CLEANUP_FLAG), '');
  undo.add('remove the clean-up mark', () => void host.files.unlink(runFile(vmid, CLEANUP_FLAG)));
  markStarting(host, vmid);
  undo.add('remove the mark of the start', () => unmarkStarting(host, vmid));
  const timeoutMs = startTimeout(values, options.timeout, suspended) * 1000;
  undo.add('remove its sockets', () => removeRunFiles(ctx, vmid));
  undo.add('end QEMU', () => endQemu(ctx, vmid));
  const limits = cpuLimits(values, platform.cgroup === 'v2' ? 2 : 1);
  const { argv } = run.built;
  const said = await launch(host, { vmid, argv, platform, limits, timeoutMs });
  for (const text of said) ctx.out.warn(text);
  for (const { started } of COMPANIONS) await started?.(ctx, run);
  const statePath = savedState === undefined ? undefined : volumePath(ctx, savedState);
  const { paused } = options;
  if (!host.dryRun) await afterLaunch(ctx, guest, { statePath, paused, timeoutMs, undo });
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
