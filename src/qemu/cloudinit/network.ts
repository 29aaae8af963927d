/** A VM's network as cloud-init is told it, in each of the formats. Source: Cloudinit.pm of the original. */
import { PaveError } from '../../errors.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { parseNet } from '../net.js';
import { ipconfigNFormat } from '../options/cloudinit.js';

type Values = ReadonlyMap<string, string>;

/** Addresses of one card; without any, both families are asked for by DHCP. */
export interface IpConfig {
  ip?: string;
  gw?: string;
  ip6?: string;
  gw6?: string;
}

/** What the guest resolves names with: its own keys, else the host's. */
export interface Dns {
  servers: string[];
  search: string[];
}

/** @throws PaveError for gateways without an address to go with */
export function parseIpConfig(text: string): IpConfig {
  const config = parsePropertyString(ipconfigNFormat, text) as IpConfig;
  const { ip, gw, ip6, gw6 } = config;
  if (gw && !ip) throw new PaveError('gateway specified without specifying an IP address');
  if (gw6 && !ip6) throw new PaveError('IPv6 gateway specified without specifying an IPv6 address');
  if (gw && ip === 'dhcp') throw new PaveError('gateway specified together with DHCP');
  if (gw6 && /^(auto|dhcp)$/.test(ip6!))
    throw new PaveError(`IPv6 gateway specified together with ${ip6} address`);
  return ip || ip6 ? config : { ip: 'dhcp', ip6: 'dhcp' };
}

/** `resolv` is the host's /etc/resolv.conf. */
export function dnsOf(values: Values, resolv: string): Dns {
  const words = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== '');
  const searches = [...resolv.matchAll(/^(?:search|domain)\s+(\S+)/gm)];
  const servers = [...resolv.matchAll(/^\s*nameserver\s+([0-9a-fA-F.:]+)(?=\s|$)/gm)];
  return {
    search: words(values.get('searchdomain') ?? searches.at(-1)?.[1] ?? ''),
    servers: words(
      values.get('nameserver') ??
        servers
          .slice(0, 3)
          .map(([, server]) => server)
          .join(' '),
    ),
  };
}

interface Card extends IpConfig {
  index: number;
  /** Lower case. */
  mac: string;
  mtu: string | number | undefined;
}

/** Cards with an `ipconfig`, in the order of their keys as text (net0, net1, net10, net2). */
function cardsOf(values: Values): Card[] {
  const cards: Card[] = [];
  for (const key of [...values.keys()].filter((key) => /^net\d+$/.test(key)).sort()) {
    const index = Number(key.slice(3));
    const text = values.get(`ipconfig${index}`);
    if (!text) continue;
    const { macaddr, mtu } = parseNet(values.get(key)!);
    if (macaddr === undefined) throw new PaveError(`network interface '${key}' has no mac address`);
    try {
      cards.push({ ...parseIpConfig(text), index, mac: macaddr.toLowerCase(), mtu });
    } catch (error) {
      throw new PaveError(`ipconfig${index}: ${(error as Error).message}`);
    }
  }
  return cards;
}

/** `10.0.0.2/24` -> address and netmask in dots. */
function splitIp4(cidr: string): { address: string; netmask: string } {
  const [address, bits] = cidr.split('/') as [string, string];
  const mask = 2 ** 32 - 2 ** (32 - Number(bits));
  return {
    address,
    netmask: [24, 16, 8, 0].map((by) => Math.floor(mask / 2 ** by) % 256).join('.'),
  };
}

/** cloud-init's own format, version 1. */
export function nocloudNetwork(values: Values, dns: Dns): string {
  let text = 'version: 1\nconfig:\n';
  for (const card of cardsOf(values)) {
    text += `    - type: physical\n      name: eth${card.index}\n`;
    text += `      mac_address: '${card.mac}'\n      subnets:\n`;
    text += nocloudSubnets(card);
  }
  text += '    - type: nameserver\n';
  if (dns.servers.length > 0) text += '      address:\n';
  for (const server of dns.servers) text += `      - '${server}'\n`;
  if (dns.search.length > 0) text += '      search:\n';
  for (const domain of dns.search) text += `      - '${domain}'\n`;
  return text;
}

