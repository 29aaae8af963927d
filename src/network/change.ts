/** Adding, changing and removing interfaces. Source: PVE::API2::Network. */
import { ParamError } from '../errors.js';
import type { Host } from '../host/types.js';
import { checkConfirmed } from './apply.js';
import { loadNetwork, readLinks, stage, withNetworkLock } from './files.js';
import type { Iface, NetworkConfig } from './interfaces/types.js';
import { splitCidr, words } from './interfaces/values.js';
import { checkWanted, type IfaceParams } from './params.js';

interface Ctx {
  host: Host;
  out: { warn(text: string): void };
}

type Ifaces = Record<string, Iface>;

/** Settings that an interface can be without; its type is none. */
const REMOVABLE =
  /^(?:(?:cidr|address|netmask|gateway|comments|method)6?|autostart|mtu|bridge_(?:ports|vlan_aware|vids)|slaves|bond_mode|bond-primary|bond_xmit_hash_policy|vlan-raw-device|vlan-id|ovs_(?:bridge|ports|bonds|tag|options))$/;

/** @throws ParamError, PaveError */
export async function createInterface(ctx: Ctx, name: string, params: IfaceParams): Promise<void> {
  await change(ctx, (config) => {
    const { ifaces } = config;
    if (ifaces[name] !== undefined && !isBareCard(ifaces[name], params))
      throw new ParamError({ iface: 'interface already exists' });
    const given = withAddresses(params);
    const iface: Iface = { ...ifaces[name], ...(given as Iface) };
    checkWanted(ctx.host, ifaces, { name, given, removed: [], iface });
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
    const before = ifaces[name];
    if (before === undefined) throw new ParamError({ iface: 'interface does not exist' });
    checkRemoved(remove);
    const given = withAddresses(params);
    const iface = structuredClone(before);
    for (const key of remove) removeKey(iface, key);
    if (given.type !== undefined && given.type !== iface.type) dropForeignKeys(iface);
    Object.assign(iface, given);
    checkWanted(ctx.host, ifaces, { name, given, removed: remove, iface });
    ifaces[name] = iface;
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

/** @throws ParamError naming what is no setting */
function checkRemoved(remove: readonly string[]): void {
  const unknown = remove.filter((key) => !REMOVABLE.test(key));
  if (unknown.length > 0)
    throw new ParamError({ delete: `no such setting: ${unknown.join(', ')}` });
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
  const bridge = ifaces[iface.ovs_bridge!]!;
  bridge.ovs_ports = [...new Set([...words(bridge.ovs_ports), name])].join(' ');
}

/** The file separates with blanks only. */
function tidyLists(iface: Iface): void {
  for (const key of ['bridge_vids', 'bridge_ports', 'slaves', 'ovs_ports', 'ovs_bonds'] as const)
    if (iface[key] !== undefined) iface[key] = words(iface[key]).join(' ');
}
