/** Parameters of an interface, as those of the original's API at /nodes/{node}/network. */
import { BOND_MODES, OVS_BOND_MODES } from '../../../network/interfaces/values.js';
import { boolean, enumOf, formatted, integer, list, string } from '../../../schema/props.js';

export const TYPES = [
  'bridge',
  'bond',
  'eth',
  'alias',
  'vlan',
  'OVSBridge',
  'OVSBond',
  'OVSPort',
  'OVSIntPort',
] as const;

export const ifaceArg = formatted('pve-iface', {
  description: 'The name of the interface, e.g. vmbr1, bond0, eth0.5.',
  minLength: 2,
  maxLength: 20,
});

export const ifaceOptions = {
  cidr: formatted('CIDRv4', { optional: true, description: 'IPv4 address with prefix length.' }),
  gateway: formatted('ipv4', { optional: true, description: 'Default gateway.' }),
  cidr6: formatted('CIDRv6', { optional: true, description: 'IPv6 address with prefix length.' }),
  gateway6: formatted('ipv6', { optional: true, description: 'Default gateway for IPv6.' }),
  address: formatted('ipv4', {
    optional: true,
    requires: 'netmask',
    description: 'IPv4 address; cidr says both at once.',
  }),
  netmask: formatted('ipv4mask', {
    optional: true,
    requires: 'address',
    description: 'Its network mask.',
  }),
  address6: formatted('ipv6', {
    optional: true,
    requires: 'netmask6',
    description: 'IPv6 address; cidr6 says both at once.',
  }),
  netmask6: integer({
    optional: true,
    minimum: 0,
    maximum: 128,
    requires: 'address6',
    description: 'Its prefix length.',
  }),
  method: enumOf(['manual', 'dhcp', 'static'], {
    optional: true,
    extra: true,
    description: 'Where the IPv4 address comes from; static follows from an address.',
  }),
  method6: enumOf(['manual', 'dhcp', 'auto', 'static'], {
    optional: true,
    extra: true,
    description: 'Where the IPv6 address comes from.',
  }),
  autostart: boolean({ optional: true, description: 'Bring it up when the machine boots.' }),
  mtu: integer({ optional: true, minimum: 1280, maximum: 65520, description: 'Largest packet.' }),
  comments: string({ optional: true, description: 'Comment.' }),
  comments6: string({ optional: true, description: 'Comment of the IPv6 part.' }),
  bridge_ports: list('pve-iface', { optional: true, description: 'Interfaces on the bridge.' }),
  bridge_vlan_aware: boolean({
    optional: true,
    description: 'The bridge sorts by VLAN tag: guests on it may have tag and trunks.',
  }),
  bridge_vids: list('pve-vlan-id-or-range', {
    optional: true,
    description: "VLANs of a VLAN aware bridge, e.g. '2 4 100-200'; 2-4094 where not given.",
  }),
  slaves: list('pve-iface', { optional: true, description: 'Interfaces of the bond.' }),
  bond_mode: enumOf([...new Set([...BOND_MODES, ...OVS_BOND_MODES])], {
    optional: true,
    description: 'How the bond uses its interfaces; the last three are of OVS.',
  }),
  'bond-primary': formatted('pve-iface', {
    optional: true,
    description: 'The preferred interface of an active-backup bond.',
  }),
  bond_xmit_hash_policy: enumOf(['layer2', 'layer2+3', 'layer3+4'], {
    optional: true,
    description: 'What picks the interface, of balance-xor and 802.3ad.',
  }),
  'vlan-raw-device': formatted('pve-iface', {
    optional: true,
    description: 'The interface a VLAN lies on, where its name does not say so.',
  }),
  'vlan-id': integer({
    optional: true,
    minimum: 1,
    maximum: 4094,
    description: 'The tag of a VLAN with a name of its own (ifupdown2 only).',
  }),
  ovs_bridge: formatted('pve-iface', {
    optional: true,
    description: 'The Open vSwitch bridge of a port or bond.',
  }),
  ovs_ports: list('pve-iface', { optional: true, description: 'Ports of an OVS bridge.' }),
  ovs_bonds: list('pve-iface', { optional: true, description: 'Interfaces of an OVS bond.' }),
  ovs_tag: integer({
    optional: true,
    minimum: 1,
    maximum: 4094,
    description: 'VLAN tag of an OVS port.',
  }),
  ovs_options: string({ optional: true, maxLength: 1024, description: 'Further options for OVS.' }),
} as const;
