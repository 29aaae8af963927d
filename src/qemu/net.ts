/** Network cards of a VM as values. */
import { randomBytes } from 'node:crypto';
import { PaveError } from '../errors.js';
import { parsePropertyString, printPropertyString } from '../schema/propertyString.js';
import { netNFormat } from './options/net.js';

export interface Net {
  model: string;
  macaddr?: string;
  bridge?: string;
  firewall?: string | number;
  link_down?: string | number;
  mtu?: string | number;
  queues?: string | number;
  rate?: string | number;
  tag?: string | number;
  trunks?: string;
  'host-tunnel'?: string | number;
}

/** @throws PaveError */
export function parseNet(text: string): Net {
  return parsePropertyString(netNFormat, text) as unknown as Net;
}

export function printNet(net: Net): string {
  return printPropertyString({ ...net }, netNFormat);
}

/**
 * A random unicast MAC address; `prefix` (`BC:24:11` where not given, the original's own) fills its
 * first bytes.
 */
export function randomMac(prefix = 'BC:24:11'): string {
  const given = prefix.split(':');
  if (given.length > 5 || !given.every((part) => /^[0-9a-f]{2}$/i.test(part))) {
    throw new PaveError(`'${prefix}' is no MAC address prefix`);
  }
  const rest = [...randomBytes(6 - given.length)].map((byte) => byte.toString(16).padStart(2, '0'));
  return [...given, ...rest].join(':').toUpperCase();
}
