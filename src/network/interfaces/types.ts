/** The network configuration of a node, as /etc/network/interfaces holds it. */

export type IfaceType =
  | 'eth'
  | 'bridge'
  | 'bond'
  | 'vlan'
  | 'vxlan'
  | 'alias'
  | 'dummy'
  | 'loopback'
  | 'OVSBridge'
  | 'OVSPort'
  | 'OVSIntPort'
  | 'OVSBond'
  | 'unknown';

/** 1 or true where it holds. */
type Flag = number | boolean | string | null | undefined;

/**
 * One interface: the keys of the original's model, which are also those of its API. Keys that are
 * not listed here are options it knows by name and prints as they are, sorted.
 */
export interface Iface {
  type?: string | undefined;
  /** Place in the file; 1 is kept for lo. */
  priority?: number | undefined;
  autostart?: Flag;
  /** There is hardware behind it. */
  exists?: Flag;
  /** It is up. */
  active?: Flag;
  /** inet, inet6; undefined for a stanza without a family (ifupdown2). */
  families?: (string | undefined)[];
  method?: string | undefined;
  address?: string | undefined;
  netmask?: string | undefined;
  cidr?: string | undefined;
  gateway?: string | undefined;
  broadcast?: string | undefined;
  /** Lines of comment, each ended by a line break. */
  comments?: string | undefined;
  /** Option lines nobody needs to understand. */
  options?: string[];
  method6?: string | undefined;
  address6?: string | undefined;
  netmask6?: string | undefined;
  cidr6?: string | undefined;
  gateway6?: string | undefined;
  broadcast6?: string | undefined;
  comments6?: string | undefined;
  options6?: string[];
  mtu?: string | undefined;
  /** Names separated by blanks. */
  bridge_ports?: string | undefined;
  bridge_stp?: string | undefined;
  bridge_fd?: string | number | undefined;
  bridge_vlan_aware?: Flag;
  bridge_vids?: string | undefined;
  slaves?: string | undefined;
  bond_mode?: string | undefined;
  bond_miimon?: string | number | undefined;
  bond_xmit_hash_policy?: string | undefined;
  'bond-primary'?: string | undefined;
  ovs_type?: string | undefined;
  ovs_bridge?: string | undefined;
  ovs_ports?: string | undefined;
  ovs_bonds?: string | undefined;
  ovs_options?: string | undefined;
  ovs_tag?: string | number | undefined;
  'vlan-raw-device'?: string | undefined;
  'vlan-id'?: string | number | undefined;
  'vlan-protocol'?: string | undefined;
  'vxlan-id'?: string | undefined;
  'vxlan-remoteip'?: string[];
  'uplink-id'?: string | undefined;
  'link-type'?: string | undefined;
  [key: string]: unknown;
}

export interface NetworkConfig {
  ifaces: Record<string, Iface>;
  /** Lines outside stanzas (`source`, `mapping` and its lines, …) with their place in the file. */
  options: [priority: number, line: string][];
  /** What the model above has no room for, so that an edit does not lose it. */
  kept?: Kept;
}

/** Parts of a file that the original drops when it writes: ours survive. */
export interface Kept {
  /**
   * Comments between stanzas, by what follows them: `<interface> <family>`, `#<priority>` of a line
   * outside stanzas, '' for the end of the file.
   */
  comments: Map<string, string[]>;
  /** Lines of a stanza, by `<interface> <family>`. */
  lines: Map<string, string[]>;
  /**
   * Interfaces that say more than the model has room for (two stanzas of one family, two addresses in
   * one): their stanzas as they are, and what the model had of them. They can be kept, not changed.
   */
  whole: Map<string, { facts: string; stanzas: { family: string | undefined; text: string }[] }>;
  /** Bonds and their modes: what goes with another mode and stands there is written for that one only. */
  bondModes: Map<string, string | undefined>;
  /** Interfaces named by `allow-hotplug`; those in `both` are named by `auto` too. */
  hotplug: Set<string>;
  both: Set<string>;
}

/** One entry of `ip -details -json link show`. */
export interface Link {
  ifname: string;
  ifindex?: number;
  link_type?: string;
  altnames?: string[];
  master?: string;
  mtu?: number;
  flags?: string[];
  linkinfo?: {
    info_kind?: string;
    info_slave_kind?: string;
    info_data?: Record<string, unknown>;
  };
}

export type Links = Readonly<Record<string, Link>>;

/** What an interface is, as text: without where it stands in the file, and how things are just now. */
export function factsOf(iface: Iface): string {
  const { priority: _p, active: _a, exists: _e, autostart: _s, ...rest } = iface;
  const said = Object.entries(rest).filter(([, value]) => value !== undefined);
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}
