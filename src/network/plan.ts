/** What ifupdown, which knows no reload, has to take down and bring up to go from one file to another. */
import { factsOf, type Iface, type NetworkConfig } from './interfaces/types.js';
import { words } from './interfaces/values.js';

export interface Plan {
  /** Highest first. */
  down: string[];
  /** Lowest first. */
  up: string[];
  /** Of the first file, highest first: not up, and perhaps in part, where bringing them up broke off. */
  half: string[];
}

/**
 * What differs, and all that stands on it.
 * @param up names that ifupdown has brought up
 * @param wanted names that shall be up also where nothing starts them by itself
 */
export function planOf(
  before: NetworkConfig,
  after: NetworkConfig,
  up: readonly string[],
  wanted: readonly string[] = up,
): Plan {
  const changed = new Set<string>();
  for (const name of new Set([...Object.keys(before.ifaces), ...Object.keys(after.ifaces)]))
    if (name !== 'lo' && isChanged(before, after, name)) changed.add(name);
  for (let size = -1; size !== changed.size; ) {
    size = changed.size;
    for (const { ifaces } of [before, after])
      for (const [name, iface] of Object.entries(ifaces))
        if (
          changed.has(iface.ovs_bridge ?? '') ||
          standsOn(name, iface).some((other) => changed.has(other))
        )
          changed.add(name);
  }
  const starting =
    ({ ifaces }: NetworkConfig) =>
    (name: string) =>
      changed.has(name) && (ifaces[name]!.autostart || wanted.includes(name));
  const isUp = (name: string) => up.includes(name);
  const down = inOrder(before).filter((name) => changed.has(name) && isUp(name));
  const half = inOrder(before).filter((name) => starting(before)(name) && !isUp(name));
  return {
    down: withoutOvsPorts(before, down).reverse(),
    up: withoutOvsPorts(after, inOrder(after).filter(starting(after))),
    half: withoutOvsPorts(before, half).reverse(),
  };
}

/** Ports of an Open vSwitch bridge come and go with it: its script calls ifupdown for them. */
function withoutOvsPorts({ ifaces }: NetworkConfig, names: string[]): string[] {
  const isPort = (name: string) => names.includes(ifaces[name]!.ovs_bridge ?? '');
  return names.filter((name) => !isPort(name));
}

/** All names, each after what it stands on. */
function inOrder({ ifaces }: NetworkConfig): string[] {
  const done: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const iface = ifaces[name];
    if (iface === undefined || seen.has(name)) return;
    seen.add(name);
    for (const other of standsOn(name, iface)) {
      visit(other);
      // A port of Open vSwitch is there when its bridge is.
      const bridge = ifaces[other]?.ovs_bridge;
      if (bridge !== undefined) visit(bridge);
    }
    done.push(name);
  };
  for (const name of Object.keys(ifaces)) visit(name);
  return done;
}

export function isChanged(before: NetworkConfig, after: NetworkConfig, name: string): boolean {
  const said = ({ ifaces, kept }: NetworkConfig) =>
    `${facts(ifaces[name])} ${JSON.stringify(kept?.whole.get(name)?.stanzas ?? '')}`;
  return said(before) !== said(after);
}

/** What an interface is made of and built on, as text: without where it stands in the file. */
function facts(iface: Iface | undefined): string {
  if (iface === undefined) return '';
  const { comments: _, ...rest } = iface;
  return `${iface.autostart ? 1 : 0} ${factsOf(rest)}`;
}

/** Names of the interfaces an interface is made of or lies on. */
export function standsOn(name: string, iface: Iface): string[] {
  const parent = iface['vlan-raw-device'] ?? /^(\S+?)[.:]\d+$/.exec(name)?.[1];
  const ports = [iface.bridge_ports, iface.slaves, iface.ovs_ports, iface.ovs_bonds].flatMap(words);
  // A tagged port has no stanza of its own where it is made with its bridge.
  const parents = ports.flatMap((port) => [port, port.replace(/\.\d+$/, '')]);
  return [...parents, ...(parent === undefined ? [] : [parent])];
}
