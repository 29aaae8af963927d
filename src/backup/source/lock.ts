/**
 * `lock: backup` in a VM's config while its disks are read. Beside it this process holds a flock and
 * leaves a marker, so that a lock that a killed run of ours left is told from one that somebody else
 * holds: the original's tools, or a person.
 */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { checkLock, loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import { lockIfFree } from '../../host/try-lock.js';

const LOCKS = '/run/lock/pave';
/** Survives a power cut, as the config's lock does. */
const MARKERS = '/var/lib/pave/backup';

const lockPath = (vmid: number) => `${LOCKS}/backup-${vmid}.lck`;
const markerPath = (vmid: number) => `${MARKERS}/${vmid}.running`;

/** Longer than a person waits for whoever changes the guest: without it a backup would be lost. */
const GUEST_LOCK_S = 60;

export interface BackupLock {
  /** Takes the lock out of the config. */
  release(): Promise<void>;
}

/**
 * Sets `lock: backup`; clears first what a killed run left of it. @throws PaveError when the VM is
 * locked otherwise, or backed up by another process right now
 */
export async function takeBackupLock(ctx: Context, vmid: number): Promise<BackupLock> {
  const { host } = ctx;
  const marker = markerPath(vmid);
  const flock = await host.lock(lockPath(vmid), { timeoutS: 0 }).catch((error) => {
    throw new PaveError(`VM ${vmid} is being backed up by another process`, { cause: error });
  });
  try {
    const killed = host.files.exists(marker);
    const change = () => {
      const guest = loadGuest(ctx, 'qemu', vmid);
      const { values } = guest.config.main;
      // Nobody of ours is at work, and the last of ours did not come to its end.
      if (values.get('lock') === 'backup' && killed) {
        ctx.out.warn(`VM ${vmid}: removing the lock that a killed backup left`);
        values.delete('lock');
      }
      checkLock(guest.config, undefined, vmid);
      host.files.mkdir(MARKERS);
      host.files.write(marker, `${host.processes.self}\n`, { mode: 0o600 });
      values.set('lock', 'backup');
      saveGuest(ctx, guest, guest.config);
    };
    await withGuestLock(ctx, 'qemu', vmid, change, { timeoutS: GUEST_LOCK_S });
    if (killed) await clearLeftovers(ctx, vmid);
  } catch (error) {
    flock.release();
    throw error;
  }
  return {
    async release() {
      try {
        await unlock(ctx, vmid);
      } finally {
        flock.release();
      }
    },
  };
}

/**
 * What a killed run left of its lock, kept from others until `letGo`; undefined where the run is at
 * work. `release` takes away what is in its QEMU, and the lock out of the config.
 */
export async function adoptKilled(
  ctx: Context,
  vmid: number,
): Promise<{ release(): Promise<void>; letGo(): void } | undefined> {
  const flock = await lockIfFree(ctx.host, lockPath(vmid));
  if (flock === undefined) return undefined;
  return {
    async release() {
      await clearLeftovers(ctx, vmid);
      await unlock(ctx, vmid);
    },
    letGo: () => flock.release(),
  };
}

async function unlock(ctx: Context, vmid: number): Promise<void> {
  const change = () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    if (guest.config.main.values.get('lock') === 'backup') {
      guest.config.main.values.delete('lock');
      saveGuest(ctx, guest, guest.config);
    }
    ctx.host.files.unlink(markerPath(vmid));
  };
  await withGuestLock(ctx, 'qemu', vmid, change, { timeoutS: GUEST_LOCK_S });
}

/** What a killed backup left in the guest's QEMU, and its fleecing images. */
async function clearLeftovers(ctx: Context, vmid: number): Promise<void> {
  const [{ tidy }, { clearFleecing }] = await Promise.all([
    import('./live.js'),
    import('./fleecing.js'),
  ]);
  try {
    if (!ctx.host.dryRun) await tidy(ctx.host, vmid);
    await clearFleecing(ctx, vmid, { info: ctx.out.info, warn: ctx.out.warn });
  } catch (error) {
    ctx.out.warn(`VM ${vmid}: what a killed backup left cannot be removed: ${messageOf(error)}`);
  }
}
