/**
 * Bridges whose guests reach the world through this machine's own address: masquerading by nft,
 * addresses and names by dnsmasq. All of it stands in /etc/network/interfaces, as post-up and
 * post-down lines of the bridge, so that it comes back with a reboot.
 */
import { messageOf, PaveError } from '../errors.js';
import { installLine } from '../host/packages.js';
import type { Host } from '../host/types.js';
import { type Network4, overlaps4, parseNetwork4 } from './addresses.js';
import { checkConfirmed } from './apply.js';
import { INTERFACES, readLinks, STAGED, withNetworkLock } from './files.js';
import { readInterfaces } from './interfaces/read.js';
import type { Iface } from './interfaces/types.js';
import {
  addStanza,
  dropStanza,
  EMPTY,
  leaseFile,
  type NatBridge,
  natStanza,
  natTable,
  pidFile,
} from './nat-stanza.js';
import { findIfTool } from './tools.js';

export interface Lease {
  mac: string;
  address: string;
  hostname: string | undefined;
  /** Seconds since the epoch. */
  expires: number;
}

interface Ctx {
  host: Host;
  out: { warn(text: string): void };
}

const DEFAULT_CIDRS = Array.from({ length: 90 }, (_, n) => `10.10.${n + 10}.1/24`);

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
  ctx: Ctx,
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

/** ifupdown2 only warns of a script that fails. @throws PaveError naming all that does not work */
async function checkUp(host: Host, { name, dhcp }: NatBridge): Promise<void> {
  if (host.dryRun) return;
  const table = ['nft', 'list', 'table', 'ip', natTable(name)];
  const nat = await host.run(table, { effect: 'read', allowExit: 'any' });
  const pid = Number(host.files.read(pidFile(name)) ?? 0);
  const serves = pid > 1 && (host.processes.cmdline(pid)?.[0] ?? '').includes('dnsmasq');
  const missing = [
    ...(isThere(host, name) ? [] : ['the bridge']),
    ...(nat.code === 0 ? [] : ['the masquerading (nft)']),
    ...(dhcp === undefined || serves ? [] : ['DHCP and DNS (dnsmasq)']),
  ];
  if (missing.length > 0)
    throw new PaveError(`'${name}' did not come up with all of it: ${missing.join(', ')} failed`, {
      hint: `the reason is in the messages above, or in the system's log`,
    });
}

async function keep(
  ctx: Ctx,
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
  if (!isThere(ctx.host, there.name)) await bringUp(ctx.host, there.name);
  return there;
}

/** e.g. `10.10.10.1/24, DHCP 10.10.10.100 to 10.10.10.249`. */
export function describe(bridge: NatBridge): string {
  const { dhcp } = bridge;
  return `${bridge.cidr}, ${dhcp === undefined ? 'no DHCP' : `DHCP ${dhcp.first} to ${dhcp.last}`}`;
}

/** @throws PaveError where it is no NAT bridge of ours, or guests are on it */
export async function removeNat(ctx: Ctx, name: string): Promise<void> {
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
export async function ensureNat(ctx: Ctx): Promise<void> {
  if (findIfTool(ctx.host) !== undefined) return;
  for (const { name } of natBridges(ctx.host)) {
    if (isThere(ctx.host, name)) continue;
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
  if (isThere(host, name))
    throw new PaveError(`the interface '${name}' exists already`, { hint: 'choose another name' });
}

function isThere(host: Host, name: string): boolean {
  return host.files.exists(`/sys/class/net/${name}`);
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

async function chooseNetwork(host: Host, cidr: string | undefined): Promise<Network4> {
  const result = await host.run(['ip', '-json', '-4', 'address', 'show'], { effect: 'read' });
  const links = JSON.parse(result.stdout || '[]') as {
    ifname: string;
    addr_info?: { local?: string; prefixlen?: number }[];
  }[];
  const used = links.flatMap(({ ifname, addr_info }) =>
    (addr_info ?? []).flatMap(({ local, prefixlen }) =>
      local === undefined
        ? []
        : [{ ifname, network: parseNetwork4(`${local}/${prefixlen ?? 32}`) }],
    ),
  );
  const clash = (network: Network4) => used.find((one) => overlaps4(one.network, network));
  if (cidr === undefined) {
    const free = DEFAULT_CIDRS.map(parseNetwork4).find((network) => clash(network) === undefined);
    if (free === undefined)
      throw new PaveError('no network of 10.10.10.0/24 and the following is free', {
        hint: 'name one with --cidr',
      });
    return free;
  }
  const network = parseNetwork4(cidr);
  if (network.bits < 8 || network.bits > 30)
    throw new PaveError(`${cidr}: a network for guests has a prefix length of 8 to 30`);
  const last = network.host(network.hosts + 1);
  if (network.address === last)
    throw new PaveError(`${cidr}: that is the network's broadcast address`);
  const other = clash(network);
  if (other !== undefined)
    throw new PaveError(
      `${cidr} overlaps with ${other.network.address}/${other.network.bits} of '${other.ifname}'`,
      { hint: 'choose another network' },
    );
  return network;
}

/** In a /24 or larger from .100 on, so that the addresses before are free to be set by hand. */
function rangeOf(network: Network4): { first: string; last: string } {
  if (network.hosts >= 254)
    return { first: network.host(100), last: network.host(Math.min(network.hosts - 5, 1099)) };
  // A small one: all of it; the bridge's own address is never given out.
  return { first: network.host(1), last: network.host(network.hosts) };
}

/** Through ifupdown where there is one; else by the very steps it would do. */
async function bringUp(host: Host, name: string): Promise<void> {
  const tool = findIfTool(host);
  if (tool !== undefined && host.root === '') return tool.up(name);
  const iface = readInterfaces(host.files.read(INTERFACES) ?? '').ifaces[name];
  if (iface === undefined) return;
  const run = (...argv: string[]) => host.run(argv, { effect: 'change' });
  await run('ip', 'link', 'add', 'name', name, 'type', 'bridge');
  await run('ip', 'address', 'add', iface.cidr!, 'dev', name);
  await run('ip', 'link', 'set', 'dev', name, 'up');
  for (const line of scripts(iface, 'post-up')) await run('/bin/sh', '-c', line);
}

async function takeDown(ctx: Ctx, name: string): Promise<void> {
  const { host } = ctx;
  const tool = findIfTool(host);
  if (tool !== undefined && host.root === '') {
    await tool.down(name, isThere(host, name));
    return;
  }
  const iface = readInterfaces(host.files.read(INTERFACES) ?? '').ifaces[name];
  if (isThere(host, name))
    await host.run(['ip', 'link', 'delete', 'dev', name], { effect: 'change' });
  for (const line of scripts(iface ?? {}, 'post-down')) {
    try {
      await host.run(['/bin/sh', '-c', line], { effect: 'change' });
    } catch (error) {
      ctx.out.warn(messageOf(error));
    }
  }
}

function scripts(iface: Iface, phase: string): string[] {
  return (iface.options ?? []).flatMap((line) => {
    const match = /^(\S+)\s+(.*)$/.exec(line);
    return match?.[1] === phase ? [match[2]!] : [];
  });
}
