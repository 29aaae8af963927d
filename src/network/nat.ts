/**
 * Bridges whose guests reach the world through this machine's own address: masquerading by nft,
 * addresses and names by dnsmasq. All of it stands in /etc/network/interfaces, as post-up and
 * post-down lines of the bridge, so that it comes back with a reboot.
 */
import { messageOf, PaveError } from '../errors.js';
import { installLine } from '../host/packages.js';
import type { Host } from '../host/types.js';
import { parseNetwork4 } from './addresses.js';
import { checkConfirmed } from './apply.js';
import { INTERFACES, readLinks, STAGED, withNetworkLock } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import type { Iface } from './interfaces/types.js';
import { chooseNetwork, rangeOf } from './nat-network.js';
import {
  addStanza,
  dropStanza,
  EMPTY,
  leaseFile,
  type NatBridge,
  natStanza,
  natTable,
} from './nat-stanza.js';
import { bringUp, checkUp, type NatContext, takeDown } from './nat-up.js';
import { exists } from './port/link.js';
import { findIfTool } from './tools.js';

export interface Lease {
  mac: string;
  address: string;
  hostname: string | undefined;
  /** Seconds since the epoch. */
  expires: number;
}

/** The NAT bridge that an interface of the file is; undefined where it is none. */
export function natOf(name: string, iface: Iface): NatBridge | undefined {
  const lines = iface.options ?? [];
  if (!lines.some((line) => line.includes(`table ip ${natTable(name)} `))) return undefined;
  const range = /--dhcp-range=([\d.]+),([\d.]+)/.exec(lines.join('\n'));
  return {
    name,
    cidr: iface.cidr ?? '',
    dhcp: range === null ? undefined : { first: range[1]!, last: range[2]! },
  };
}

/** All NAT bridges of the configuration in force. */
export function natBridges(host: Host): NatBridge[] {
  const { ifaces } = readInterfaces(host.files.read(INTERFACES) ?? '');
  return Object.entries(ifaces).flatMap(([name, iface]) => natOf(name, iface) ?? []);
}

/**
 * Makes the bridge, now and for every boot; one that is there already as asked is left alone.
 * @param cidr network or the bridge's own address in it; a free one is taken where not given
 * @throws PaveError; nothing is then changed
 */
export async function addNat(
  ctx: NatContext,
  name: string,
  cidr: string | undefined,
  dhcp: boolean,
): Promise<NatBridge> {
  const { host } = ctx;
  return withNetworkLock(host, async () => {
    checkNothingWaits(host);
    const before = host.files.read(INTERFACES);
    const there = natBridges(host).find((bridge) => bridge.name === name);
    if (there !== undefined) return keep(ctx, there, cidr, dhcp);
    await checkFree(host, name, before ?? '');
    checkPrograms(host, dhcp);
    const network = await chooseNetwork(host, cidr);
    const bridge: NatBridge = {
      name,
      cidr: `${network.address === network.network ? network.host(1) : network.address}/${network.bits}`,
      dhcp: dhcp ? rangeOf(network) : undefined,
    };
    host.files.mkdir('/etc/network');
    host.files.mkdir('/var/lib/misc');
    host.files.mkdir('/run');
    host.files.write(INTERFACES, addStanza(before, natStanza(bridge, host.path)));
    try {
      await bringUp(host, name);
      await checkUp(host, bridge);
    } catch (error) {
      // Of what was not made yet nothing can be taken away: the error tells why.
      await takeDown({ host, out: { warn: () => {} } }, name).catch(() => {});
      if (before === undefined) host.files.unlink(INTERFACES);
      else host.files.write(INTERFACES, before);
      throw error;
    }
    return bridge;
  });
}

async function keep(
  ctx: NatContext,
  there: NatBridge,
  cidr: string | undefined,
  dhcp: boolean,
): Promise<NatBridge> {
  const same =
    dhcp === (there.dhcp !== undefined) &&
    (cidr === undefined || parseNetwork4(cidr).network === parseNetwork4(there.cidr).network);
  if (!same)
    throw new PaveError(
      `'${there.name}' is there already, with other settings: ${describe(there)}`,
      {
        hint: `take it away first: pave network nat ${there.name} --remove`,
      },
    );
  if (!exists(ctx.host, there.name)) await bringUp(ctx.host, there.name);
  return there;
}

