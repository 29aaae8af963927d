/** How fast a long copy may be. Source: Storage.pm get_bandwidth_limit. */
import { parsePropertyString } from '../../schema/propertyString.js';
import type { StorageSection } from '../types.js';

/** `default` and limits by operation, in KiB/s, as a property string. */
type Limits = string | undefined;

export interface BandwidthQuery {
  /** clone, migration, move, restore; any other has only the default limit. */
  operation: string;
  /** Storages that are read or written; undefined ones are passed over. */
  storeids?: readonly (string | undefined)[] | undefined;
  /** What the user asks for, in KiB/s; 0: as fast as it goes. */
  override?: number | undefined;
  /** `bwlimit` of datacenter.cfg. */
  datacenter: Limits;
  storages: ReadonlyMap<string, Pick<StorageSection, 'values'>>;
  /** May the user override the limits set for that path (`/`, `/storage`, `/storage/<id>`)? */
  mayOverride: (path: string, privilege: 'Datastore.Allocate' | 'Sys.Modify') => boolean;
}

/**
 * The limit in KiB/s; 0 is none, undefined where nothing says anything. The storages' limits win over
 * the datacenter's; of several the lowest. Who may change a limit may also override it.
 */
export function bandwidthLimit(query: BandwidthQuery): number | undefined {
  const { operation, datacenter, storages } = query;
  const asked = query.override !== undefined;
  const may = (path: string, privilege: 'Datastore.Allocate' | 'Sys.Modify') =>
    asked && query.mayOverride(path, privilege);
  let limit = query.override;
  let useGlobal = false;
  const apply = (text: Limits) => {
    const found = limitFor(text, operation);
    if (found === undefined) useGlobal = true;
    else if (!limit || found < limit) limit = found;
  };

  const named = new Set((query.storeids ?? []).filter((id) => id !== undefined));
  if (named.size > 0) {
    if (may('/storage', 'Datastore.Allocate')) return limit;
    for (const storeid of named) {
      if (!may(`/storage/${storeid}`, 'Datastore.Allocate'))
        apply(storages.get(storeid)?.values.get('bwlimit'));
    }
    if (!useGlobal) return limit;
  }
  if (!may('/', 'Sys.Modify')) apply(datacenter);
  return limit;
}

function limitFor(text: Limits, operation: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const limits = parsePropertyString('bwlimit', text);
  const found = limits[operation] ?? limits.default;
  return found === undefined ? undefined : Number(found);
}
