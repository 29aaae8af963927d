/** Order in which guests start and stop. Source: startall and stopall of the original. */
import type { Store } from '../cluster/store.js';
import { scanGuestConfig } from '../config/guest-scan.js';
import type { GuestKind } from '../config/types.js';
import { parseStartupOrder } from '../schema/startup.js';
import { listGuests } from './find.js';
import { isOn } from './load.js';

export interface StartupGuest {
  vmid: number;
  kind: GuestKind;
  onboot: boolean;
  template: boolean;
  /** Place in the order; guests without one start last and stop first. */
  order: number;
  /** Seconds to wait after its start. */
  up: number | undefined;
  /** Seconds its shutdown may take. */
  down: number | undefined;
}

const LAST = Number.MAX_SAFE_INTEGER;

/** Guests of this node by order, then id. */
export function startupGuests(store: Store): StartupGuest[] {
  const guests = listGuests(store, { node: store.node }).map(
    ({ vmid, kind, path }): StartupGuest => {
      const values = scanGuestConfig(store.read(path) ?? '', ['onboot', 'startup', 'template']);
      const startup = parseStartupOrder(values.get('startup') ?? '');
      return {
        vmid,
        kind,
        onboot: isOn(values.get('onboot')),
        template: isOn(values.get('template')),
        order: startup?.order ?? LAST,
        up: startup?.up,
        down: startup?.down,
      };
    },
  );
  return guests.sort((a, b) => a.order - b.order || a.vmid - b.vmid);
}

/** Groups of equal order, the first to start first; for stopping, the other way round. */
export function startupGroups(guests: readonly StartupGuest[]): StartupGuest[][] {
  const groups = new Map<number, StartupGuest[]>();
  for (const guest of guests) groups.set(guest.order, [...(groups.get(guest.order) ?? []), guest]);
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}
