/** Devices of a running QEMU: what is there, plugging and unplugging. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { probePlatform } from '../../host/platform.js';
import { bridgeDevice } from '../command/chipset.js';
import { Draft } from '../command/draft.js';
import { gatherCommandInput } from '../command/gather.js';
import { type Qmp, QmpError, withQmp } from '../qmp/client.js';
import { runningMachine } from '../runtime/saved-state.js';
import type { LiveChange } from './index.js';
import { unplugDevice } from './unplug.js';

/** A running guest that is being changed. */
export interface Running {
  ctx: Context;
  qmp: Qmp;
  vmid: number;
  /** The command line it would have with the change, on the machine it runs on. */
  draft: Draft;
}

/** Connects for one change; `values`: the config whose devices are to be made. */
export async function onRunning<T>(
  ctx: Context,
  { vmid }: Pick<LiveChange, 'vmid'>,
  values: ReadonlyMap<string, string>,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const platform = await probePlatform(ctx.host);
  return await withQmp(ctx.host, vmid, async (qmp) => {
    const machine = await runningMachine(qmp);
    const input = await gatherCommandInput(ctx, vmid, values, platform);
    const options = machine === undefined ? {} : { forceMachine: machine };
    return await work({ ctx, qmp, vmid, draft: new Draft({ ...input, options }) });
  });
}

/** Names of the devices that were given one. */
export async function devicesOf(qmp: Qmp): Promise<Set<string>> {
  const list = await qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
  return new Set(Array.isArray(list) ? list.map(({ name }) => name) : []);
}

async function objectsOf(qmp: Qmp): Promise<Set<string>> {
  const list = await qmp.execute<{ name: string }[]>('qom-list', { path: '/objects' });
  return new Set(Array.isArray(list) ? list.map(({ name }) => name) : []);
}

/** A line of the monitor that says nothing when it worked. @throws PaveError with QEMU's words */
export async function silently(qmp: Qmp, line: string): Promise<void> {
  const said = await qmp.human(line);
  if (typeof said === 'string' && said.trim() !== '')
    throw new PaveError(said.trim().replace(/^Error: /, ''));
}

/** `text` as `-device` takes it; one of that name is there already after a change that was cut short. */
export async function addDevice({ qmp, draft }: Running, text: string): Promise<void> {
  const id = /(?:^|,)id=([^,]+)/.exec(text)?.[1];
  const present = await devicesOf(qmp);
  if (id !== undefined && present.has(id)) return;
  const bus = Number(/(?:^|,)bus=pci\.(\d+)(?:,|$)/.exec(text)?.[1] ?? 0);
  if (bus > 0 && !draft.q35 && !present.has(`pci.${bus}`))
    await addDevice({ qmp, draft } as Running, bridgeDevice(draft, bus));
  // Through the monitor, which takes the very text of the command line.
  await silently(qmp, `device_add ${text}`);
}

/** `text` as `-netdev` takes it. */
export async function addNetdev({ qmp }: Running, text: string): Promise<void> {
  await silently(qmp, `netdev_add ${text}`);
}

/** The guest may need time to let a device go, or not let it go at all. */
const UNPLUG_S = 20;

/** @throws PaveError while the guest does not let it go */
export async function removeDevice({ ctx, qmp }: Running, id: string): Promise<void> {
  const isGone = async () => !(await devicesOf(qmp)).has(id);
  if (await isGone()) return;
  const what = () => `error on hot-unplugging device '${id}' - still busy in guest?`;
  await unplugDevice(ctx, qmp, id, isGone, what, UNPLUG_S);
}

export async function addObject(
  { qmp }: Running,
  object: Record<string, unknown> & { id?: unknown },
): Promise<void> {
  if (!(await objectsOf(qmp)).has(String(object.id))) await qmp.execute('object-add', object);
}

export async function removeObject({ qmp }: Running, id: string): Promise<void> {
  if ((await objectsOf(qmp)).has(id)) await qmp.execute('object-del', { id });
}

/** Is a block node of that name there? */
export async function hasNode({ qmp }: Running, name: string): Promise<boolean> {
  const nodes = await qmp.execute<{ 'node-name'?: string }[]>('query-named-block-nodes', {
    flat: true,
  });
  return nodes.some((node) => node['node-name'] === name);
}

/** A device that is gone lets its node go a moment later. */
const RELEASE_S = 30;

/** @throws QmpError while it is in use */
export async function removeNode({ ctx, qmp }: Running, name: string): Promise<void> {
  const end = ctx.host.clock.monotonic() + RELEASE_S * 1000;
  for (;;) {
    try {
      await qmp.execute('blockdev-del', { 'node-name': name });
      return;
    } catch (error) {
      const busy = error instanceof QmpError && /in use/.test(error.reason);
      if (!busy || ctx.host.clock.monotonic() > end) throw error;
      await ctx.host.clock.sleep(50);
    }
  }
}