/** e.g. `10.10.10.1/24, DHCP 10.10.10.100 to 10.10.10.249`. */
export function describe(bridge: NatBridge): string {
  const { dhcp } = bridge;
  return `${bridge.cidr}, ${dhcp === undefined ? 'no DHCP' : `DHCP ${dhcp.first} to ${dhcp.last}`}`;
}

/** @throws PaveError where it is no NAT bridge of ours, or guests are on it */
export async function removeNat(ctx: NatContext, name: string): Promise<void> {
  const { host } = ctx;
  await withNetworkLock(host, async () => {
    checkNothingWaits(host);
    if (!natBridges(host).some((bridge) => bridge.name === name))
      throw new PaveError(`'${name}' is no NAT network`, { hint: 'pave network list shows them' });
    const guests = Object.values(await readLinks(host))
      .filter((link) => link.master === name && /^(tap|veth|fwpr)\d/.test(link.ifname))
      .map((link) => link.ifname);
    if (guests.length > 0)
      throw new PaveError(`guests are on '${name}': ${guests.join(', ')}`, {
        hint: 'shut them down, or give them another bridge',
      });
    await takeDown(ctx, name);
    const left = dropStanza(host.files.read(INTERFACES) ?? '', name);
    // A file that was made for it goes with it.
    if (left === EMPTY) host.files.unlink(INTERFACES);
    else host.files.write(INTERFACES, left);
    host.files.unlink(leaseFile(name));
  });
}

/** Brings up what is not there, where no ifupdown has done it at boot. */
export async function ensureNat(ctx: NatContext): Promise<void> {
  if (findIfTool(ctx.host) !== undefined) return;
  for (const { name } of natBridges(ctx.host)) {
    if (exists(ctx.host, name)) continue;
    try {
      await bringUp(ctx.host, name);
    } catch (error) {
      ctx.out.warn(`network ${name}: ${messageOf(error)}`);
    }
  }
}

/** Addresses given out on a bridge. Source: dnsmasq(8), its lease file. */
export function leases(host: Host, name: string): Lease[] {
  return (host.files.read(leaseFile(name)) ?? '').split('\n').flatMap((line) => {
    const [expires, mac, address, hostname] = line.split(' ');
    if (address === undefined || mac === undefined) return [];
    return [
      { mac, address, hostname: hostname === '*' ? undefined : hostname, expires: Number(expires) },
    ];
  });
}

function checkNothingWaits(host: Host): void {
  checkConfirmed(host);
  if (host.files.exists(STAGED))
    throw new PaveError('changes of the network are collected and not applied', {
      hint: 'pave network apply, or pave network revert',
    });
}

async function checkFree(host: Host, name: string, text: string): Promise<void> {
  if (readInterfaces(text).ifaces[name] !== undefined)
    throw new PaveError(`'${name}' is in ${INTERFACES} already, and no NAT network`);
  if (exists(host, name))
    throw new PaveError(`the interface '${name}' exists already`, { hint: 'choose another name' });
}

/** @throws PaveError naming all that is missing */
function checkPrograms(host: Host, dhcp: boolean): void {
  const missing = ['nft', ...(dhcp ? ['dnsmasq'] : [])].filter(
    (program) => host.which(program) === undefined,
  );
  const lines = missing.map((program) => installLine(program)!.replace('apt install ', ''));
  const old = findIfTool(host)?.name === 'ifupdown';
  if (old && !host.files.exists('/usr/share/doc/bridge-utils/copyright'))
    lines.push('bridge-utils');
  if (lines.length > 0)
    throw new PaveError(
      `a NAT network needs packages that are not installed: ${lines.join(', ')}`,
      {
        hint: `apt install ${lines.join(' ')}`,
      },
    );
}
