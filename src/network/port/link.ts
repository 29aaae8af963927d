/** Small steps on network devices of this host. */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

export function netPath(name: string, file = ''): string {
  return `/sys/class/net/${name}${file === '' ? '' : `/${file}`}`;
}

export function exists(host: Host, name: string): boolean {
  return host.files.exists(netPath(name));
}

export function isLinuxBridge(host: Host, name: string): boolean {
  return host.files.exists(netPath(name, 'bridge'));
}

export function isVlanAware(host: Host, bridge: string): boolean {
  return host.files.read(netPath(bridge, 'bridge/vlan_filtering'))?.trim() === '1';
}

/** Bytes. */
export function mtuOf(host: Host, name: string): string | undefined {
  return host.files.read(netPath(name, 'mtu'))?.trim();
}

/** Name of the Linux bridge a device is on; undefined where it is on none. */
export function bridgeOf(host: Host, name: string): string | undefined {
  const target = host.files.readlink(netPath(name, 'brport/bridge'));
  return target?.slice(target.lastIndexOf('/') + 1);
}

/** Runs `ip`, `bridge`, … and says in words what did not work. */
export async function act(host: Host, failed: string, ...argv: string[]): Promise<void> {
  try {
    await host.run(argv, { effect: 'change' });
  } catch (error) {
    throw new PaveError(`${failed}: ${messageOf(error)}`, { cause: error });
  }
}

/** From now on the bridge sends to this port only what it was told the address of. */
export function stopLearning(host: Host, name: string): void {
  host.files.control(netPath(name, 'brport/unicast_flood'), '0');
  host.files.control(netPath(name, 'brport/learning'), '0');
}

/** A port needs no address of its own: without it the host answers nothing on it. */
export function disableIpv6(host: Host, name: string): void {
  const path = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
  if (host.files.exists(path)) host.files.control(path, '1\n');
}

export async function remove(host: Host, name: string): Promise<void> {
  if (!exists(host, name)) return;
  // It may go by itself in this moment, as the other end of a pair does.
  await host.run(['ip', 'link', 'delete', 'dev', name], { effect: 'change', allowExit: [1] });
}
