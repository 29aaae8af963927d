/** Adding, changing and removing interfaces. Source: PVE::API2::Network. */
import { ParamError, PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { PATTERNS } from './addresses.js';
import { checkConfirmed } from './apply.js';
import { loadNetwork, readLinks, stage, withNetworkLock } from './files.js';
import { portsOf } from './interfaces/ovs.js';
import type { Iface, NetworkConfig } from './interfaces/types.js';
import { splitCidr, words } from './interfaces/values.js';

/** What a caller may give: the parameters of the original's API by name. */
export type IfaceParams = Record<string, string | number | boolean | undefined>;

interface Ctx {
  host: Host;
  out: { warn(text: string): void };
}

type Ifaces = Record<string, Iface>;

/** The kernel's names of network devices have at most 15 characters. */
const NAME_MAX = 15;

/** @throws ParamError, PaveError */
export async function createInterface(ctx: Ctx, name: string, params: IfaceParams): Promise<void> {
  await change(ctx, (config) => {
    const { ifaces } = config;
    if (ifaces[name] !== undefined && !isBareCard(ifaces[name], params))
      throw new ParamError({ iface: 'interface already exists' });
    const given = withAddresses(params);
    checkParams(ctx.host, ifaces, name, given);
    const iface: Iface = { ...ifaces[name], ...(given as Iface) };
    iface.families = familiesOf(iface);
    setMethods(iface, given);
    if (isOvsPort(iface)) joinBridge(ifaces, name, iface);
    tidyLists(iface);
    ifaces[name] = iface;
  });
}

/** A card that is there but has no stanza yet is `created` by giving it one. */
function isBareCard(iface: Iface, params: IfaceParams): boolean {
  return params.type === 'eth' && iface.priority === undefined && Boolean(iface.exists);
}

/**
 * Changes the given values and keeps the others.
 * @throws ParamError, PaveError
 */
export async function changeInterface(
  ctx: Ctx,
  name: string,
  params: IfaceParams,
  remove: readonly string[],
): Promise<void> {
  await change(ctx, (config) => {
    const { ifaces } = config;
    const iface = ifaces[name];
    if (iface === undefined) throw new ParamError({ iface: 'interface does not exist' });
    const given = withAddresses(params);
    for (const key of remove) removeKey(iface, key);
    checkParams(ctx.host, ifaces, name, { type: iface.type, ...given });
    if (given.type !== undefined && given.type !== iface.type) dropForeignKeys(iface);
    Object.assign(iface, given);
    if (isOvsPort(iface) && given.ovs_bridge !== undefined) {
      leaveBridges(ifaces, name);
      joinBridge(ifaces, name, iface);
    }
    if (params.cidr !== undefined || params.address !== undefined) delete iface.cidr;
    if (params.cidr6 !== undefined || params.address6 !== undefined) delete iface.cidr6;
    if (given.bridge_vlan_aware === false) delete iface.bridge_vlan_aware;
    iface.families = familiesOf(iface);
    setMethods(iface, given);
    tidyLists(iface);
  });
}

/** @throws ParamError where there is none of that name */
export async function deleteInterface(ctx: Ctx, name: string): Promise<void> {
  await change(ctx, ({ ifaces }) => {
    const iface = ifaces[name];
    if (iface === undefined) throw new ParamError({ iface: 'interface does not exist' });
    if (isOvsPort(iface)) leaveBridges(ifaces, name);
    delete ifaces[name];
  });
}

async function change(ctx: Ctx, edit: (config: NetworkConfig) => void): Promise<void> {
  await withNetworkLock(ctx.host, async () => {
    checkConfirmed(ctx.host);
    const links = await readLinks(ctx.host);
    const config = await loadNetwork(ctx.host, links);
    edit(config);
    stage(ctx.host, config, links, ctx.out.warn);
  });
}

/** `cidr` becomes address and netmask, in both families. @throws ParamError when both are given */
function withAddresses(params: IfaceParams): IfaceParams {
  const given = Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== undefined),
  ) as IfaceParams;
  for (const suffix of ['', '6']) {
    const cidr = given[`cidr${suffix}`];
    if (typeof cidr !== 'string') continue;
    const clash = ['address', 'netmask'].find((key) => given[key + suffix] !== undefined);
    if (clash !== undefined)
      throw new ParamError({ [clash + suffix]: `${clash}${suffix} conflicts with cidr${suffix}` });
    const split = splitCidr(cidr)!;
    given[`address${suffix}`] = split.address;
    given[`netmask${suffix}`] = split.bits;
    delete given[`cidr${suffix}`];
  }
  for (const key of ['comments', 'comments6']) {
    const text = given[key];
    if (typeof text === 'string' && text !== '') given[key] = `${text.replace(/\n*$/, '')}\n`;
  }
  return given;
}

