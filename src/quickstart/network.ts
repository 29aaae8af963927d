/** A network for the first guest: NAT, with addresses given to it, so that it can be reached at once. */
import type { Context } from '../commands/define.js';
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { leases, natBridges } from '../network/nat.js';

/** A bridge name that nothing has yet; vmbr0 is left for the machine's own network. */
export function freeBridge(host: Host): string {
  for (let n = 1; ; n++)
    if (!host.files.exists(`/sys/class/net/vmbr${n}`) && !isNat(host, `vmbr${n}`))
      return `vmbr${n}`;
}

export function isNat(host: Host, bridge: string): boolean {
  return natBridges(host).some(({ name }) => name === bridge);
}

/** Makes a bridge without ports and without an address, for a machine that can do no NAT. */
export async function makePlainBridge(host: Host, bridge: string): Promise<void> {
  await host.run(['ip', 'link', 'add', 'name', bridge, 'type', 'bridge'], { effect: 'change' });
  await host.run(['ip', 'link', 'set', bridge, 'up'], { effect: 'change' });
}

export async function removePlainBridge(host: Host, bridge: string): Promise<void> {
  if (host.files.exists(`/sys/class/net/${bridge}/bridge`))
    await host.run(['ip', 'link', 'del', bridge], { effect: 'change' });
}

/**
 * Waits until a guest has got an address and answers on it.
 * @param mac of its network card
 * @returns the address
 * @throws PaveError when it does not within that many milliseconds
 */
export async function reachGuest(
  ctx: Context,
  bridge: string,
  mac: string,
  timeoutMs: number,
): Promise<string> {
  const { host } = ctx;
  const deadline = host.clock.monotonic() + timeoutMs;
  const ping = host.which('ping') === undefined ? ['busybox', 'ping'] : ['ping'];
  for (;;) {
    const lease = leases(host, bridge).find((one) => one.mac.toLowerCase() === mac.toLowerCase());
    if (lease !== undefined) {
      const { code } = await host.run([...ping, '-c', '1', '-W', '2', lease.address], {
        effect: 'read',
        allowExit: 'any',
      });
      if (code === 0) return lease.address;
    }
    if (host.clock.monotonic() > deadline) {
      const what =
        lease === undefined ? 'has got no address' : `does not answer on ${lease.address}`;
      throw new PaveError(`the guest ${what} within ${timeoutMs / 1000} s`, {
        hint: `a firewall of this machine may drop what comes through ${bridge}: nft list ruleset`,
      });
    }
    await host.clock.sleep(300);
  }
}
