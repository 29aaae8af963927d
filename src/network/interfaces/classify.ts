/** What type each interface of the file has, and the values that follow from its name and type. */
import { altnames, isPhysical, looksLikeCard } from './links.js';
import type { Iface, Links } from './types.js';
import { joinCidr, splitCidr, takeOvsOption } from './values.js';

/** Fills `type`, `cidr`, `method` and the like of all interfaces. */
export function classify(ifaces: Record<string, Iface>, links: Links): void {
  const names = altnames(links);
  for (const name of Object.keys(ifaces).sort()) {
    const iface = ifaces[name]!;
    iface.type = typeOf(name, iface, ifaces, links[names.get(name) ?? name]);
    addCidr(iface, '', '/32');
    addCidr(iface, '6', '/128');
    iface.method ||= 'manual';
    iface.method6 ||= 'manual';
    const { comments6 } = iface;
    delete iface.comments6;
    if (comments6) iface.comments = `${iface.comments ?? ''}${comments6}`;
    iface.families ??= ['inet'];
  }
}

function typeOf(
  name: string,
  iface: Iface,
  ifaces: Record<string, Iface>,
  link: Links[string] | undefined,
): string {
  if (iface.bridge_ports !== undefined) {
    iface.bridge_stp ??= 'off';
    if (iface.bridge_stp === 'off') iface.bridge_fd ??= 0;
    return 'bridge';
  }
  if (iface.ovs_type === 'OVSBridge') return 'OVSBridge';
  if (/^bond\d+$/.test(name)) return bondType(iface);
  const alias = /^(\S+):\d+$/.exec(name);
  if (alias !== null) {
    inheritPresence(iface, alias[1]!, ifaces);
    return 'alias';
  }
  const dotted = /^(\S+)\.(\d+)$/.exec(name);
  if (dotted !== null || iface['vlan-raw-device']) {
    const id = dotted?.[2] ?? /^vlan(\d+)$/.exec(name)?.[1];
    if (dotted !== null) iface['vlan-raw-device'] ||= dotted[1]!;
    if (id !== undefined && id !== '0') iface['vlan-id'] = id;
    inheritPresence(iface, iface['vlan-raw-device']!, ifaces);
    return 'vlan';
  }
  if (isPhysical(link) || looksLikeCard(name)) {
    if (!iface.ovs_type) return 'eth';
    return iface.ovs_type === 'OVSPort' ? ovsPort(iface) : 'unknown';
  }
  if (name === 'lo') return 'loopback';
  if (iface['vxlan-id']) return 'vxlan';
  if (iface.ovs_type !== undefined)
    return iface.ovs_type === 'OVSIntPort' ? ovsPort(iface) : 'unknown';
  return iface['link-type'] === 'dummy' ? 'dummy' : 'unknown';
}

function ovsPort(iface: Iface): string {
  const tag = takeOvsOption(iface, 'tag');
  if (tag !== undefined) iface.ovs_tag = tag;
  return iface.ovs_type!;
}

function bondType(iface: Iface): string {
  if (!iface.ovs_type) return 'bond';
  if (iface.ovs_type !== 'OVSBond') return 'unknown';
  iface.bond_mode = takeOvsOption(iface, 'bond_mode');
  const lacp = takeOvsOption(iface, 'lacp') === 'active';
  if (lacp && iface.bond_mode === 'balance-slb') iface.bond_mode = 'lacp-balance-slb';
  // This one needs LACP anyway.
  if (iface.bond_mode === 'balance-tcp') iface.bond_mode = 'lacp-balance-tcp';
  return ovsPort(iface);
}

/** An alias or VLAN is there where its parent is; a parent nobody mentions becomes an entry. */
function inheritPresence(iface: Iface, parent: string, ifaces: Record<string, Iface>): void {
  const above = ifaces[parent];
  if (above === undefined) ifaces[parent] = { exists: 0 };
  iface.exists = above === undefined ? 0 : above.exists;
}

function addCidr(iface: Iface, suffix: '' | '6', whole: string): void {
  const address = iface[`address${suffix}`];
  if (!address) return;
  const cidr = joinCidr(address, iface[`netmask${suffix}`]);
  iface[`cidr${suffix}`] = cidr ?? address + whole;
  const split = cidr === undefined ? undefined : splitCidr(cidr);
  if (split === undefined) return;
  if (splitCidr(address) !== undefined) iface[`address${suffix}`] = split.address;
  iface[`netmask${suffix}`] = split.bits;
}