function nocloudSubnets({ ip, gw, ip6, gw6 }: IpConfig): string {
  const pad = '      ';
  let text = '';
  if (ip === 'dhcp') {
    text += `${pad}- type: dhcp4\n`;
  } else if (ip !== undefined) {
    const { address, netmask } = splitIp4(ip);
    text += `${pad}- type: static\n${pad}  address: '${address}'\n${pad}  netmask: '${netmask}'\n`;
    if (gw !== undefined) text += `${pad}  gateway: '${gw}'\n`;
  }
  if (ip6 === 'dhcp') {
    text += `${pad}- type: dhcp6\n`;
  } else if (ip6 === 'auto') {
    text += `${pad}- type: ipv6_slaac\n`;
  } else if (ip6 !== undefined) {
    text += `${pad}- type: static6\n${pad}  address: '${ip6}'\n`;
    if (gw6 !== undefined) text += `${pad}  gateway: '${gw6}'\n`;
  }
  return text;
}

/** `/etc/network/interfaces` of a configuration drive; on Windows each card names its DNS servers. */
export function interfacesFile(values: Values, dns: Dns, windows: boolean): string {
  const pad = '        ';
  let text = '';
  if (!windows) {
    text += 'auto lo\niface lo inet loopback\n\n';
    if (dns.servers.length > 0) text += `${pad}dns_nameservers ${dns.servers.join(' ')}\n`;
    if (dns.search.length > 0) text += `${pad}dns_search ${dns.search.join(' ')}\n`;
  }
  const servers =
    windows && dns.servers.length > 0 ? `${pad}dns-nameservers ${dns.servers.join(' ')}\n` : '';
  for (const { index, ip, gw, ip6, gw6 } of cardsOf(values)) {
    const name = `eth${index}`;
    text += `auto ${name}\n`;
    if (ip === 'dhcp') {
      text += `iface ${name} inet dhcp\n`;
    } else if (ip !== undefined) {
      const { address, netmask } = splitIp4(ip);
      text += `iface ${name} inet static\n${pad}address ${address}\n${pad}netmask ${netmask}\n`;
      if (gw !== undefined) text += `${pad}gateway ${gw}\n${servers}`;
    }
    if (ip6 === 'dhcp' || ip6 === 'auto') {
      text += `iface ${name} inet6 ${ip6}\n`;
    } else if (ip6 !== undefined) {
      const [address, bits] = ip6.split('/');
      text += `iface ${name} inet6 static\n${pad}address ${address}\n${pad}netmask ${bits}\n`;
      if (gw6 !== undefined) text += `${pad}gateway ${gw6}\n${servers}`;
    }
  }
  return text;
}

/** OpenNebula's shell variables. */
export function opennebulaNetwork(values: Values, dns: Dns): string {
  let text = '';
  if (dns.servers.length > 0) text += `DNS="${dns.servers.join(' ')}"\n`;
  if (dns.search.length > 0) text += `SEARCH_DOMAIN="${dns.search.join(' ')}"\n`;
  const cards = cardsOf(values);
  for (const { index, mac, mtu, ip, gw, ip6, gw6 } of cards) {
    const name = `ETH${index}`;
    const mtuLine = mtu ? `${name}_MTU=${mtu}\n` : '';
    if (ip !== undefined) {
      if (ip === 'dhcp') text += `${name}_DHCP=YES\n`;
      else {
        const { address, netmask } = splitIp4(ip);
        text += `${name}_IP=${address}\n${name}_MASK=${netmask}\n${name}_MAC=${mac}\n`;
        if (gw !== undefined) text += `${name}_GATEWAY=${gw}\n`;
      }
      text += mtuLine;
    }
    if (ip6 !== undefined) {
      if (ip6 === 'dhcp') text += `${name}_DHCP6=YES\n`;
      else if (ip6 === 'auto') text += `${name}_AUTO6=YES\n`;
      else {
        const [address, bits] = ip6.split('/');
        text += `${name}_IP6=${address}\n${name}_MASK6=${bits}\n${name}_MAC6=${mac}\n`;
        if (gw6 !== undefined) text += `${name}_GATEWAY6=${gw6}\n`;
      }
      text += mtuLine;
    }
  }
  return cards.length > 0 ? `${text}NETWORK=YES\n` : text;
}
