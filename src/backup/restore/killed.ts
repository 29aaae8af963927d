/** What becomes of a restore that was killed: it is taken back, or what was left to do is done. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { configPath } from '../../guest/find.js';
import { loadGuest, saveGuest } from '../../guest/load.js';
import { ownsVolume } from '../../guest/release.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { freeVolume, volumePath } from '../../storage/index.js';
import { RestoreMark } from './mark.js';

/** How a live restore goes on, as a person types it. */
export function resumeCommand(vmid: number, archive: string): string {
  return `qmrestore ${archive} ${vmid} --live-restore 1`;
}

/**
 * The restore of this id that was killed, if there is one whose guest is still as it left it. The
 * caller holds the guest's lock.
 */
export function killedRestore(ctx: Context, vmid: number): RestoreMark | undefined {
  const mark = RestoreMark.find(ctx, vmid);
  if (mark === undefined) return undefined;
  const text = ctx.store.read(configPath('qemu', ctx.store.node, vmid));
  const { configs, complete, live } = mark.state;
  const locked = text !== undefined && /^lock: create$/m.test(text);
  if (text !== undefined && (configs.includes(text) || (locked && (complete || live)))) return mark;
  // Its config is not ours any more: somebody has gone on without us.
  for (const { overlay } of live ?? []) if (overlay !== undefined) ctx.host.files.unlink(overlay);
  mark.end();
  return undefined;
}

/**
 * Takes back what a killed restore of this id did, or ends it where all was restored already; does
 * nothing where there was none. The caller holds the guest's lock.
 * @throws PaveError where a machine would lose what it has written since it was started
 */
export async function settleKilled(ctx: Context, vmid: number): Promise<void> {
  const mark = killedRestore(ctx, vmid);
  if (mark === undefined) return;
  const { configs, live, archives } = mark.state;
  const complete = isComplete(mark);
  const text = ctx.store.read(configPath('qemu', ctx.store.node, vmid))!;
  if (complete && (live !== undefined || !configs.slice(0, 1).includes(text))) {
    const { finishRestored } = await import('./finish.js');
    ctx.out.info(`VM ${vmid}: ending a restore that was cut short when all was there`);
    await finishRestored(ctx, loadGuest(ctx, 'qemu', vmid));
    mark.end();
    return;
  }
  if (live !== undefined && runningPid(ctx.host, vmid) !== undefined)
    throw new PaveError(`VM ${vmid} runs, and is restored only in part`, {
      hint: `this goes on: ${resumeCommand(vmid, archives[0]!)}; to give it up, stop it first: qm stop ${vmid} --skiplock 1`,
    });
  await takeBack(ctx, vmid, mark);
}

/** Nothing is missing in its disks. */
export function isComplete({ state }: RestoreMark): boolean {
  return state.complete === true || state.live?.length === 0;
}

async function takeBack(ctx: Context, vmid: number, mark: RestoreMark): Promise<void> {
  const { former, volumes, firewall, live = [] } = mark.state;
  ctx.out.info(`VM ${vmid}: taking back a restore that was cut short`);
  for (const volid of [...volumes].reverse()) {
    if (!ownsVolume(ctx, vmid, volid) || former?.includes(volid)) continue;
    try {
      await freeVolume(ctx, volid);
    } catch (error) {
      if (ctx.host.files.exists(volumePath(ctx, volid))) throw error;
      // Gone before: we were killed in the middle of this.
      ctx.out.info(`${volid}: ${messageOf(error)}`);
    }
  }
  for (const { overlay } of live) if (overlay !== undefined) ctx.host.files.unlink(overlay);
  const rules = `firewall/${vmid}.fw`;
  if (typeof firewall === 'string') ctx.store.write(rules, firewall);
  else if (firewall === null) ctx.store.remove(rules);
  const path = configPath('qemu', ctx.store.node, vmid);
  if (former === null) ctx.store.remove(path);
  else ctx.store.write(path, former);
  mark.end();
}

/** `qm unlock`: also the way out of a restore that was killed. */
export async function unlockVm(ctx: Context, vmid: number): Promise<void> {
  await settleKilled(ctx, vmid);
  if (!ctx.store.exists(configPath('qemu', ctx.store.node, vmid))) return;
  const guest = loadGuest(ctx, 'qemu', vmid);
  if (guest.config.main.values.delete('lock')) saveGuest(ctx, guest, guest.config);
}
