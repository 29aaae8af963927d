/** What an interface may be given: all that does not fit, at once. Source: PVE::API2::Network. */
import { ParamError, PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { badHostAddress6 } from './addresses.js';
import { portsOf } from './interfaces/ovs.js';
import type { Iface } from './interfaces/types.js';
import { BOND_MODES, HASH_MODES, OVS_BOND_MODES, words } from './interfaces/values.js';

/** What a caller may give: the parameters of the original's API by name. */
export type IfaceParams = Record<string, string | number | boolean | undefined>;

type Ifaces = Record<string, Iface>;
type Errors = Record<string, string>;

/** The kernel's names of network devices have at most 15 characters. */
const NAME_MAX = 15;

const OVS_PORTS = ['OVSPort', 'OVSIntPort', 'OVSBond'];

/** Types that know a setting; the others would write it as a line that means nothing. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  bridge_ports: ['bridge'],
  bridge_vlan_aware: ['bridge'],
  bridge_vids: ['bridge'],
  slaves: ['bond'],
  bond_mode: ['bond', 'OVSBond'],
  'bond-primary': ['bond'],
  bond_xmit_hash_policy: ['bond'],
  'vlan-raw-device': ['vlan'],
  'vlan-id': ['vlan'],
  ovs_ports: ['OVSBridge'],
  ovs_bonds: ['OVSBond'],
  ovs_bridge: OVS_PORTS,
  ovs_tag: OVS_PORTS,
  ovs_options: ['OVSBridge', ...OVS_PORTS],
};

export interface Wanted {
  name: string;
  /** What it was given now. */
  given: IfaceParams;
  removed: readonly string[];
  /** What it will be. */
  iface: Iface;
}

/** @throws ParamError with all that does not fit, PaveError where the machine lacks what is needed */
export function checkWanted(host: Host, ifaces: Ifaces, wanted: Wanted): void {
  const { name, given, iface } = wanted;
  const errors: Errors = {};
  const type = String(iface.type);
  for (const [key, types] of Object.entries(TYPES_OF))
    if (given[key] !== undefined && !types.includes(type))
      errors[key] =
        `only for an interface of type ${types.join(', ')}; '${name}' is of type ${type}`;
  const wrongName = nameProblem(name, type);
  if (wrongName !== undefined) errors.iface = wrongName;
  checkGateways(ifaces, wanted, errors);
  checkAddresses(ifaces, wanted, errors);
  checkPorts(ifaces, name, given, errors);
  if (type === 'bond' || type === 'OVSBond') checkBond(wanted, errors);
  if (type === 'vlan') checkVlan(wanted, errors);
  if (type === 'bridge') checkVids(wanted, errors);
  if (OVS_PORTS.includes(type)) checkOvsBridge(ifaces, iface, errors);
  if (String(given.ovs_options ?? '').includes('\n')) errors.ovs_options = 'is one line only';
  for (const key of wanted.removed)
    if (given[key] !== undefined) errors[key] = `can't be set and deleted at once`;
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
  if (type.startsWith('OVS') && host.which('ovs-vsctl') === undefined)
    throw new PaveError("Open VSwitch is not installed (need package 'openvswitch-switch')", {
      hint: 'apt install openvswitch-switch',
    });
}

function checkGateways(ifaces: Ifaces, { name, given, removed, iface }: Wanted, errors: Errors) {
  for (const [suffix, label] of [
    ['', 'Default gateway'],
    ['6', 'Default ipv6 gateway'],
  ] as const) {
    const key = `gateway${suffix}` as const;
    const addressKeys = [`cidr${suffix}`, `address${suffix}`, `netmask${suffix}`];
    const gateway = iface[key];
    const address = iface[`address${suffix}`]?.replace(/\/.*/, '');
    const other = Object.keys(ifaces).find((one) => one !== name && ifaces[one]![key]);
    if (given[key] && other !== undefined)
      errors[key] =
        `${label} already exists on interface '${other}'. (pave network set ${other} --delete ${key})`;
    else if (given[key] && !address)
      errors[key] = `needs an address on '${name}': give --cidr${suffix} too`;
    else if (given[key] && gateway === address) errors[key] = `is the address of '${name}' itself`;
    else if (gateway && !address && removed.some((one) => addressKeys.includes(one)))
      errors.delete = `the gateway needs an address: delete ${key} as well`;
  }
}

