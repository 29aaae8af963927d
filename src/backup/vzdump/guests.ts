/** Which guests a backup is of, by node. Source: VZDump.pm get_included_guests. */
import { PaveError } from '../../errors.js';
import { splitList } from '../../schema/lists.js';

export interface GuestSelection {
  all?: boolean | undefined;
  exclude?: string | undefined;
  node?: string | undefined;
  pool?: string | undefined;
  vmid?: string | undefined;
}

/** What the selection is made from. */
export interface KnownGuests {
  /** Guest id -> its node. */
  nodeOf: ReadonlyMap<number, string>;
  /** Pool -> guest ids. */
  pools: ReadonlyMap<string, readonly number[]>;
}

/** Node -> guest ids, sorted; '' collects those that do not exist. @throws PaveError for an unknown pool */
export function includedGuests(
  selection: GuestSelection,
  known: KnownGuests,
): Map<string, number[]> {
  const result = new Map<string, number[]>();
  for (const vmid of [...new Set(selected(selection, known))].sort((a, b) => a - b)) {
    const node = known.nodeOf.get(vmid);
    if (node !== undefined && selection.node !== undefined && selection.node !== node) continue;
    const list = result.get(node ?? '');
    if (list === undefined) result.set(node ?? '', [vmid]);
    else list.push(vmid);
  }
  return result;
}

function selected({ all, exclude, pool, vmid }: GuestSelection, known: KnownGuests): number[] {
  if (pool) {
    const members = known.pools.get(pool);
    if (members === undefined)
      throw new PaveError(`pool '${pool}' does not exist`, {
        hint: `known pools: ${[...known.pools.keys()].join(', ') || 'none'}`,
      });
    return members.filter((member) => known.nodeOf.has(member));
  }
  if (vmid) return ids(vmid);
  if (!all) return [];
  const excluded = new Set(ids(exclude ?? ''));
  return [...known.nodeOf.keys()].filter((id) => !excluded.has(id));
}

function ids(text: string): number[] {
  return splitList(text).flatMap((item) => {
    if (!/^\d+$/.test(item)) throw new PaveError(`ERROR: strange VM ID '${item}'`);
    return Number(item) === 0 ? [] : [Number(item)];
  });
}
