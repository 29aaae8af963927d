/**
 * VLANs on bridges that know none: each tag gets a bridge of its own (`vmbr0v5`) on a tagged interface
 * of each card (`eth0.5`). Source: PVE::Network::activate_bridge_vlan.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { INTERFACES, readLinks, withNetworkLock } from '../files.js';
import { uplinks } from '../interfaces/links.js';
import { readInterfaces } from '../interfaces/read.js';
import { act, bridgeOf, disableIpv6, exists, mtuOf, netPath, remove } from './link.js';

/** What the new bridge has from the old one. */
const SETTINGS = [
  'ageing_time',
  'stp_state',
  'priority',
  'forward_delay',
  'hello_time',
  'max_age',
  'multicast_snooping',
  'multicast_querier',
];

export function vlanBridgeName(bridge: string, tag: number): string {
  return `${bridge}v${tag}`;
}

/** @throws PaveError where the bridge has no card to send the tag on */
export async function checkVlanBridge(host: Host, bridge: string, tag: number): Promise<void> {
  if (uplinks(await readLinks(host), bridge).length === 0)
    throw new PaveError(`no physical interface on bridge '${bridge}' for VLAN tag ${tag}`, {
      hint: `make it VLAN aware: pave network set ${bridge} --bridge_vlan_aware 1`,
    });
  const name = vlanBridgeName(bridge, tag);
  if (name.length > 15) throw new PaveError(`the interface name ${name} is too long`);
}

/** Gives the bridge of that tag, made where it is not there. */
export async function useVlanBridge(host: Host, bridge: string, tag: number): Promise<string> {
  const name = vlanBridgeName(bridge, tag);
  await withNetworkLock(host, () => makeVlanBridge(host, bridge, tag));
  return name;
}

/** Makes the bridge of that tag, or what is missing of it. The caller holds the lock. */
export async function makeVlanBridge(host: Host, bridge: string, tag: number): Promise<void> {
  const name = vlanBridgeName(bridge, tag);
  const cards = uplinks(await readLinks(host), bridge);
  const failed = `unable to make the bridge '${name}'`;
  if (!exists(host, name)) {
    await act(host, failed, 'ip', 'link', 'add', 'name', name, 'type', 'bridge');
    disableIpv6(host, name);
  }
  copySettings(host, bridge, name);
  for (const card of cards) await addTagged(host, name, card, tag);
  const mtu = mtuOf(host, bridge) ?? '1500';
  await act(host, failed, 'ip', 'link', 'set', 'dev', name, 'mtu', mtu, 'up');
}

async function addTagged(host: Host, bridge: string, card: string, tag: number): Promise<void> {
  const tagged = `${card}.${tag}`;
  const failed = `can't add vlan tag ${tag} to interface ${card}`;
  if (tagged.length > 15) throw new PaveError(`${failed}: the name ${tagged} is too long`);
  if (!exists(host, tagged)) {
    const type = ['type', 'vlan', 'id', String(tag)];
    await act(host, failed, 'ip', 'link', 'add', 'link', card, 'name', tagged, ...type);
    disableIpv6(host, tagged);
  }
  const other = bridgeOf(host, tagged);
  if (other !== undefined && other !== bridge)
    throw new PaveError(`interface ${tagged} already exist in bridge ${other}`);
  const master = other === undefined ? ['master', bridge] : [];
  await act(host, failed, 'ip', 'link', 'set', 'dev', tagged, ...master, 'up');
}

/** Copies what was tuned on one bridge to another. */
export function copySettings(host: Host, from: string, to: string): void {
  for (const name of SETTINGS) {
    const wanted = host.files.read(netPath(from, `bridge/${name}`))?.trim();
    const path = netPath(to, `bridge/${name}`);
    if (wanted !== undefined && wanted !== host.files.read(path)?.trim())
      host.files.control(path, wanted);
  }
}

/** Takes the bridge of a tag away once no guest is on it. The file's own interfaces stay. */
export async function dropVlanBridge(host: Host, name: string): Promise<void> {
  const match = /^(.+)v(\d+)$/.exec(name);
  if (match === null || !exists(host, match[1]!)) return;
  await withNetworkLock(host, async () => {
    const { ifaces } = readInterfaces(host.files.read(INTERFACES) ?? '');
    const ports = host.files.list(netPath(name, 'brif')) ?? [];
    const tagged = ports.filter((port) => port.endsWith(`.${match[2]}`));
    if (ifaces[name] !== undefined || tagged.length === 0 || tagged.length < ports.length) return;
    await remove(host, name);
    for (const port of tagged) if (ifaces[port] === undefined) await remove(host, port);
  });
}
