/**
 * Guests' ports whose bridge has become one of the other kind: Open vSwitch instead of Linux, or the other
 * way round. They are plugged in anew, as a start of their guest would do it.
 */
import type { Host } from '../host/types.js';
import { chainOf, type PortSettings, plugPort, portProblem } from './port/index.js';
import { bridgeOf, exists, remove } from './port/link.js';
import type { OvsPort } from './port/ovs.js';
import { dropVlanBridge } from './port/vlan-bridge.js';

/** One entry of `bridge -compressvlans -json vlan show`. */
export interface PortVlans {
  ifname: string;
  vlans: { vlan: number; vlanEnd?: number; flags?: string[] }[];
}

/** A port of a Linux bridge. */
export interface LinuxPort {
  name: string;
  bridge: string;
  vlans: PortVlans['vlans'];
  /** Its addresses, where the bridge must not learn them by itself. */
  macs?: string[];
}

/** @param of where it was on the bridge of a tag: the bridge below, and the tag */
export async function moveToOvs(
  host: Host,
  port: LinuxPort,
  of: { base: string; tag: number } | undefined,
): Promise<void> {
  const untagged = port.vlans.find(({ flags }) => flags?.includes('PVID'))?.vlan ?? 1;
  const tagged = port.vlans.filter(({ flags }) => !flags?.includes('PVID'));
  const trunks = tagged
    .map(({ vlan, vlanEnd }) => (vlanEnd === undefined ? String(vlan) : `${vlan}-${vlanEnd}`))
    .join(';');
  const all = trunks === '' || trunks === '2-4094';
  await plugAgain(host, port.name, {
    bridge: of?.base ?? port.bridge,
    tag: of?.tag ?? (untagged === 1 ? undefined : untagged),
    trunks: all ? undefined : trunks,
  });
  if (of !== undefined) await dropVlanBridge(host, port.bridge);
}

export async function moveToLinux(host: Host, port: OvsPort): Promise<void> {
  const { name, bridge, tag, trunks } = port;
  const known = trunks.length === 0 ? undefined : trunks.join(';');
  await plugAgain(host, name, { bridge, tag, trunks: known });
}

/** @throws PaveError where the bridge cannot do what the port asks for */
async function plugAgain(host: Host, door: string, settings: PortSettings): Promise<void> {
  const [, owner, index] = /^fw(?:pr|ln)(\d+)[po](\d+)$/.exec(door) ?? [];
  const firewall = owner !== undefined;
  const names = firewall ? [`tap${owner}i${index}`, `veth${owner}i${index}`] : [door];
  const name = names.find((one) => exists(host, one));
  // It has no guest any more.
  if (name === undefined) return;
  const problem = await portProblem(host, settings);
  if (problem !== undefined) throw problem;
  await remove(host, chainOf(name).inner);
  if (bridgeOf(host, name) !== undefined)
    await host.run(['ip', 'link', 'set', 'dev', name, 'nomaster'], { effect: 'change' });
  await plugPort(host, name, { ...settings, firewall });
}
