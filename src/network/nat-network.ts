/** Which network a NAT bridge gets, and which part of it its guests. */
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { type Network4, overlaps4, parseNetwork4 } from './addresses.js';

const DEFAULT_CIDRS = Array.from({ length: 90 }, (_, n) => `10.10.${n + 10}.1/24`);

/**
 * The network that was asked for, or the first free one.
 * @throws PaveError where one of this machine's interfaces is in it
 */
export async function chooseNetwork(host: Host, cidr: string | undefined): Promise<Network4> {
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

/** What DHCP gives out: in a /24 or larger from .100 on, so that those before are free to be set by hand. */
export function rangeOf(network: Network4): { first: string; last: string } {
  if (network.hosts >= 254)
    return { first: network.host(100), last: network.host(Math.min(network.hosts - 5, 1099)) };
  // A small one: all of it; the bridge's own address is never given out.
  return { first: network.host(1), last: network.host(network.hosts) };
}
