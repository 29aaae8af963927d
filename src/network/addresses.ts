/** Arithmetic with IPv4 networks, and kinds of IPv6 addresses. */
import { PaveError } from '../errors.js';

/** Why a host cannot have that IPv6 address; undefined where it can. Source: Net::IP's kinds of them. */
export function badHostAddress6(address: string, bits: number): string | undefined {
  if (Number.isNaN(bits) || bits < 0 || bits > 128)
    return `${bits} is not a valid subnet length for ipv6`;
  const kind = kindOf6(address);
  return kind === undefined
    ? undefined
    : `${address} with type '${kind}', cannot be used as host IPv6 address.`;
}

/** Undefined for unicast: global (2000::/3), unique local (fc00::/7) and link local (fe80::/10). */
function kindOf6(address: string): string | undefined {
  if (/^[0:]+$/.test(address)) return 'UNSPECIFIED';
  if (/^[0:]*:0*1$/.test(address)) return 'LOOPBACK';
  const first = Number.parseInt(/^[0-9a-f]*/i.exec(address)![0] || '0', 16);
  if (first >>> 8 === 0xff) return 'MULTICAST';
  const unicast = first >>> 13 === 1 || first >>> 9 === 0x7e || first >>> 6 === 0x3fa;
  return unicast ? undefined : 'RESERVED';
}

export interface Network4 {
  /** Of the network itself, e.g. 10.10.10.0. */
  network: string;
  bits: number;
  /** The address that was given, e.g. 10.10.10.1. */
  address: string;
  /** How many hosts have room. */
  hosts: number;
  /** The n-th address, 1 is the first host's. */
  host(n: number): string;
}

/** @throws PaveError when the text is no IPv4 network */
export function parseNetwork4(cidr: string): Network4 {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const parts = match?.slice(1).map(Number) ?? [];
  const bits = parts[4] ?? 33;
  if (match === null || parts.slice(0, 4).some((part) => part > 255) || bits > 32)
    throw new PaveError(`'${cidr}' is no IPv4 network`, { hint: 'e.g. 10.10.10.0/24' });
  const value = parts.slice(0, 4).reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  const base = Math.floor(value / size) * size;
  return {
    network: dotted(base),
    bits,
    address: dotted(value),
    hosts: Math.max(size - 2, 0),
    host: (n) => dotted(base + n),
  };
}

/** True where the two networks have an address in common. */
export function overlaps4(a: Network4, b: Network4): boolean {
  const bits = Math.min(a.bits, b.bits);
  return (
    parseNetwork4(`${a.network}/${bits}`).network === parseNetwork4(`${b.network}/${bits}`).network
  );
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
