/** A bridge for the first guest, when the machine has none. */
import type { Host } from '../host/types.js';

const DROP_IN = (bridge: string) => `/etc/network/interfaces.d/pave-${bridge}`;

export function bridgeExists(host: Host, bridge: string): boolean {
  return host.files.exists(`/sys/class/net/${bridge}/bridge`);
}

/** The first bridge named vmbr…, the original's custom. */
export function firstBridge(host: Host): string | undefined {
  const names = (host.files.list('/sys/class/net') ?? [])
    .filter((name) => /^vmbr\d+$/.test(name))
    .sort();
  return names.find((name) => bridgeExists(host, name));
}

/**
 * Makes a bridge without ports and without an address, and has ifupdown make it again after a
 * reboot where ifupdown is in charge.
 */
export async function makeBridge(host: Host, bridge: string): Promise<void> {
  await host.run(['ip', 'link', 'add', 'name', bridge, 'type', 'bridge'], { effect: 'change' });
  await host.run(['ip', 'link', 'set', bridge, 'up'], { effect: 'change' });
  if (host.files.exists('/etc/network/interfaces.d')) {
    host.files.write(
      DROP_IN(bridge),
      `auto ${bridge}\niface ${bridge} inet manual\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n`,
    );
  }
}

export async function removeBridge(host: Host, bridge: string): Promise<void> {
  host.files.unlink(DROP_IN(bridge));
  if (bridgeExists(host, bridge)) {
    await host.run(['ip', 'link', 'del', bridge], { effect: 'change' });
  }
}
