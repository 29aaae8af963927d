/** Ports of Open vSwitch bridges. Source: PVE::Network::ovs_bridge_add_port. */
import type { Host } from '../../host/types.js';
import { act, disableIpv6, mtuOf } from './link.js';

/** Seconds; a change waits for the daemon to have made it, without a daemon for ever. */
const TIMEOUT = '--timeout=60';

export interface VlanSettings {
  tag?: number | undefined;
  /** VLANs let through tagged, ranges allowed: `2;10-12`. */
  trunks?: string | undefined;
}

/** A port of an OVS bridge as its database has it. */
export interface OvsPort {
  name: string;
  bridge: string;
  tag?: number;
  /** Empty where it is no trunk. */
  trunks: number[];
  /** A device of OVS itself, gone when the port is taken away. */
  internal: boolean;
}

/** All ports of all OVS bridges; none where OVS is not there or does not run. */
export async function ovsPorts(host: Host): Promise<OvsPort[]> {
  if (host.which('ovs-vsctl') === undefined) return [];
  const ask = ['--columns=name,ports', 'list', 'Bridge'];
  const askPorts = ['--columns=_uuid,name,tag,trunks', 'list', 'Port'];
  const askDevices = ['--columns=name,type', 'list', 'Interface'];
  const result = await host.run(
    ['ovs-vsctl', TIMEOUT, '--format=json', '--', ...ask, '--', ...askPorts, '--', ...askDevices],
    { effect: 'read', allowExit: 'any' },
  );
  if (result.code !== 0) return [];
  const [bridges = [], ports = [], devices = []] = result.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => (JSON.parse(line) as { data: unknown[][] }).data);
  const internal = new Set(devices.flatMap(([name, type]) => (type === 'internal' ? [name] : [])));
  const bridgeOf = new Map(
    bridges.flatMap(([name, uuids]) => setOf(uuids).map((uuid) => [String(uuid), name as string])),
  );
  return ports.flatMap(([uuid, name, tag, trunks]) => {
    const bridge = bridgeOf.get(String(uuid));
    if (bridge === undefined) return [];
    const [one] = setOf(tag) as number[];
    return [
      {
        name: name as string,
        bridge,
        ...(one === undefined ? {} : { tag: one }),
        trunks: setOf(trunks) as number[],
        internal: internal.has(name),
      },
    ];
  });
}

/** A column's values: OVSDB writes a set of exactly one as that one. Source: RFC 7047, 5.1. */
function setOf(value: unknown): unknown[] {
  if (Array.isArray(value) && value[0] === 'set') return value[1] as unknown[];
  return [value];
}

export async function isOvsBridge(host: Host, name: string): Promise<boolean> {
  if (host.which('ovs-vsctl') === undefined) return false;
  const result = await host.run(['ovs-vsctl', TIMEOUT, 'br-exists', name], {
    effect: 'read',
    allowExit: 'any',
  });
  return result.code === 0;
}

/**
 * Puts a port on an Open vSwitch bridge with its VLANs, in place of one of that name. @throws
 * CommandError
 */
export async function addOvsPort(
  host: Host,
  bridge: string,
  port: string,
  vlan: VlanSettings,
  internal = false,
): Promise<void> {
  const { tag, trunks } = vlan;
  const settings = [
    ...(tag === undefined ? [] : [`tag=${tag}`]),
    ...(trunks === undefined ? [] : [`trunks=${trunkIds(trunks).join(',')}`]),
    ...(tag === undefined || trunks === undefined ? [] : ['vlan_mode=native-untagged']),
  ];
  const type = internal ? ['--', 'set', 'Interface', port, 'type=internal'] : [];
  await act(
    host,
    `can't add ovs port '${port}'`,
    'ovs-vsctl',
    TIMEOUT,
    // One transaction: a port of that name from an earlier run may be on another bridge.
    ...['--', '--if-exists', 'del-port', port],
    ...['--', 'add-port', bridge, port, ...settings],
    ...['--', 'set', 'Interface', port, `mtu_request=${mtuOf(host, bridge) ?? '1500'}`],
    ...type,
  );
  disableIpv6(host, port);
}

/** Takes a whole bridge away, with all of its ports. */
export async function removeOvsBridge(host: Host, name: string): Promise<void> {
  const failed = `can't take away the OVS bridge '${name}'`;
  await act(host, failed, 'ovs-vsctl', TIMEOUT, '--if-exists', 'del-br', name);
}

export async function removeOvsPort(host: Host, port: string): Promise<void> {
  if (host.which('ovs-vsctl') === undefined) return;
  await host.run(['ovs-vsctl', TIMEOUT, '--if-exists', 'del-port', port], {
    effect: 'change',
    allowExit: 'any',
  });
}

/** Each VLAN by itself: Open vSwitch knows no ranges. */
export function trunkIds(trunks: string): number[] {
  return trunks.split(';').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: Math.max(0, last! - first! + 1) }, (_, n) => first! + n);
  });
}
