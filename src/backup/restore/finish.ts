/** The last steps of a restore, when all of it is there and the config is the new one. */
import type { Context } from '../../commands/define.js';
import { withPoolMember } from '../../config/user-pools.js';
import { messageOf } from '../../errors.js';
import { type Guest, isOn, saveGuest } from '../../guest/load.js';
import {
  isCdrom,
  isDriveKey,
  managedVolume,
  parseDrive,
  printDrive,
} from '../../qemu/drive/index.js';
import { createBaseVolume, parseVolume } from '../../storage/index.js';
import type { UndoStack } from '../../task/undo.js';
import type { RestoreMark } from './mark.js';

/** Makes base images of a template's disks, and takes the lock away; may be done again. */
export async function finishRestored(ctx: Context, guest: Guest): Promise<void> {
  const { values } = guest.config.main;
  if (isOn(values.get('template'))) await makeBases(ctx, guest);
  values.delete('lock');
  saveGuest(ctx, guest, guest.config);
}

async function makeBases(ctx: Context, guest: Guest): Promise<void> {
  const { values } = guest.config.main;
  for (const [key, line] of [...values]) {
    if (!isDriveKey(key)) continue;
    const drive = parseDrive(key, line);
    const volid = isCdrom(drive) ? undefined : managedVolume(drive);
    if (volid === undefined) continue;
    try {
      if (parseVolume(ctx, volid).isBase) continue;
      drive.file = await createBaseVolume(ctx, volid);
      values.set(key, printDrive(drive));
      saveGuest(ctx, guest, guest.config);
    } catch (error) {
      ctx.out.warn(`could not make a base image of '${volid}': ${messageOf(error)}`);
    }
  }
}

/** The firewall rules kept in the archive. */
export function writeFirewall(
  ctx: Context,
  vmid: number,
  configs: readonly { name: string; data: Buffer }[],
  mark: RestoreMark,
  undo: UndoStack,
): void {
  const rules = configs.find(({ name }) => name === 'qemu-server.fw')?.data.toString('utf8');
  if (rules === undefined) return;
  const path = `firewall/${vmid}.fw`;
  const before = ctx.store.read(path);
  mark.set({ firewall: before ?? null });
  undo.add('put the firewall rules back', () => {
    if (before === undefined) ctx.store.remove(path);
    else ctx.store.write(path, before);
  });
  ctx.store.write(path, rules);
}

export async function addToPool(ctx: Context, pool: string, vmid: number): Promise<void> {
  await ctx.store.update('user.cfg', (text) => withPoolMember(text, pool, vmid));
}
