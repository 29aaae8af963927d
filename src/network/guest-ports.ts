/**
 * Guests stay on their bridges while the network is changed. ifupdown2 as Debian has it takes every port
 * off a bridge that the file does not name; ifupdown makes a changed bridge anew.
 */
import type { Host } from '../host/types.js';
import { readLinks } from './files.js';
import { bridgeOf, exists, isLinuxBridge, isVlanAware } from './port/link.js';

/** One entry of `bridge -compressvlans -json vlan show`. */
interface PortVlans {
  ifname: string;
  vlans: { vlan: number; vlanEnd?: number; flags?: string[] }[];
}

export interface GuestPort {
  name: string;
  bridge: string;
  vlans: PortVlans['vlans'];
}

/** Puts back on its bridge, with its VLANs, what is not on it any more. */
export async function putGuestsBack(host: Host, ports: readonly GuestPort[]): Promise<void> {
  for (const port of ports) await putBack(host, port);
}

/** The guests' ports that are on bridges now. */
export async function guestPorts(host: Host): Promise<GuestPort[]> {
  const links = Object.values(await readLinks(host)).filter(
    ({ ifname, master }) =>
      /^(?:tap|veth)\d+i\d+$|^fwpr\d+p\d+$/.test(ifname) &&
      master !== undefined &&
      isLinuxBridge(host, master),
  );
  const aware = links.some(({ master }) => isVlanAware(host, master!));
  const shown = aware
    ? await host.run(['bridge', '-compressvlans', '-json', 'vlan', 'show'], { effect: 'read' })
    : undefined;
  const vlans = new Map(
    (JSON.parse(shown?.stdout || '[]') as PortVlans[]).map((port) => [port.ifname, port.vlans]),
  );
  return links.map(({ ifname, master }) => ({
    name: ifname,
    bridge: master!,
    vlans: isVlanAware(host, master!) ? (vlans.get(ifname) ?? []) : [],
  }));
}

async function putBack(host: Host, port: GuestPort): Promise<void> {
  const { name, bridge, vlans } = port;
  if (bridgeOf(host, name) === bridge || !exists(host, name) || !isLinuxBridge(host, bridge))
    return;
  const run = (...argv: string[]) =>
    host.run(argv, { effect: 'change', allowExit: 'any', purpose: 'keep the guest on its bridge' });
  await run('ip', 'link', 'set', 'dev', name, 'master', bridge, 'up');
  if (!isVlanAware(host, bridge) || vlans.length === 0) return;
  await run('bridge', 'vlan', 'del', 'dev', name, 'vid', '1-4094');
  for (const { vlan, vlanEnd, flags = [] } of vlans) {
    const range = vlanEnd === undefined ? String(vlan) : `${vlan}-${vlanEnd}`;
    const words = [
      ...(flags.includes('PVID') ? ['pvid'] : []),
      ...(flags.includes('Egress Untagged') ? ['untagged'] : []),
    ];
    await run('bridge', 'vlan', 'add', 'dev', name, 'vid', range, ...words);
  }
}
