/** Pausing a VM, in memory or to disk, and going on. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import {
  checkLock,
  type Guest,
  isOn,
  loadGuest,
  saveGuest,
  withGuestLock,
} from '../../guest/load.js';
import { isVolumeUsed } from '../../guest/unused.js';
import { InterruptedError } from '../../host/errors.js';
import {
  allocVolume,
  freeVolume,
  listVolumes,
  loadStorages,
  parseVolid,
  parseVolume,
  volumePath,
} from '../../storage/index.js';
import { UndoStack } from '../../task/undo.js';
import { withQmp } from '../qmp/client.js';
import { attachedVolumes, cleanupRun } from './cleanup.js';
import { afterRun } from './leftover.js';
import { cancelSaving, runningMachine, STATE_KEYS, saveState } from './saved-state.js';
import { isHalfStarted } from './starting.js';
import { runFile, runningPid } from './state.js';
import { waitGone } from './stop.js';

function requireRunning(ctx: Context, vmid: number): void {
  if (runningPid(ctx.host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
}

/** Stops the CPUs; the memory stays. */
export async function pauseVm(ctx: Context, vmid: number, skiplock: boolean): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    if (guest.config.main.values.get('lock') !== 'backup') checkLock(guest.config, skiplock, vmid);
    requireRunning(ctx, vmid);
    // All the guest has under way on its disks comes to its end first.
    await withQmp(ctx.host, vmid, (qmp) => qmp.execute('stop'), { timeoutMs: 60_000 });
  });
}

/**
 * Saves the memory to a volume and ends QEMU; the next start goes on from there. Until the state is
 * whole the config says `lock: suspending`; a failure lets the guest run on and removes the volume.
 */
export async function suspendToDisk(
  ctx: Context,
  vmid: number,
  options: { skiplock: boolean; statestorage?: string | undefined },
): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    const { values } = guest.config.main;
    if (values.get('lock') === 'backup')
      throw new PaveError('cannot suspend to disk during backup');
    checkLock(guest.config, options.skiplock, vmid);
    requireRunning(ctx, vmid);
    refusePassedThrough(values);
    const undo = new UndoStack();
    try {
      await suspendLocked(ctx, guest, options.statestorage, undo);
    } catch (error) {
      await undo.run((text) => ctx.out.warn(text));
      throw error;
    }
    undo.done();
    await cleanupRun(ctx, vmid, guest.config);
  });
  await afterRun(ctx, vmid);
}

async function suspendLocked(
  ctx: Context,
  guest: Guest,
  wanted: string | undefined,
  undo: UndoStack,
): Promise<void> {
  const { host, out } = ctx;
  const { vmid, config } = guest;
  const { values } = config.main;
  const storeid = wanted ?? values.get('vmstatestorage') ?? stateStorage(ctx, values);
  const before = new Map(values);
  undo.add('restore the config', () => {
    for (const key of STATE_KEYS) before.delete(key);
    config.main.values = before;
    saveGuest(ctx, guest, config);
  });
  values.set('lock', 'suspending');
  saveGuest(ctx, guest, config);
  await dropStaleState(ctx, guest);
  const date = new Date(host.clock.now()).toISOString().slice(0, 10);
  const name = stateName(ctx, storeid, vmid, date);
  await dropUnnamedState(ctx, guest, storeid);
  const vmstate = await allocVolume(ctx, storeid, {
    vmid,
    format: 'raw',
    name,
    size: await stateSize(ctx, guest),
  });
  undo.add(`remove ${vmstate}`, () => freeVolume(ctx, vmstate));
  values.set('vmstate', vmstate);
  saveGuest(ctx, guest, config);
  await withQmp(host, vmid, async (qmp) => {
    const { status } = await qmp.execute<{ status: string }>('query-status');
    await qmp.execute('stop');
    if (status === 'running')
      undo.add('resume the guest', () =>
        withQmp(host, vmid, (again) => again.execute('cont')).then(() => {}),
      );
    const machine = await runningMachine(qmp);
    if (machine !== undefined) values.set('runningmachine', machine);
    await saveState(
      host,
      qmp,
      volumePath(ctx, vmstate),
      runFile(vmid, 'state-saved'),
      (done, total) => {
        // It may have come while QEMU was asked, when nothing but this looks.
        if (ctx.signal.aborted) throw new InterruptedError();
        out.progress({ done, total, text: 'saving the memory' });
      },
    );
    out.progressEnd();
    if (ctx.signal.aborted) throw new InterruptedError();
    out.line('State saved, quitting');
    // The point of no return: from here on the state is what the guest is.
    values.set('lock', 'suspended');
    saveGuest(ctx, guest, config);
    undo.done();
    await qmp.execute('quit').catch((error) => out.warn(messageOf(error)));
  });
  if (!host.dryRun && !(await waitGone(ctx, vmid, 30))) {
    const pid = runningPid(host, vmid);
    if (pid !== undefined) host.processes.kill(pid, 'SIGKILL');
  }
}

