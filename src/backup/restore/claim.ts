/** Taking possession of a guest's id for a restore, in a way that can be taken back. */
import type { Context } from '../../commands/define.js';
import { emptyGuestConfig } from '../../config/guest-config.js';
import { writeGuestConfig } from '../../config/guest-config-write.js';
import { PaveError } from '../../errors.js';
import { assertVmidFree, configPath, findGuest } from '../../guest/find.js';
import {
  checkLock,
  checkProtection,
  type Guest,
  isOn,
  loadGuest,
  lockHint,
  saveGuest,
} from '../../guest/load.js';
import { restoreBegun } from '../../guest/restore-mark.js';
import { addUnused } from '../../guest/unused.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { isBaseInUse } from '../../storage/index.js';
import type { UndoStack } from '../../task/undo.js';
import { RestoreMark } from './mark.js';
import { volumesOf } from './replace.js';

export interface Claim {
  /** The guest as it stands in its config file, with `lock: create`. */
  guest: Guest;
  /** What was there before, where a guest is replaced. */
  old: Guest | undefined;
  /** For who comes after us, should we be killed. */
  mark: RestoreMark;
  /** Writes a new volume into the config: should we be killed, it is not lost. */
  note(volid: string): void;
}

/** May the id be taken? Asked before anything is done, and once more with the lock held. */
export async function checkClaim(ctx: Context, vmid: number, force: boolean): Promise<void> {
  const found = findGuest(ctx.store, vmid);
  if (found === undefined) return;
  if (!force || found.kind !== 'qemu' || found.node !== ctx.store.node) {
    try {
      assertVmidFree(ctx.store, vmid);
    } catch (error) {
      const lock = /^lock: (\S+)$/m.exec(ctx.store.read(found.path) ?? '')?.[1];
      const hint =
        lock === 'create' && found.kind === 'qemu'
          ? lockHint('qemu', 'create', vmid, restoreBegun(ctx.host, vmid))
          : found.kind === 'qemu' && found.node === ctx.store.node
            ? '--force replaces it'
            : 'choose another id';
      throw new PaveError((error as Error).message, { hint });
    }
  }
  const { config } = loadGuest(ctx, 'qemu', vmid);
  checkProtection(config, `VM ${vmid}`);
  if (runningPid(ctx.host, vmid) !== undefined)
    throw new PaveError('vm is running', { hint: `qm stop ${vmid} first` });
  checkLock(config, false, vmid);
  if (!isOn(config.main.values.get('template'))) return;
  for (const volid of volumesOf(ctx, { ...found, config }).disks.values()) {
    if (await isBaseInUse(ctx, volid))
      throw new PaveError(`base volume '${volid}' is still in use by linked clones`);
  }
}

/** The caller holds the guest's lock. @throws PaveError where the id cannot be had */
export async function claimGuest(
  ctx: Context,
  vmid: number,
  force: boolean,
  archives: readonly string[],
  undo: UndoStack,
): Promise<Claim> {
  await checkClaim(ctx, vmid, force);
  const path = configPath('qemu', ctx.store.node, vmid);
  const replaces = ctx.store.exists(path);
  const old = replaces ? loadGuest(ctx, 'qemu', vmid) : undefined;
  const guest: Guest =
    old === undefined
      ? { vmid, kind: 'qemu', node: ctx.store.node, path, config: emptyGuestConfig('qemu') }
      : loadGuest(ctx, 'qemu', vmid);
  guest.config.main.values.set('lock', 'create');
  const text = writeGuestConfig(guest.config);
  const former = old?.config.text ?? null;
  const configs = former === null ? [text] : [former, text];
  const mark = RestoreMark.begin(ctx, vmid, { archives, former, volumes: [], configs });
  undo.add('forget that it began', () => mark.end());
  if (old === undefined) {
    // The first to write the file owns the id, on whichever node.
    ctx.store.write(path, text, { exclusive: true });
    undo.add('remove the config', () => void ctx.store.remove(path));
  } else {
    undo.add('put the config back', () => ctx.store.write(path, old.config.text));
    saveGuest(ctx, guest, guest.config);
  }
  return {
    guest,
    old,
    mark,
    note(volid) {
      mark.made(volid);
      addUnused(guest.config, volid);
      mark.writes(writeGuestConfig(guest.config));
      saveGuest(ctx, guest, guest.config);
    },
  };
}
