/**
 * Changes that a running VM takes at once. Each is made on the guest first and only then written to
 * its config; one that fails stays pending. Source: vmconfig_hotplug_pending of the original.
 */
import type { Context } from '../../commands/define.js';
import { messageOf } from '../../errors.js';
import type { Guest } from '../../guest/load.js';
import { agentChanges } from './agent.js';
import { cpuChanges } from './cpus.js';
import { diskChanges } from './disks.js';
import { hotplugChanges } from './features.js';
import { limitChanges } from './limits.js';
import { balloonChanges, memoryChanges } from './memory.js';
import { nicChanges } from './nics.js';
import { tabletChanges, usbChanges } from './usb.js';

export interface LiveChange {
  vmid: number;
  /** QEMU's process. */
  pid: number;
  key: string;
  /** Undefined: the key is deleted. */
  value: string | undefined;
  /** The config with this change and those before it. */
  values: ReadonlyMap<string, string>;
  /** The config as the guest runs it. */
  current: ReadonlyMap<string, string>;
  /** The guest has come as far as this value: it is what the config keeps should the rest fail. */
  reached(value: string): void;
}

export interface LiveHandler {
  keys: RegExp;
  /** Gives false where it has to wait for the next start. @throws PaveError when it fails */
  apply(ctx: Context, change: LiveChange): Promise<boolean>;
}

const HANDLERS: readonly LiveHandler[] = [
  limitChanges,
  hotplugChanges,
  cpuChanges,
  memoryChanges,
  balloonChanges,
  agentChanges,
  tabletChanges,
  diskChanges,
  nicChanges,
  usbChanges,
];

export interface LiveResult {
  /** Keys that took effect. */
  applied: Set<string>;
  /** Key -> why not. */
  errors: Record<string, string>;
}

/**
 * Makes what is pending for these keys and can be made on the running guest; what failed or waited
 * before is not tried again with every other change. The pending section is left as it is.
 */
export async function applyLive(
  ctx: Context,
  guest: Guest,
  pid: number,
  keys: ReadonlySet<string>,
): Promise<LiveResult> {
  const { config, vmid } = guest;
  const result: LiveResult = { applied: new Set(), errors: {} };
  const current = new Map(config.main.values);
  const values = new Map(current);
  const changes: [key: string, value: string | undefined][] = [
    ...[...config.pending.deletes.keys()].map((key): [string, undefined] => [key, undefined]),
    ...config.pending.values,
  ];
  for (const [key, value] of changes) {
    const handler = HANDLERS.find(({ keys }) => keys.test(key));
    if (handler === undefined || !keys.has(key) || current.get(key) === value) continue;
    const next = new Map(values);
    const reached = (text: string) => void config.main.values.set(key, text);
    if (value === undefined) next.delete(key);
    else next.set(key, value);
    try {
      if (!(await handler.apply(ctx, { vmid, pid, key, value, values: next, current, reached })))
        continue;
      result.applied.add(key);
      values.clear();
      for (const [name, text] of next) values.set(name, text);
    } catch (error) {
      const reason = messageOf(error).replace(new RegExp(`^${key}: `), '');
      result.errors[key] = `hotplug problem - ${reason}`;
    }
  }
  return result;
}
