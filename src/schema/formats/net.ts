/** Formats of network addresses. Source: PVE::JSONSchema, PVE::ParseUtils, PVE::DataCenterConfig. */
import { PaveError } from '../../errors.js';
import { accepts, anyOf, type FormatCheck, matching } from './check.js';

const OCTET = '(?:25[0-5]|(?:2[0-4]|1[0-9]|[1-9])?[0-9])';
/** Source of the pattern of an IPv4 address. */
export const IPV4_RE = `(?:(?:${OCTET}\\.){3}${OCTET})`;
/** Source of the pattern of an IPv6 address, `::` and a trailing IPv4 part included. */
export const IPV6_RE = ipv6Source();
/** Source of the pattern of either. */
export const IP_RE = `(?:${IPV4_RE}|${IPV6_RE})`;

/** RFC 3986's table: so many groups before `::`, so many after, then 32 bits, one group or none. */
function ipv6Source(): string {
  const group = '[0-9a-fA-F]{1,4}';
  const low32 = `(?:${IPV4_RE}|${group}:${group})`;
  const before = (max: number): string => (max < 0 ? '' : `(?:(?:${group}:){0,${max}}${group})?`);
  const rows = [`(?:${group}:){6}${low32}`];
  for (let left = -1; left <= 3; left++) {
    rows.push(`${before(left)}::(?:${group}:){${4 - left}}${low32}`);
  }
  rows.push(`${before(4)}::${low32}`, `${before(5)}::${group}`, `${before(6)}::`);
  return `(?:${rows.join('|')})`;
}

const ipv4 = matching(IPV4_RE, 'value does not look like a valid IPv4 address');
const ipv6 = matching(IPV6_RE, 'value does not look like a valid IPv6 address');
const ip = matching(IP_RE, 'value does not look like a valid IP address');

function cidr(address: string, maxBits: number, family: string): FormatCheck {
  let pattern: RegExp | undefined;
  return (value) => {
    pattern ??= new RegExp(`^${address}/(\\d+)$`);
    const bits = Number(pattern.exec(value)?.[1] ?? 0);
    if (bits <= 7 || bits > maxBits) {
      throw new PaveError(`value does not look like a valid ${family} CIDR network`);
    }
  };
}

const cidrv4 = cidr(IPV4_RE, 32, 'IPv4');
const cidrv6 = cidr(IPV6_RE, 128, 'IPv6');

const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const dnsName = matching(`(?:${NAME}\\.)*${NAME}`, 'value does not look like a valid DNS name');

/** Prefix length of a dotted IPv4 netmask (0 to 32); undefined when it is none. */
export function netmaskBits(mask: string): number | undefined {
  if (!accepts(ipv4, mask)) return undefined;
  const bits = mask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

/**
 * Splits `host[:port]`, `[host]:port` or `v6[.port]`; undefined when the text is none of them.
 * Source: PVE::Tools::parse_host_and_port.
 */
export function parseHostAndPort(text: string): { host: string; port?: string } | undefined {
  const forms = [
    /^([A-Za-z0-9\-.]+)(?::(\d+))?$/,
    new RegExp(`^\\[(${IPV6_RE}|[A-Za-z0-9\\-.]+)\\](?::(\\d+))?$`),
    new RegExp(`^(${IPV6_RE})(?:\\.(\\d+))?$`),
  ];
  for (const form of forms) {
    const match = form.exec(text);
    if (match?.[1] !== undefined) {
      return match[2] === undefined ? { host: match[1] } : { host: match[1], port: match[2] };
    }
  }
  return undefined;
}

/** The table; built when first asked for. */
export const netFormats = (): Record<string, FormatCheck> => ({
  'mac-addr': matching(
    /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i,
    'value does not look like a valid unicast MAC address',
  ),
  'mac-prefix': matching(
    /^[a-f0-9][02468ace](?::[a-f0-9]{2}){0,2}(?::[a-f0-9]?)?$/i,
    'value is not a valid unicast MAC address prefix',
  ),
  ipv4,
  ipv6,
  ip,
  ipv4mask: (v) => {
    if (netmaskBits(v) === undefined) {
      throw new PaveError('value does not look like a valid IP netmask');
    }
  },
  CIDRv4: cidrv4,
  CIDRv6: cidrv6,
  CIDR: anyOf([cidrv4, cidrv6], () => 'value does not look like a valid CIDR network'),
  'pve-ipv4-config': anyOf(
    [matching(/^(?:dhcp|manual)$/, ''), cidrv4],
    () => 'value does not look like a valid ipv4 network configuration',
  ),
  'pve-ipv6-config': anyOf(
    [matching(/^(?:auto|dhcp|manual)$/, ''), cidrv6],
    () => 'value does not look like a valid ipv6 network configuration',
  ),
  'dns-name': dnsName,
  address: anyOf([ip, dnsName], (v) => `value does not look like a valid address: ${v}`),
  'pve-storage-server': anyOf(
    [ip, dnsName],
    () => 'value does not look like a valid server name or IP address',
  ),
  'pve-storage-portal-dns': (v) => {
    if (!parseHostAndPort(v))
      throw new PaveError('value does not look like a valid portal address');
  },
});
