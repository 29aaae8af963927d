/** Changing a VM's config. Source of the rules: update_vm_api of the original. */
import type { Context } from '../../commands/define.js';
import type { GuestConfig } from '../../config/types.js';
import { ParamError, PaveError } from '../../errors.js';
import { assertDigest, type Guest, loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import {
  addPendingDelete,
  cleanupPending,
  revertPending,
  setPending,
} from '../../guest/pending.js';
import { freeOwned, isSameInUse } from '../../guest/release.js';
import { addUnused, isVolumeAttached, isVolumeUsed } from '../../guest/unused.js';
import { InterruptedError } from '../../host/errors.js';
import { splitList } from '../../schema/lists.js';
import { UndoStack } from '../../task/undo.js';
import { bootOrderList, printBootOrder } from '../boot.js';
import { storedPassword } from '../cloudinit/secrets.js';
import { createDisks } from '../disks/create.js';
import { isCdrom, isCloudInit, isDriveKey, managedVolume, parseDrive } from '../drive/index.js';
import { applyLive } from '../live/index.js';
import { isVmKey } from '../options/index.js';
import { applyPending } from '../pending.js';
import { runningPid } from '../runtime/state.js';
import { checkBalloon, checkBootOrder, checkGuest, checkUnused } from './change-checks.js';
import { macPrefix } from './create.js';
import { checkParameters, configValues } from './parameters.js';
import { pinWindows } from './pin.js';
import { checkTpmVersion, renewCertificates } from './state-drives.js';

export interface Change {
  values: Map<string, string>;
  deletes: string[];
  reverts: string[];
  digest: string | undefined;
  skiplock: boolean;
  /** Remove the volumes of deleted drives. */
  force: boolean;
}

/** From the command's input. @throws ParamError for keys that contradict each other or do not exist */
export function changeOf(input: Readonly<Record<string, unknown>>): Change {
  const values = configValues(input);
  const errors: Record<string, string> = {};
  const names = (text: unknown) =>
    splitList(String(text ?? '')).map((key) => (key === 'cdrom' ? 'ide2' : key));
  const deletes = names(input.delete);
  const reverts = names(input.revert);
  const add = (option: string, reason: string) => {
    errors[option] = errors[option] === undefined ? reason : `${errors[option]}, ${reason}`;
  };
  for (const key of new Set(deletes)) {
    if (!isVmKey(key)) add('delete', `unknown option '${key}'`);
    else if (values.has(key))
      add('delete', `you can't use '-${key}' and -delete ${key}' at the same time`);
    else if (reverts.includes(key))
      add('revert', `you can't use '-delete ${key}' and -revert ${key}' at the same time`);
  }
  for (const key of new Set(reverts)) {
    if (!isVmKey(key)) add('revert', `unknown option '${key}'`);
    else if (values.has(key))
      add('revert', `you can't use '-${key}' and -revert ${key}' at the same time`);
  }
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
  return {
    values,
    deletes,
    reverts,
    digest: input.digest as string | undefined,
    skiplock: input.skiplock === true,
    force: input.force === true,
  };
}

/**
 * Makes a change: written to the pending section and applied as far as it may be, in one write of
 * the file. Volumes are made before, and removed after it; a failure before the write undoes them.
 */
export async function changeVm(
  ctx: Context,
  vmid: number,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const change = changeOf(input);
  if (change.values.size + change.deletes.length + change.reverts.length === 0)
    throw new PaveError('no options specified');
  checkParameters(ctx, change.values, { macPrefix: macPrefix(ctx) });
  await withGuestLock(ctx, 'qemu', vmid, async () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    await assertDigest(guest.config, change.digest);
    checkGuest(guest, change);
    checkBalloon(guest, change);
    await checkUnused(ctx, guest.config, change);
    const password = change.values.get('cipassword');
    if (password !== undefined) {
      const ostype = change.values.get('ostype') ?? guest.config.main.values.get('ostype');
      change.values.set('cipassword', await storedPassword(ctx.host, password, ostype));
    }
    ctx.out.line(`update VM ${vmid}: ${shown(input)}`);
    const undo = new UndoStack();
    const pid = runningPid(ctx.host, vmid);
    let free: string[];
    try {
      free = await takeChange(ctx, guest, change, undo, noteUnused(ctx, guest, undo));
      if (ctx.signal.aborted) throw new InterruptedError();
      if (pid === undefined) free.push(...applyPending(guest.config, { running: false }).free);
      saveGuest(ctx, guest, guest.config);
    } catch (error) {
      await undo.run((text) => ctx.out.warn(text));
      throw error;
    }
    undo.done();
    const errors =
      pid === undefined ? {} : await changeRunning(ctx, guest, pid, keysOf(change), free);
    const left = await freeOwned(ctx, guest, free);
    const { renewCloudInit } = await import('../cloudinit/update.js');
    await renewCloudInit(ctx, guest, change.values);
    if (Object.keys(errors).length > 0) throw new ParamError(errors);
    if (left.length > 0) throw new PaveError(`could not remove ${left.join(', ')}`);
  });
}

function keysOf({ values, deletes, reverts }: Change): Set<string> {
  return new Set([...values.keys(), ...deletes, ...reverts]);
}

/**
 * What is written down as pending is made on the running guest as far as it can be, and written
 * down as made; adds to `free`, and gives what the guest did not take, and why.
 */