/** All that is wrong at once. @throws ParamError */
function checkParams(host: Host, ifaces: Ifaces, name: string, params: IfaceParams): void {
  const errors: Record<string, string> = {};
  for (const [key, label] of [
    ['gateway', 'Default gateway'],
    ['gateway6', 'Default ipv6 gateway'],
  ] as const) {
    if (!params[key]) continue;
    const other = Object.keys(ifaces).find((one) => one !== name && ifaces[one]![key]);
    if (other !== undefined) errors[key] = `${label} already exists on interface '${other}'.`;
  }
  checkPorts(ifaces, name, params, errors);
  if (typeof params.address6 === 'string') {
    const reason = badHostAddress6(params.address6, Number(params.netmask6));
    if (reason !== undefined) errors.address6 = reason;
  }
  if (typeof params.bridge_vids === 'string' && words(params.bridge_vids).length === 0)
    errors.bridge_vids = 'VLAN list items are empty';
  const wrongName = nameProblem(name, String(params.type));
  if (wrongName !== undefined) errors.iface = wrongName;
  if (Object.keys(errors).length > 0) throw new ParamError(errors);
  if (/^OVS/.test(String(params.type)) && host.which('ovs-vsctl') === undefined)
    throw new PaveError("Open VSwitch is not installed (need package 'openvswitch-switch')", {
      hint: 'apt install openvswitch-switch',
    });
}

function checkPorts(
  ifaces: Ifaces,
  name: string,
  params: IfaceParams,
  errors: Record<string, string>,
): void {
  const key = ['bridge_ports', 'ovs_ports', 'slaves', 'ovs_bonds'].find((one) => params[one]);
  if (key === undefined) return;
  const wanted = new Set(portsOf(params as Iface));
  for (const [other, iface] of Object.entries(ifaces)) {
    if (other === name) continue;
    const port = portsOf(iface).find((one) => wanted.has(one));
    if (port !== undefined) errors[key] = `${port} is already used on interface '${other}'.`;
  }
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

function badHostAddress6(address: string, bits: number): string | undefined {
  const { loopback, multicast, unspecified } = PATTERNS;
  const type = unspecified.test(address)
    ? 'UNSPECIFIED'
    : loopback.test(address)
      ? 'LOOPBACK'
      : multicast.test(address)
        ? 'MULTICAST'
        : undefined;
  if (Number.isNaN(bits) || bits < 0 || bits > 128)
    return `${bits} is not a valid subnet length for ipv6`;
  return type === undefined
    ? undefined
    : `${address} with type '${type}', cannot be used as host IPv6 address.`;
}

function familiesOf(iface: Iface): string[] {
  const families: string[] = [];
  const has4 = iface.address || iface.method === 'dhcp' || iface.method === 'loopback';
  const has6 = iface.address6 || iface.method6 === 'dhcp' || iface.method6 === 'auto';
  if (has4) families.push('inet');
  if (has6) families.push('inet6');
  return families.length === 0 ? ['inet'] : families;
}

/** static with an address, manual without one; what was chosen otherwise (dhcp, auto) stays. */
function setMethods(iface: Iface, given: IfaceParams): void {
  for (const suffix of ['', '6'] as const) {
    const key = `method${suffix}` as const;
    const address = iface[`address${suffix}`];
    if (address && (given[`address${suffix}`] !== undefined || iface[key] === 'manual'))
      iface[key] = 'static';
    else if (!address && (iface[key] === undefined || iface[key] === 'static'))
      iface[key] = 'manual';
  }
  iface.families = familiesOf(iface);
}

function removeKey(iface: Iface, key: string): void {
  delete iface[key];
  const match = /^(cidr|address|netmask)(6?)$/.exec(key);
  if (match === null) return;
  // Half an address is none.
  for (const part of ['cidr', 'address', 'netmask']) delete iface[part + match[2]];
}

/** Another type has other keys: the old ones would be printed as unknown options. */
function dropForeignKeys(iface: Iface): void {
  for (const key of Object.keys(iface))
    if (/^(bridge|bond|ovs|vlan|vxlan)[_-]|^slaves$/.test(key)) delete iface[key];
}

function isOvsPort(iface: Iface): boolean {
  return ['OVSPort', 'OVSIntPort', 'OVSBond'].includes(iface.type ?? '');
}

function leaveBridges(ifaces: Ifaces, name: string): void {
  for (const bridge of Object.values(ifaces)) {
    if (!words(bridge.ovs_ports).includes(name)) continue;
    const left = words(bridge.ovs_ports).filter((port) => port !== name);
    bridge.ovs_ports = left.join(' ');
  }
}

function joinBridge(ifaces: Ifaces, name: string, iface: Iface): void {
  const bridgeName = iface.ovs_bridge;
  if (!bridgeName) throw new ParamError({ ovs_bridge: 'parameter is required' });
  const bridge = ifaces[bridgeName];
  if (bridge === undefined)
    throw new ParamError({ ovs_bridge: `bridge '${bridgeName}' does not exist` });
  if (bridge.type !== 'OVSBridge')
    throw new ParamError({ ovs_bridge: `interface '${bridgeName}' is no OVS bridge` });
  bridge.ovs_ports = [...new Set([...words(bridge.ovs_ports), name])].join(' ');
}

/** The file separates with blanks only. */
function tidyLists(iface: Iface): void {
  for (const key of ['bridge_vids', 'bridge_ports', 'slaves', 'ovs_ports', 'ovs_bonds'] as const)
    if (iface[key] !== undefined) iface[key] = words(iface[key]).join(' ');
}