/** What a suspend that was cut short left: the guest has run since, so that memory is of no use. */
async function dropStaleState(ctx: Context, guest: Guest): Promise<void> {
  const { values } = guest.config.main;
  const volid = values.get('vmstate');
  if (volid === undefined) return;
  ctx.out.line(`removing the state '${volid}' of an earlier suspend`);
  await freeVolume(ctx, volid);
  for (const key of STATE_KEYS) values.delete(key);
  saveGuest(ctx, guest, guest.config);
}

/** The volume of a suspend that was killed before it could write its name down. */
async function dropUnnamedState(
  ctx: Context,
  { vmid, config }: Guest,
  storeid: string,
): Promise<void> {
  // Of whatever day.
  const pattern = new RegExp(`^vm-${vmid}-state-suspend-\\d{4}-\\d\\d-\\d\\d(\\.raw)?$`);
  for (const { volid } of await listVolumes(ctx, storeid, { vmid, content: ['images'] })) {
    if (!pattern.test(parseVolume(ctx, volid).name) || isVolumeUsed(config, volid)) continue;
    ctx.out.line(`removing the state '${volid}' of an earlier suspend`);
    await freeVolume(ctx, volid);
  }
}

/** State cannot hold what a device of the host knows. */
function refusePassedThrough(values: ReadonlyMap<string, string>): void {
  const keys = [...values.keys()].filter(
    (key) => /^(hostpci|usb|virtiofs)\d+$/.test(key) && !/spice/i.test(values.get(key)!),
  );
  if (keys.length > 0)
    throw new PaveError(`cannot save the state of devices of the host: ${keys.join(', ')}`);
}

/** A shared storage the guest uses already, else any it uses, else local. Source: find_vmstate_storage. */
function stateStorage(ctx: Context, values: ReadonlyMap<string, string>): string {
  const storages = loadStorages(ctx);
  const used = attachedVolumes(values).map((volid) => parseVolid(volid).storeid);
  const known = used.filter((storeid) => storages.has(storeid));
  return known.find((storeid) => storages.get(storeid)!.shared) ?? known[0] ?? 'local';
}

function stateName(ctx: Context, storeid: string, vmid: number, date: string): string {
  const name = `vm-${vmid}-state-suspend-${date}`;
  return loadStorages(ctx).get(storeid)?.values.has('path') || storeid === 'local'
    ? `${name}.raw`
    : name;
}

/** Twice the memory and 500 MiB, as the original; the volume is sparse. */
async function stateSize(ctx: Context, guest: Guest): Promise<number> {
  void ctx;
  const memory = Number(/\d+/.exec(guest.config.main.values.get('memory') ?? '')?.[0] ?? 512);
  return (memory * 2 + 500) * 1024 ** 2;
}

/** Lets a paused VM run on. */
export async function resumeVm(ctx: Context, vmid: number, skiplock: boolean): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    if (isOn(guest.config.main.values.get('template')))
      throw new PaveError(`VM ${vmid} is a template and cannot be resumed!`);
    requireRunning(ctx, vmid);
    if (isHalfStarted(ctx.host, vmid))
      throw new PaveError(`the start of VM ${vmid} was interrupted`, {
        hint: `qm start ${vmid} goes on with it`,
      });
    const lock = guest.config.main.values.get('lock');
    // Its disks must not change any more under the memory that was saved.
    if (lock !== 'backup') checkLock(guest.config, skiplock && lock !== 'suspended', vmid);
    await withQmp(ctx.host, vmid, async (qmp) => {
      const { status } = await qmp.execute<{ status: string }>(
        'query-status',
        {},
        { timeoutMs: 60_000 },
      );
      if (status === 'running') return;
      // A suspend that was cut short may still be saving.
      if (guest.config.main.values.has('vmstate')) await cancelSaving(ctx.host, qmp);
      if (status === 'shutdown') await qmp.execute('system_reset');
      await qmp.execute(
        status === 'suspended' ? 'system_wakeup' : 'cont',
        {},
        { timeoutMs: 60_000 },
      );
    });
    if (!guest.config.main.values.has('lock')) await dropStaleState(ctx, guest);
  });
}