function checkAddresses(ifaces: Ifaces, { name, given }: Wanted, errors: Errors) {
  const bare = (address: unknown) => String(address ?? '').replace(/\/.*/, '');
  for (const key of ['address', 'address6'] as const) {
    if (given[key] === undefined) continue;
    const other = Object.keys(ifaces).find(
      (one) => one !== name && bare(ifaces[one]![key]) === bare(given[key]),
    );
    if (other !== undefined)
      errors[key] = `${bare(given[key])} is already the address of interface '${other}'`;
  }
  if (typeof given.address6 !== 'string') return;
  const reason = badHostAddress6(given.address6, Number(given.netmask6));
  if (reason !== undefined) errors.address6 = reason;
}

function checkPorts(ifaces: Ifaces, name: string, given: IfaceParams, errors: Errors): void {
  for (const key of ['bridge_ports', 'ovs_ports', 'slaves', 'ovs_bonds']) {
    const wanted = words(String(given[key] ?? ''));
    if (wanted.includes(name)) errors[key] ??= `'${name}' can't be a port of itself`;
    for (const [other, iface] of Object.entries(ifaces)) {
      if (other === name) continue;
      const port = portsOf(iface).find((one) => wanted.includes(one));
      if (port !== undefined) errors[key] ??= `${port} is already used on interface '${other}'.`;
    }
  }
}

function checkBond({ given, iface }: Wanted, errors: Errors): void {
  const modes: readonly string[] = iface.type === 'bond' ? BOND_MODES : OVS_BOND_MODES;
  const mode = iface.bond_mode ?? modes[0]!;
  if (given.bond_mode !== undefined && !modes.includes(mode))
    errors.bond_mode = `'${mode}' is none of an ${iface.type === 'bond' ? 'ordinary' : 'OVS'} bond: ${modes.join(', ')}`;
  if (given.bond_xmit_hash_policy !== undefined && !HASH_MODES.includes(mode))
    errors.bond_xmit_hash_policy ??= `only for bond_mode ${HASH_MODES.join(' and ')}; it is ${mode}`;
  if (given['bond-primary'] !== undefined && mode !== 'active-backup')
    errors['bond-primary'] ??= `only for bond_mode active-backup; it is ${mode}`;
}

function checkVlan({ name, given }: Wanted, errors: Errors): void {
  const [, parent, tag] = /^(\S+)\.(\d+)$/.exec(name) ?? [];
  const id = tag ?? /^vlan(\d+)$/.exec(name)?.[1];
  if (parent !== undefined && (given['vlan-raw-device'] ?? parent) !== parent)
    errors['vlan-raw-device'] = `the name '${name}' says that it lies on '${parent}'`;
  if (id !== undefined && Number(given['vlan-id'] ?? id) !== Number(id))
    errors['vlan-id'] = `the name '${name}' says that it is VLAN ${id}`;
}

function checkVids({ given, iface }: Wanted, errors: Errors): void {
  if (given.bridge_vids === undefined) return;
  if (words(String(given.bridge_vids)).length === 0)
    errors.bridge_vids = 'VLAN list items are empty';
  else if (!iface.bridge_vlan_aware)
    errors.bridge_vids = 'only for a VLAN aware bridge: give --bridge_vlan_aware 1 too';
}

function checkOvsBridge(ifaces: Ifaces, iface: Iface, errors: Errors): void {
  const name = iface.ovs_bridge;
  if (!name) errors.ovs_bridge = 'parameter is required';
  else if (ifaces[name] === undefined)
    errors.ovs_bridge = `bridge '${name}' does not exist (pave network create ${name} --type OVSBridge)`;
  else if (ifaces[name].type !== 'OVSBridge')
    errors.ovs_bridge = `interface '${name}' is no OVS bridge`;
}

/** Names by which the file's reader knows the type again. */
function nameProblem(name: string, type: string): string | undefined {
  if (name.length > NAME_MAX) return `'${name}' has more than ${NAME_MAX} characters`;
  if ((type === 'bond' || type === 'OVSBond') && !/^bond\d+$/.test(name))
    return 'a bond is named bond<number>, e.g. bond0';
  if (type === 'alias' && !/^\S+:\d+$/.test(name))
    return 'an alias is named <interface>:<number>, e.g. eth0:1';
  if ((type === 'bridge' || type === 'OVSBridge') && /[.:]|^bond\d+$/.test(name))
    return 'a bridge is named with letters and digits, e.g. vmbr0';
  return undefined;
}
