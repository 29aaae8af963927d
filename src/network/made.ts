/** Whether what was applied is there: ifupdown2 only warns of what it cannot make, and scripts of ifupdown may fail unseen. */
import { PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { readInterfaces } from './interfaces/read.js';
import { isChanged, standsOn } from './plan.js';
import { exists, isLinuxBridge } from './port/link.js';

/** Not bonds of Open vSwitch: in its user space they are no device. */
const MADE = ['bridge', 'bond', 'vlan', 'OVSBridge', 'OVSIntPort'];

/**
 * Looks for the interfaces that are new or changed.
 * @throws PaveError naming those that should have been made, and are not there
 */
export function checkMade(host: Host, from: string, to: string): void {
  const [before, after] = [from, to].map((file) => readInterfaces(host.files.read(file) ?? ''));
  const there = (name: string) => {
    const type = after!.ifaces[name]?.type;
    // A bridge of the other kind may have kept its name.
    const other = isLinuxBridge(host, name) ? 'OVSBridge' : 'bridge';
    return exists(host, name) && type !== other;
  };
  const starts = (name: string): boolean => {
    const iface = after!.ifaces[name];
    return Boolean(iface?.autostart || (iface?.ovs_bridge && starts(iface.ovs_bridge)));
  };
  const missing = Object.entries(after!.ifaces).filter(
    ([name, iface]) =>
      MADE.includes(iface.type ?? '') &&
      starts(name) &&
      isChanged(before!, after!, name) &&
      !there(name) &&
      // A card that is not plugged in is nobody's mistake.
      standsOn(name, iface).every(
        (other) => there(other) || MADE.includes(after!.ifaces[other]?.type ?? ''),
      ),
  );
  if (missing.length > 0)
    throw new PaveError(
      `not there after it was applied: ${missing.map(([name]) => name).join(', ')}`,
    );
}
