/** Locks that no process can hold any more when the host has just booted. Source: startall of the original. */
import { scanGuestConfig } from '../config/guest-scan.js';
import { messageOf } from '../errors.js';
import { listGuests } from './find.js';
import { type GuestContext, loadGuest, saveGuest, withGuestLock } from './load.js';

/** A backup that is running holds this, and then nothing is taken away. */
const BACKUP_LOCK = '/var/run/vzdump.lock';

/** Takes `lock: backup` from the guests of this node, told one by one. */
export async function removeBackupLocks(ctx: GuestContext): Promise<void> {
  const locked = listGuests(ctx.store, { node: ctx.store.node }).filter(
    ({ path }) => scanGuestConfig(ctx.store.read(path) ?? '', ['lock']).get('lock') === 'backup',
  );
  if (locked.length === 0) return;
  try {
    const lock = await ctx.host.lock(BACKUP_LOCK, { timeoutS: 10 });
    try {
      for (const { kind, vmid } of locked) {
        await withGuestLock(ctx, kind, vmid, () => {
          const guest = loadGuest(ctx, kind, vmid);
          if (guest.config.main.values.get('lock') !== 'backup') return;
          guest.config.main.values.delete('lock');
          saveGuest(ctx, guest, guest.config);
          ctx.out.warn(`removed left over backup lock from '${vmid}'!`);
        });
      }
    } finally {
      lock.release();
    }
  } catch (error) {
    ctx.out.warn(messageOf(error));
  }
}
