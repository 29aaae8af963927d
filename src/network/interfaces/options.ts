/** The options of a stanza that are understood. */
import type { Iface } from './types.js';
import { BOND_MODES } from './values.js';

/** Other spellings: ifupdown2 writes dashes, older files underscores. */
const ALIASES: Record<string, string> = {
  ovs_mtu: 'mtu',
  'bond-slaves': 'slaves',
  bond_slaves: 'slaves',
  'bond-xmit-hash-policy': 'bond_xmit_hash_policy',
  'bond-mode': 'bond_mode',
  'bond-miimon': 'bond_miimon',
  'bridge-vlan-aware': 'bridge_vlan_aware',
  'bridge-fd': 'bridge_fd',
  'bridge-stp': 'bridge_stp',
  'bridge-ports': 'bridge_ports',
  'bridge-vids': 'bridge_vids',
};

const SIMPLE = new Set([
  'mtu',
  'ovs_type',
  'ovs_options',
  'ovs_bridge',
  'ovs_bonds',
  'ovs_ports',
  'bridge_fd',
  'bridge_vids',
  'bridge-access',
  'bridge-learning',
  'bridge-arp-nd-suppress',
  'bridge-unicast-flood',
  'bridge-multicast-flood',
  'bridge-disable-mac-learning',
  'bond_miimon',
  'bond_xmit_hash_policy',
  'bond-primary',
  'link-type',
  'uplink-id',
  'vlan-protocol',
  'vlan-raw-device',
  'vlan-id',
  'vxlan-id',
  'vxlan-svcnodeip',
  'vxlan-physdev',
  'vxlan-local-tunnelip',
]);

/**
 * Takes one option line into an interface; false when it is none of those with a meaning here.
 * @param suffix '' or '6' of the stanza's family, undefined for a stanza without one
 */
export function readOption(
  iface: Iface,
  suffix: string | undefined,
  name: string,
  value: string,
): boolean {
  const key = ALIASES[name] ?? name;
  if (SIMPLE.has(key)) {
    iface[key] = value;
    return true;
  }
  switch (key) {
    case 'address':
    case 'broadcast':
    case 'gateway':
      iface[key + (suffix ?? (value.includes(':') ? '6' : ''))] = value;
      return true;
    case 'netmask':
      iface[key + (suffix ?? '')] = value;
      return true;
    case 'slaves':
    case 'bridge_ports':
      addPorts(iface, key, value);
      return true;
    case 'bridge_stp':
      iface.bridge_stp = /^\s*(on|yes)\s*$/i.test(value) ? 'on' : 'off';
      return true;
    case 'bridge_vlan_aware':
      iface.bridge_vlan_aware = 1;
      return true;
    case 'bond_mode':
      // Always by name.
      iface.bond_mode = BOND_MODES[/^\d$/.test(value) ? Number(value) : -1] ?? value;
      return true;
    case 'vxlan-remoteip':
      iface['vxlan-remoteip'] = [...(iface['vxlan-remoteip'] ?? []), value];
      return true;
    default:
      return false;
  }
}

/** Sorted within a line; `none` makes an empty list, which for a bridge is what makes it one. */
function addPorts(iface: Iface, key: 'slaves' | 'bridge_ports', value: string): void {
  const ports = [...new Set(value.split(/\s+/).filter((port) => port !== 'none' && port !== ''))];
  const text = ports.sort().join(' ');
  const before = iface[key];
  if (!before) iface[key] = text;
  else if (text !== '') iface[key] = `${before} ${text}`;
}
