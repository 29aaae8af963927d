/** The proof of a backup: it is restored to a free id, starts without network, and comes up. */
import type { Context } from '../commands/define.js';
import type { GuestConfig } from '../config/types.js';
import { messageOf, PaveError } from '../errors.js';
import { findGuest } from '../guest/find.js';
import { loadGuest, saveGuest, withGuestLock } from '../guest/load.js';
import { InterruptedError } from '../host/errors.js';
import { agentAnswers, agentEnabled } from '../qemu/agent.js';
import { destroyVm } from '../qemu/config/destroy.js';
import { isDriveKey, parseDrive } from '../qemu/drive/index.js';
import { startVm } from '../qemu/runtime/start.js';
import { runFile, runningPid } from '../qemu/runtime/state.js';
import { stopVm } from '../qemu/runtime/stop.js';
import { restoreVm } from './restore/vm.js';
import { now, type Verdict } from './verify.js';

export interface RestoreTestOptions {
  /** Instead of the storages of the backup. */
  storage: string | undefined;
  /** How long it may take to come up. */
  timeoutS: number;
  /** What its serial port shows then. */
  serialText: string | undefined;
}

/** Ids for scratch machines: those that people give come first. */
const FIRST_ID = 9_000_000;
const LOGIN = /login:\s*$/m;
const POLL_MS = 500;
/** Keys that reach out of the machine, or wait for somebody. */
const LEFT_OUT =
  /^(?:net|hostpci|usb|virtiofs|parallel|unused)\d+$|^(?:args|freeze|hookscript|hostpci|ivshmem|onboot|protection|startup|tags|template|lock)$/;

/** Never throws for a backup that does not come up. @throws InterruptedError */
export async function restoreTest(
  ctx: Context,
  path: string,
  options: RestoreTestOptions,
): Promise<Verdict> {
  const what = 'restore-test';
  const vmid = freeId(ctx);
  try {
    await restoreVm(ctx, { archive: path, vmid, storage: options.storage, unique: true });
    try {
      await isolate(ctx, vmid, path);
      await startVm(ctx, vmid);
      await isUp(ctx, vmid, options);
    } finally {
      await remove(ctx, vmid);
    }
    return { state: 'ok', time: now(ctx), what };
  } catch (error) {
    if (ctx.signal.aborted) throw new InterruptedError();
    return { state: 'failed', time: now(ctx), what, error: messageOf(error) };
  }
}

function freeId(ctx: Context): number {
  for (let vmid = FIRST_ID; ; vmid++) if (findGuest(ctx.store, vmid) === undefined) return vmid;
}

async function isolate(ctx: Context, vmid: number, path: string): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    alone(guest.config);
    guest.config.main.values.set('name', 'restore-test');
    guest.config.main.description = `Test of ${path}; removed when it is over.`;
    saveGuest(ctx, guest, guest.config);
  });
}

/** Nothing of the config reaches out of the machine any more, and its first serial port can be read. */
export function alone(config: GuestConfig): void {
  const { values } = config.main;
  for (const [key, value] of [...values]) {
    if (LEFT_OUT.test(key)) values.delete(key);
    else if (isDriveKey(key) && parseDrive(key, value).media === 'cdrom')
      values.set(key, 'none,media=cdrom');
  }
  values.set('serial0', 'socket');
}

/** @throws PaveError when it is not up in time, or ends */
async function isUp(ctx: Context, vmid: number, options: RestoreTestOptions): Promise<void> {
  const { host } = ctx;
  const { values } = loadGuest(ctx, 'qemu', vmid).config.main;
  const serial = await host.net.connectUnix(runFile(vmid, 'serial0'));
  let shown = '';
  serial.onData((chunk) => {
    shown = (shown + chunk.toString('latin1')).slice(-65536);
  });
  try {
    const end = host.clock.monotonic() + options.timeoutS * 1000;
    while (host.clock.monotonic() < end) {
      if (ctx.signal.aborted) throw new InterruptedError();
      if (runningPid(host, vmid) === undefined)
        throw new PaveError('the machine ended before it was up');
      const text = options.serialText;
      if (text !== undefined ? shown.includes(text) : LOGIN.test(shown)) return;
      if (text === undefined && agentEnabled(values)) {
        const agent = await agentAnswers(host, vmid, values);
        agent?.disconnect();
        if (agent !== undefined) return;
      }
      await host.clock.sleep(POLL_MS, ctx.signal).catch(() => {});
    }
  } finally {
    serial.destroy();
  }
  const last = shown.trim().split('\n').at(-1)?.trim() ?? '';
  throw new PaveError(
    `the machine was not up within ${options.timeoutS} s${last === '' ? '' : `; its serial port shows: ${last}`}`,
  );
}

async function remove(ctx: Context, vmid: number): Promise<void> {
  await stopVm(ctx, vmid, { force: true, skiplock: true, undoing: true });
  await destroyVm(ctx, vmid, { skiplock: true, purge: true, unreferenced: false });
}