async function changeRunning(
  ctx: Context,
  guest: Guest,
  pid: number,
  keys: ReadonlySet<string>,
  free: string[],
): Promise<Record<string, string>> {
  const live = await applyLive(ctx, guest, pid, keys);
  const applied = applyPending(guest.config, { running: true, live: live.applied });
  free.push(...applied.free);
  if (applied.changed) saveGuest(ctx, guest, guest.config);
  return live.errors;
}

/**
 * Writes a new volume down as unused before it is filled and attached: should we be killed, the
 * guest still has it. Undoing puts the file back as it was, after the volume is gone.
 */
function noteUnused(ctx: Context, guest: Guest, undo: UndoStack): (volid: string) => void {
  if (ctx.host.dryRun) return () => {};
  const { config } = loadGuest(ctx, 'qemu', guest.vmid);
  let noted = false;
  undo.add('put the config back', () => {
    if (noted) ctx.store.write(guest.path, guest.config.text);
  });
  return (volid) => {
    noted = true;
    addUnused(config, volid);
    saveGuest(ctx, guest, config);
  };
}

/** What the original prints, with secrets masked. */
function shown(input: Readonly<Record<string, unknown>>): string {
  return Object.keys(input)
    .filter((key) => key !== 'vmid' && input[key] !== undefined && key !== 'digest')
    .sort()
    .map(
      (key) =>
        `-${key} ${key === 'cipassword' ? '<hidden>' : input[key] === true ? '1' : input[key] === false ? '0' : input[key]}`,
    )
    .join(' ');
}

/** Makes the volumes and puts the change into the config's pending section; gives the volumes to remove. */
async function takeChange(
  ctx: Context,
  guest: Guest,
  change: Change,
  undo: UndoStack,
  onVolume: (volid: string) => void,
): Promise<string[]> {
  const { config, vmid } = guest;
  const free: string[] = [];
  revert(config, change.reverts, free);
  // One that cannot be read must not keep anybody from mending it.
  const mended = change.values.has('boot') || change.deletes.includes('boot');
  const order = mended ? undefined : bootOrderList(config.main.values);
  for (const key of change.deletes) removeKey(ctx, config, key, change, order, free);
  const drives = new Map([...change.values].filter(([key]) => isDriveKey(key)));
  checkTpmVersion(config, drives);
  await renewCertificates(ctx, guest, drives);
  const future = new Map([...config.main.values, ...config.pending.values, ...change.values]);
  const present = [config.main.values, config.pending.values].map(
    (section) => new Map([...section].filter(([key]) => !change.deletes.includes(key))),
  );
  await createDisks(ctx, {
    vmid,
    values: drives,
    config: future,
    present,
    undo,
    check: () => {
      if (ctx.signal.aborted) throw new InterruptedError();
    },
    onAllocated: (_key, _value, volid) => onVolume(volid),
  });
  for (const [key, value] of change.values) {
    const final = drives.get(key) ?? value;
    keepReplacedPending(config, key, free);
    if (key === 'boot') checkBootOrder(config, change, final);
    if (
      order !== undefined &&
      isDriveKey(key) &&
      isCdrom(parseDrive(key, final), true) &&
      !order.includes(key) &&
      !change.values.has('boot')
    ) {
      order.push(key);
      setPending(config, 'boot', printBootOrder(order));
    }
    setPending(config, key, final);
  }
  await pinWindows(ctx, config, change);
  cleanupPending(config);
  return free;
}

function revert(config: GuestConfig, keys: readonly string[], free: string[]): void {
  for (const key of keys) {
    keepReplacedPending(config, key, free);
    revertPending(config, key);
  }
}

/** A disk that only a pending change knew is not forgotten when that change is. */
function keepReplacedPending(config: GuestConfig, key: string, free: string[]): void {
  const text = config.pending.values.get(key);
  if (text === undefined || !isDriveKey(key)) return;
  config.pending.values.delete(key);
  const drive = parseDrive(key, text);
  const volid = managedVolume(drive);
  if (volid === undefined || isVolumeAttached(config, volid)) return;
  if (!isCloudInit(drive)) {
    if (!isCdrom(drive)) addUnused(config, volid);
  } else if (!isVolumeUsed(config, volid)) free.push(volid);
}

function removeKey(
  ctx: Context,
  config: GuestConfig,
  key: string,
  change: Change,
  order: string[] | undefined,
  free: string[],
): void {
  const { values } = config.main;
  const present = key === 'description' ? config.main.description : values.get(key);
  if (present === undefined && !config.pending.values.has(key)) {
    ctx.out.warn(`cannot delete '${key}' - not set in current configuration!`);
    return;
  }
  if (order?.includes(key)) {
    order.splice(order.indexOf(key), 1);
    setPending(config, 'boot', printBootOrder(order));
  }
  if (/^unused\d+$/.test(key) || key === 'vmstate') {
    const volid = key === 'vmstate' ? present! : parseDrive(key, present!).file;
    if (isVolumeUsed(config, volid, key) || isSameInUse(ctx, config, volid, key))
      throw new PaveError(`unable to delete '${volid}' - volume is still in use (snapshot?)`);
    values.delete(key);
    free.push(volid);
    if (key === 'vmstate')
      for (const other of ['lock', 'runningmachine', 'runningcpu', 'running-nets-host-mtu'])
        values.delete(other);
    return;
  }
  keepReplacedPending(config, key, free);
  revertPending(config, key);
  if (present !== undefined) addPendingDelete(config, key, change.force);
}
