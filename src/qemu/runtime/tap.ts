/** Host side of a VM's network cards: a tap device for each, on its bridge. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { type Net, parseNet } from '../net.js';

export interface Nic {
  index: number;
  net: Net;
  /** Name of the host's device; only cards with a bridge have one. */
  tap: string | undefined;
}

/** The network cards of a config by number. */
export function nicsOf(vmid: number, values: ReadonlyMap<string, string>): Nic[] {
  const nics: Nic[] = [];
  for (const [key, text] of values) {
    const match = /^net(\d+)$/.exec(key);
    if (match === null) continue;
    const net = parseNet(text);
    const index = Number(match[1]);
    nics.push({ index, net, tap: net.bridge === undefined ? undefined : `tap${vmid}i${index}` });
  }
  return nics.sort((a, b) => a.index - b.index);
}

/** @throws PaveError naming every bridge that is not there */
export function checkBridges(host: Host, nics: readonly Nic[]): void {
  const missing = nics.filter(({ net }) => net.bridge !== undefined && !isBridge(host, net.bridge));
  if (missing.length === 0) return;
  const text = missing
    .map(({ index, net }) => `net${index}: bridge '${net.bridge}' does not exist`)
    .join('\n');
  throw new PaveError(text, {
    hint: `make it: ip link add name ${missing[0]!.net.bridge} type bridge && ip link set ${missing[0]!.net.bridge} up`,
  });
}

function isBridge(host: Host, name: string): boolean {
  return host.files.exists(`/sys/class/net/${name}/bridge`);
}

/** Makes the tap and puts it on its bridge, with the bridge's MTU. A left-over of that name goes first. */
export async function plugTap(host: Host, nic: Nic): Promise<void> {
  const { tap, net } = nic;
  if (tap === undefined || net.bridge === undefined) return;
  await unplugTap(host, tap);
  const queues = Number(net.queues ?? 0) > 1 ? ['multi_queue'] : [];
  const ip = (...args: string[]) => host.run(['ip', ...args], { effect: 'change' });
  await ip('tuntap', 'add', 'dev', tap, 'mode', 'tap', 'vnet_hdr', ...queues);
  try {
    const mtu = host.files.read(`/sys/class/net/${net.bridge}/mtu`)?.trim();
    if (mtu !== undefined) await ip('link', 'set', 'dev', tap, 'mtu', mtu);
    await ip('link', 'set', 'dev', tap, 'master', net.bridge);
    await ip('link', 'set', 'dev', tap, 'up');
  } catch (error) {
    await unplugTap(host, tap);
    throw error;
  }
}

export async function unplugTap(host: Host, tap: string): Promise<void> {
  if (!host.files.exists(`/sys/class/net/${tap}`)) return;
  await host.run(['ip', 'link', 'del', 'dev', tap], { effect: 'change', allowExit: [1] });
}

/** Taps of a VM that are there now, whatever its config says. */
export function presentTaps(host: Host, vmid: number): string[] {
  const pattern = new RegExp(`^tap${vmid}i\\d+$`);
  return (host.files.list('/sys/class/net') ?? []).filter((name) => pattern.test(name));
}
