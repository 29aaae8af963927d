/** Network cards of a running VM. Source of what needs a new card: vmconfig_update_net of the original. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { probePlatform } from '../../host/platform.js';
import { netBackend, netDevice } from '../command/network.js';
import { unsupported } from '../command/unsupported.js';
import { type Net, parseNet } from '../net.js';
import { checkBridges, type Nic, plugTap, replugTap, unplugTap } from '../runtime/tap.js';
import { addDevice, addNetdev, devicesOf, onRunning, removeDevice } from './devices.js';
import { hotplugs } from './draft.js';
import type { LiveChange, LiveHandler } from './index.js';

export const nicChanges: LiveHandler = {
  keys: /^net\d+$/,
  async apply(ctx, change) {
    const { key, value, current, vmid } = change;
    const was = current.get(key);
    const old = was === undefined ? undefined : nicOf(vmid, key, was);
    const nic = value === undefined ? undefined : nicOf(vmid, key, value);
    if (nic !== undefined) await checkNic(ctx, change, nic);
    if (old !== undefined && nic !== undefined && isSameCard(old.net, nic.net))
      return await changeCard(ctx, change, old, nic);
    if (!hotplugs(change.current, 'network')) return false;
    if (old !== undefined) await unplug(ctx, change, old);
    if (nic !== undefined) await plug(ctx, change, nic);
    return true;
  },
};

function nicOf(vmid: number, key: string, text: string): Nic {
  const net = parseNet(text);
  const index = Number(key.slice('net'.length));
  return { index, net, tap: net.bridge === undefined ? undefined : `tap${vmid}i${index}` };
}

/** What a start would refuse is refused here too. @throws PaveError */
async function checkNic(ctx: Context, { key, value }: LiveChange, nic: Nic): Promise<void> {
  const [refused] = unsupported(new Map([[key, value!]]), await probePlatform(ctx.host));
  if (refused !== undefined) throw new PaveError(refused.reason);
  await checkBridges(ctx.host, [nic]);
}

const text = (value: string | number | undefined) => String(value ?? '');
const count = (value: string | number | undefined) => Number(value ?? 0);

/** The guest's card may stay: only what it is plugged into changes. */
function isSameCard(old: Net, net: Net): boolean {
  return (
    text(old.model) === text(net.model) &&
    text(old.macaddr).toLowerCase() === text(net.macaddr).toLowerCase() &&
    count(old.queues) === count(net.queues) &&
    count(old.mtu) === count(net.mtu) &&
    old.bridge !== undefined &&
    net.bridge !== undefined
  );
}

async function changeCard(ctx: Context, change: LiveChange, old: Nic, nic: Nic): Promise<boolean> {
  const { key, values } = change;
  return await onRunning(ctx, change, values, async ({ qmp }) => {
    const link = (up: boolean) => qmp.execute('set_link', { name: key, up });
    const moved = old.net.bridge !== nic.net.bridge || count(old.net.tag) !== count(nic.net.tag);
    const differs = (['trunks', 'firewall', 'rate'] as const).some(
      (name) => text(old.net[name]) !== text(nic.net[name]),
    );
    // So that the guest asks for a new address.
    if (moved) await link(false);
    try {
      if (moved || differs) await replugTap(ctx.host, old, nic);
    } catch (error) {
      if (moved) await link(count(old.net.link_down) === 0);
      throw error;
    }
    if (moved || count(old.net.link_down) !== count(nic.net.link_down))
      await link(count(nic.net.link_down) === 0);
    return true;
  });
}

async function unplug(ctx: Context, change: LiveChange, { tap }: Nic): Promise<void> {
  const { key, current } = change;
  await onRunning(ctx, change, current, async (running) => {
    await removeDevice(running, key);
    // After a change that was cut short only the host's side may be left.
    await running.qmp.execute('netdev_del', { id: key }).catch(() => {});
  });
  if (tap !== undefined) await unplugTap(ctx.host, tap);
}

async function plug(ctx: Context, change: LiveChange, nic: Nic): Promise<void> {
  const { key, values } = change;
  await onRunning(ctx, change, values, async (running) => {
    const { qmp, draft } = running;
    if (!(await devicesOf(qmp)).has(key)) {
      const device = netDevice(draft, nic.net, key);
      await qmp.execute('netdev_del', { id: key }).catch(() => {});
      await plugTap(ctx.host, nic);
      try {
        await addNetdev(running, netBackend(draft, nic.net, nic.index));
        await addDevice(running, device);
      } catch (error) {
        await qmp.execute('netdev_del', { id: key }).catch(() => {});
        if (nic.tap !== undefined) await unplugTap(ctx.host, nic.tap);
        throw error;
      }
    }
    if (count(nic.net.link_down) === 1) await qmp.execute('set_link', { name: key, up: false });
  });
}
