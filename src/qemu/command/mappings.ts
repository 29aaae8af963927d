/** Cluster-wide names of host devices: /etc/pve/mapping/{pci,usb,directory}.cfg. Source: PVE/Mapping of the original. */
import { parsePairs } from './pairs.js';

export interface Mapping {
  id: string;
  /** One entry an alternative, of every node. */
  map: ReadonlyMap<string, string>[];
  values: ReadonlyMap<string, string>;
}

/** Sections `<id>` with tab-indented keys; `map` may come several times. */
export function parseMappings(text: string): Map<string, Mapping> {
  const found = new Map<string, Mapping>();
  let current: { map: ReadonlyMap<string, string>[]; values: Map<string, string> } | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    const header = /^(\S+)\s*$/.exec(line);
    const pair = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(line);
    if (header !== null) {
      current = { map: [], values: new Map() };
      found.set(header[1]!, { id: header[1]!, ...current });
    } else if (pair !== null && current !== undefined) {
      if (pair[1] === 'map') current.map.push(parsePairs(pair[2] ?? ''));
      else current.values.set(pair[1]!, pair[2] ?? '1');
    } else {
      current = undefined;
    }
  }
  return found;
}

/** The alternatives on a node. */
export function onNode(mapping: Mapping | undefined, node: string): ReadonlyMap<string, string>[] {
  return (mapping?.map ?? []).filter((entry) => entry.get('node') === node);
}
