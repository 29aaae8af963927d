import { messageOf, PaveError } from '../errors.js';
import { splitList } from './lists.js';

/** Which target an id is mapped to: storages or bridges of a migration or restore. */
export interface IdMap {
  /** Every source is its own target. */
  identity?: boolean;
  /** The target of every source without an entry of its own. */
  default?: string;
  entries?: Record<string, string>;
}

/**
 * Reads a list of `source:target`, one bare default target or `1` for identity; undefined for an
 * empty text. `check` throws for an id that is none. Source: PVE::JSONSchema::parse_idmap.
 * @throws PaveError on wrong ids, duplicates and contradictions
 */
export function parseIdMap(
  text: string | undefined,
  check: (id: string) => unknown,
): IdMap | undefined {
  if (!text || text === '0') return undefined;
  const map: IdMap = {};
  const checked = (entry: string, ids: readonly string[]): void => {
    try {
      for (const id of ids) check(id);
    } catch (error) {
      throw new PaveError(`entry '${entry}' contains invalid ID - ${messageOf(error)}`);
    }
  };
  for (const entry of splitList(text)) {
    const pair = /^([^:]+):([^:]+)$/.exec(entry);
    if (entry === '1') {
      map.identity = true;
    } else if (pair) {
      const [, source = '', target = ''] = pair;
      checked(entry, [source, target]);
      map.entries ??= {};
      if (Object.hasOwn(map.entries, source)) {
        throw new PaveError(`duplicate mapping for source '${source}'`);
      }
      map.entries[source] = target;
    } else {
      checked(entry, [entry]);
      if (map.default !== undefined) {
        throw new PaveError('default target ID can only be provided once');
      }
      map.default = entry;
    }
  }
  if (map.identity && (map.default !== undefined || map.entries)) {
    throw new PaveError('identity mapping cannot be combined with other mappings');
  }
  return map;
}

/** The target of an id: its entry, else the default, else the id itself. */
export function mapId(map: IdMap | undefined, source: string): string {
  return map?.entries?.[source] ?? (map?.default || source);
}
