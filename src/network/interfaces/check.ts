/** What must fit together before a configuration is written. Source: as write.ts. */
import { PaveError } from '../../errors.js';
import type { Iface } from './types.js';
import { words } from './values.js';

type Ifaces = Record<string, Iface>;

/** Takes what a check throws. */
export type Attempt = (check: () => void) => void;

/** Runs all checks; each throws one PaveError, with the way out where there is one. */
export function checkAll(ifaces: Ifaces, ifupdown2: boolean, attempt: Attempt): void {
  for (const [name, iface] of Object.entries(ifaces)) {
    if (iface.type === 'bond') attempt(() => checkBond(ifaces, name, iface));
  }
  attempt(() => checkVxlans(ifaces));
  for (const [name, iface] of Object.entries(ifaces)) {
    if (iface.type === 'vlan') attempt(() => checkVlan(ifaces, name, iface, ifupdown2));
  }
  attempt(() => checkUplinks(ifaces));
  checkBridges(ifaces, attempt);
}

/** A child must not send larger packets than what it is built on. @throws PaveError */
export function checkMtu(ifaces: Ifaces, parent: string, child: string): void {
  const wanted = Number(ifaces[child]?.mtu ?? 0);
  if (wanted === 0) return;
  const above = ifaces[parent]!;
  // A bond without one of its own takes what its ports have.
  const mtu = Number(above.mtu || (above.type === 'bond' ? wanted : 1500));
  if (mtu < wanted)
    throw new PaveError(
      `interface '${parent}' - mtu ${mtu} is lower than '${child}' - mtu ${wanted}`,
      { hint: `pave network set ${parent} --mtu ${wanted}, before ${child}` },
    );
}

function checkBond(ifaces: Ifaces, name: string, bond: Iface): void {
  const slaves = words(bond.slaves);
  if (slaves.length === 0) return;
  for (const slave of slaves) {
    const iface = ifaces[slave];
    if (iface === undefined)
      throw new PaveError(`bond '${name}' - unable to find slave '${slave}'`, notThere(slave));
    iface.autostart = 1;
    if (iface.type !== 'eth' && iface.type !== 'bond')
      throw new PaveError(
        `bond '${name}' - wrong interface type on slave '${slave}' ('${iface.type}' != 'eth or bond')`,
      );
    checkMtu(ifaces, name, slave);
  }
  const primary = bond['bond-primary'];
  if (primary && !slaves.includes(primary))
    throw new PaveError(`bond '${name}' - bond-primary interface is not a slave`, {
      hint: `its interfaces are ${slaves.join(', ')}`,
    });
}

function checkVxlans(ifaces: Ifaces): void {
  const users = new Map<string, string>();
  for (const [name, iface] of Object.entries(ifaces)) {
    const id = iface['vxlan-id'];
    if (iface.type === 'vxlan' && id) {
      const user = users.get(String(id));
      if (user !== undefined)
        throw new PaveError(`iface ${name} - duplicate vxlan-id ${id} already used in ${user}`);
      users.set(String(id), name);
    }
    const has = (key: string) => iface[key] !== undefined && iface[key] !== null;
    const ways = ['vxlan-svcnodeip', 'vxlan-remoteip', 'vxlan-local-tunnelip'].filter(has);
    if (ways.length > 1)
      throw new PaveError(
        `iface ${name} - vxlan-svcnodeip, vxlan-remoteip and vxlan-localtunnelip are mutually exclusive`,
      );
    if (has('vxlan-svcnodeip') !== has('vxlan-physdev'))
      throw new PaveError(
        `iface ${name} - vxlan-svcnodeip and vxlan-physdev must be define together`,
      );
  }
}

function checkVlan(ifaces: Ifaces, name: string, vlan: Iface, ifupdown2: boolean): void {
  const { parent, id } = vlanPlace(name, vlan, ifupdown2);
  if (id > 4094) throw new PaveError(`vlan '${name}' - vlan-id ${id} should be <= 4094`);
  const above = ifaces[parent];
  if (above === undefined)
    throw new PaveError(`vlan '${name}' - unable to find parent '${parent}'`, notThere(parent));
  if (!['eth', 'bridge', 'bond', 'vlan'].includes(above.type ?? ''))
    throw new PaveError(
      `vlan '${name}' - wrong interface type on parent '${parent}' ('${above.type}' != 'eth|bond|bridge|vlan' )`,
    );
  checkMtu(ifaces, parent, name);
}

