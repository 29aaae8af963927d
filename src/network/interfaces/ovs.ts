/** Open vSwitch: a bridge and its ports name each other; both sides are kept alike. */
import { PaveError } from '../../errors.js';
import { type Attempt, checkMtu } from './check.js';
import type { Iface } from './types.js';
import { words } from './values.js';

type Ifaces = Record<string, Iface>;

const PORT_TYPES = ['OVSPort', 'OVSIntPort', 'OVSBond'];

/** All ports an interface takes for itself. */
export function portsOf(iface: Iface): string[] {
  return (['bridge_ports', 'ovs_ports', 'slaves', 'ovs_bonds'] as const).flatMap((key) =>
    words(iface[key]),
  );
}

/** @throws PaveError when two interfaces want the same port */
export function checkPortsOnce(ifaces: Ifaces): void {
  const users = new Map<string, string>();
  for (const [name, iface] of Object.entries(ifaces)) {
    for (const port of portsOf(iface)) {
      const user = users.get(port);
      if (user !== undefined && user !== name)
        throw new PaveError(`port '${port}' is already used on interface '${user}'`);
      users.set(port, name);
    }
  }
}

/** Lets go of ports whose bridge is gone, and makes the ports of OVS bridges OVS ports. */
export function joinOvs(ifaces: Ifaces, attempt: Attempt): void {
  releasePorts(ifaces);
  for (const [name, bridge] of Object.entries(ifaces)) {
    if (bridge.type !== 'OVSBridge') continue;
    for (const port of words(bridge.ovs_ports)) attempt(() => joinPort(ifaces, name, port));
  }
  for (const [name, bond] of Object.entries(ifaces)) {
    if (bond.type !== 'OVSBond') continue;
    for (const port of words(bond.ovs_bonds)) attempt(() => joinBond(ifaces, name, port));
  }
}

function joinPort(ifaces: Ifaces, name: string, port: string): void {
  const iface = ifaces[port];
  if (iface === undefined)
    throw new PaveError(`OVS bridge '${name}' - unable to find port '${port}'`);
  iface.autostart = 0;
  if (iface.type === 'eth') iface.type = 'OVSPort';
  else if (!PORT_TYPES.includes(iface.type ?? ''))
    throw new PaveError(`interface '${port}' is not defined as OVS port/bond`, {
      hint: `it is of type ${iface.type}`,
    });
  iface.ovs_bridge = name;
  checkMtu(ifaces, name, port);
}

function joinBond(ifaces: Ifaces, name: string, port: string): void {
  const iface = ifaces[port];
  if (iface === undefined)
    throw new PaveError(`OVS bond '${name}' - unable to find slave '${port}'`);
  iface.autostart = 1;
  if (iface.type !== 'eth')
    throw new PaveError(
      `OVS bond '${name}' - wrong interface type on slave '${port}' ('${iface.type}' != 'eth')`,
    );
  checkMtu(ifaces, name, port);
}

function releasePorts(ifaces: Ifaces): void {
  const users = new Map<string, string>();
  for (const [name, iface] of Object.entries(ifaces))
    for (const port of portsOf(iface)) users.set(port, name);
  for (const [name, iface] of Object.entries(ifaces)) {
    if (!PORT_TYPES.includes(iface.type ?? '')) continue;
    const user = users.get(name);
    const bridge = user === undefined ? undefined : ifaces[user];
    if (bridge === undefined)
      ifaces[name] = { type: 'eth', exists: 1, method: 'manual', families: ['inet'] };
    else if (bridge.type !== 'OVSBridge') delete ifaces[name];
  }
}
