/** Values inside the interfaces file: addresses with their masks, `key=value` lists of OVS. */
import { netmaskBits } from '../../schema/formats/net.js';
import type { Iface } from './types.js';

export const BOND_MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

export const OVS_BOND_MODES = [
  'active-backup',
  'balance-slb',
  'lacp-balance-slb',
  'lacp-balance-tcp',
] as const;

/** Modes of a Linux bond that have a transmit hash policy. */
export const HASH_MODES = ['balance-xor', '802.3ad'];

/** Words of a list separated by blanks, commas or semicolons. */
export function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');
}

/** Address and prefix length of `address/length`. */
export function splitCidr(text: string): { address: string; bits: string } | undefined {
  const match = /^(.+)\/(\d+)$/.exec(text);
  return match === null ? undefined : { address: match[1]!, bits: match[2]! };
}

/** `address/length` where a mask is given, as a length or dotted; undefined where there is none. */
export function joinCidr(address: string, mask: string | undefined): string | undefined {
  if (splitCidr(address) !== undefined) return address;
  if (!mask || mask === '0') return undefined;
  if (/^\d+$/.test(mask)) return `${address}/${mask}`;
  const bits = netmaskBits(mask);
  return bits === undefined || bits === 0 ? undefined : `${address}/${bits}`;
}

/** Takes `name` out of an interface's ovs_options and gives its value. */
export function takeOvsOption(iface: Iface, name: string): string | undefined {
  const options = parseOvsOptions(iface.ovs_options);
  const value = options.get(name);
  options.delete(name);
  storeOvsOptions(iface, options);
  return value;
}

/** Sets (or removes) keys of an interface's ovs_options. */
export function setOvsOptions(iface: Iface, values: Record<string, string | undefined>): void {
  const options = parseOvsOptions(iface.ovs_options);
  for (const [key, value] of Object.entries(values)) {
    if (value) options.set(key, value);
    else options.delete(key);
  }
  storeOvsOptions(iface, options);
}

function parseOvsOptions(text: string | undefined): Map<string, string> {
  const options = new Map<string, string>();
  for (const word of (text ?? '').split(/\s+/)) {
    const at = word.indexOf('=');
    if (at > 0) options.set(word.slice(0, at), word.slice(at + 1));
  }
  return options;
}

function storeOvsOptions(iface: Iface, options: ReadonlyMap<string, string>): void {
  const text = [...options].map(([key, value]) => `${key}=${value}`).join(' ');
  if (text === '') delete iface.ovs_options;
  else iface.ovs_options = text;
}