/** Parent and tag, from the name where it has them: then they are not written a second time. */
function vlanPlace(name: string, vlan: Iface, ifupdown2: boolean): { parent: string; id: number } {
  const dotted = /^(\S+)\.(\d+)$/.exec(name);
  if (dotted !== null) {
    delete vlan['vlan-raw-device'];
    delete vlan['vlan-id'];
    return { parent: dotted[1]!, id: Number(dotted[2]) };
  }
  const parent = vlan['vlan-raw-device'];
  if (!parent)
    throw new PaveError(`vlan '${name}' - missing vlan-raw-device option`, {
      hint: `give --vlan-raw-device, or name it <device>.<tag>, e.g. eth0.5`,
    });
  const plain = /^vlan(\d+)$/.exec(name);
  if (plain !== null) {
    delete vlan['vlan-id'];
    return { parent, id: Number(plain[1]) };
  }
  if (!ifupdown2)
    throw new PaveError('custom vlan interface name need ifupdown2', {
      hint: `name it <device>.<tag> or vlan<tag>, or install ifupdown2`,
    });
  if (!vlan['vlan-id']) throw new PaveError(`vlan '${name}' - missing vlan-id option`);
  return { parent, id: Number(vlan['vlan-id']) };
}

function checkUplinks(ifaces: Ifaces): void {
  const users = new Map<string, string>();
  for (const [name, iface] of Object.entries(ifaces)) {
    const id = iface['uplink-id'];
    if (!id) continue;
    if (iface.type !== 'eth' && iface.type !== 'bond')
      throw new PaveError(
        `iface '${name}' - uplink-id ${id} is only allowed on physical and linux bond interfaces`,
      );
    const user = users.get(id);
    if (user !== undefined)
      throw new PaveError(`iface '${name}' - uplink-id ${id} is already assigned on '${user}'`);
    users.set(id, name);
  }
}

const PORT_OPTIONS = [
  'bridge-learning',
  'bridge-arp-nd-suppress',
  'bridge-unicast-flood',
  'bridge-multicast-flood',
  'bridge-access',
];

/** What to do about an interface that others need. */
function notThere(name: string): { hint: string } {
  return {
    hint: `'ip -br link' shows the cards there are; one that is not plugged in: pave network create ${name} --type eth`,
  };
}

function checkBridges(ifaces: Ifaces, attempt: Attempt): void {
  const bridgeOf = new Map<string, string>();
  // Tagged ports (eth0.5) need no stanza of their own; they are known here only.
  const known: Ifaces = { ...ifaces };
  for (const [name, bridge] of Object.entries(ifaces)) {
    if (bridge.type !== 'bridge') continue;
    for (const port of words(bridge.bridge_ports)) {
      attempt(() => checkPort(known, name, port));
      bridgeOf.set(port, name);
    }
  }
  for (const [name, iface] of Object.entries(ifaces)) {
    const bridge = bridgeOf.get(name);
    const aware = Boolean(ifaces[bridge ?? '']?.bridge_vlan_aware);
    attempt(() => checkPortOptions(name, iface, bridge !== undefined, aware));
  }
}

/** Tagged ports (eth0.5) need no stanza of their own: they become known here. */
function checkPort(known: Ifaces, name: string, port: string): void {
  const parent = /^(\S+)\.\d+$/.exec(port)?.[1];
  if (parent !== undefined && known[port] === undefined) {
    const mtu = known[parent]?.mtu;
    known[port] = { type: 'vlan', method: 'manual', method6: 'manual', ...(mtu ? { mtu } : {}) };
  }
  const iface = known[port];
  if (iface === undefined)
    throw new PaveError(`bridge '${name}' - unable to find bridge port '${port}'`, notThere(port));
  const address =
    (iface.method === 'static' && iface.address !== '0.0.0.0') ||
    (iface.method6 === 'static' && iface.address6 !== '::');
  if (address)
    throw new PaveError(
      `iface ${port} - ip address can't be set on interface if bridged in ${name}`,
      {
        hint: `move it to the bridge, after: pave network set ${port} --delete ${given(iface)}`,
      },
    );
  checkMtu(known, port, name);
}

/** The settings that make an interface's addresses. */
function given(iface: Iface): string {
  return [
    ...(iface.address ? ['cidr'] : []),
    ...(iface.gateway ? ['gateway'] : []),
    ...(iface.address6 ? ['cidr6'] : []),
    ...(iface.gateway6 ? ['gateway6'] : []),
  ].join(',');
}

function checkPortOptions(name: string, iface: Iface, bridged: boolean, aware: boolean): void {
  const option = PORT_OPTIONS.find((key) => iface[key]);
  if (option !== undefined && !bridged)
    throw new PaveError(
      `iface ${name} - ${option}: bridge port specific options can be used only on interfaces attached to a bridge`,
    );
  if (iface['bridge-access'] && !aware)
    throw new PaveError(
      `iface ${name} - bridge-access option can be only used if interface is in a vlan aware bridge`,
    );
}
