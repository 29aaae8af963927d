/** What kind of device the kernel says an interface is. Source: PVE::IPRoute2. */
import type { Link, Links } from './types.js';

/** Names that network cards have, for a card that is not plugged in. */
const CARD_NAME = /^(?:eth\d+|en[^:.]+|ib[^:.]+|(?:nic|if)\d+)$/;

/** `ether` alone would also be true of bridges and the like: those have a kind. */
export function isPhysical(link: Link | undefined): boolean {
  return link?.link_type === 'ether' && link.linkinfo?.info_kind === undefined;
}

export function looksLikeCard(name: string): boolean {
  return CARD_NAME.test(name);
}

/** Other names of the links -> their own. */
export function altnames(links: Links): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, link] of Object.entries(links))
    for (const other of link.altnames ?? []) names.set(other, name);
  return names;
}

/** Ports of a bridge that lead out of the machine: cards, bonds and VLANs. */
export function uplinks(links: Links, bridge: string): string[] {
  return Object.values(links)
    .filter(
      (link) =>
        link.master === bridge &&
        (isPhysical(link) || ['bond', 'vlan'].includes(link.linkinfo?.info_kind ?? '')),
    )
    .map((link) => link.ifname);
}
