/**
 * What is left to do when QEMU is there: what only a running QEMU can be told, and the CPUs. Where
 * there is any, the CPUs wait for it, so that no guest ever sees a cable plugged in that should not
 * be. A start that is killed meanwhile leaves a mark, and the next one goes on from there.
 */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import { runHookscript } from '../../guest/hookscript.js';
import { type Guest, saveGuest } from '../../guest/load.js';
import { probePlatform } from '../../host/platform.js';
import type { UndoStack } from '../../task/undo.js';
import { gatherCommandInput } from '../command/gather.js';
import { buildCommand } from '../command/index.js';
import { Qmp } from '../qmp/client.js';
import { COMPANIONS } from './companions.js';
import { STATE_KEYS, waitLoaded } from './saved-state.js';
import { unmarkStarting } from './starting.js';
import { nicsOf } from './tap.js';

type Values = ReadonlyMap<string, string>;

function unplugged(vmid: number, values: Values): string[] {
  return nicsOf(vmid, values)
    .filter(({ net }) => String(net.link_down ?? 0) === '1')
    .map(({ index }) => `net${index}`);
}

/** Is there something to be told before the CPUs run? */
export function waitsForUs(vmid: number, values: Values): boolean {
  return Number(values.get('balloon') ?? 0) > 0 || unplugged(vmid, values).length > 0;
}

export interface AfterLaunch {
  /** Path of the saved memory it goes on with. */
  statePath?: string | undefined;
  /** The CPUs wait for somebody else. */
  paused?: boolean | undefined;
  timeoutMs: number;
  undo?: UndoStack;
}

/** Waits for QMP, loads a saved state, tells QEMU what it is to know, lets the CPUs run. */
export async function afterLaunch(ctx: Context, guest: Guest, options: AfterLaunch): Promise<void> {
  const { vmid, config } = guest;
  const { values } = config.main;
  const { statePath, timeoutMs } = options;
  const qmp = await Qmp.connect(ctx.host, vmid, { timeoutMs: Math.max(timeoutMs, 10_000) });
  try {
    if (statePath !== undefined) await waitLoaded(ctx.host, qmp, statePath, timeoutMs);
    const balloon = Number(values.get('balloon') ?? 0);
    if (statePath === undefined && balloon > 0)
      await qmp.execute('balloon', { value: balloon * 1024 ** 2 });
    for (const name of unplugged(vmid, values)) await qmp.execute('set_link', { name, up: false });
    if (statePath !== undefined) forgetState(ctx, guest, options.undo);
    else if (options.paused || values.get('freeze') === '1' || !(await waits(qmp))) return;
    await qmp.execute('cont', {}, { timeoutMs: 60_000 });
  } finally {
    qmp.disconnect();
  }
}

/** Its CPUs have not run yet. */
async function waits(qmp: Qmp): Promise<boolean> {
  const { status } = await qmp.execute<{ status: string }>('query-status');
  return status === 'prelaunch' || status === 'paused';
}

/**
 * Before the CPUs run: from then on the disks change, and loading that memory again would destroy
 * them. Should the start fail, the config is put back with the state.
 */
function forgetState(ctx: Context, guest: Guest, undo: UndoStack | undefined): void {
  const { values } = guest.config.main;
  const before = new Map(values);
  for (const key of ['lock', ...STATE_KEYS]) values.delete(key);
  undo?.add('put the saved state back', () => {
    guest.config.main.values = before;
    saveGuest(ctx, guest, guest.config);
  });
  saveGuest(ctx, guest, guest.config);
}

/** Does what a start that was killed did not come to. The caller holds the guest's lock. */
export async function finishStart(ctx: Context, guest: Guest): Promise<void> {
  const { vmid, config } = guest;
  const { values } = config.main;
  ctx.out.line('going on with a start that was interrupted');
  try {
    const platform = await probePlatform(ctx.host, { kvm: values.get('kvm') !== '0' });
    const input = await gatherCommandInput(ctx, vmid, values, platform);
    const run = { vmid, config, values, platform, input, built: buildCommand(input) };
    for (const { started } of COMPANIONS) await started?.(ctx, run);
  } catch (error) {
    ctx.out.warn(messageOf(error));
  }
  if (!ctx.host.dryRun) await afterLaunch(ctx, guest, { timeoutMs: 30_000 });
  await endStart(ctx, guest);
}

/** The last of a start: the hook script learns of it. */
export async function endStart(ctx: Context, { vmid, config }: Guest): Promise<void> {
  try {
    await runHookscript(ctx, config, vmid, 'post-start');
  } finally {
    unmarkStarting(ctx.host, vmid);
  }
}
