/** PCI mappings as the suites give them, for one node. */
import type { PciMapping } from '../../../../src/qemu/command/facts.js';

interface Mappings {
  ids: Record<string, { map: string[]; 'live-migration-capable'?: number }>;
}

export function pciMappings(given: Mappings, node: string): ReadonlyMap<string, PciMapping> {
  return new Map(
    Object.entries(given.ids).map(([name, mapping]) => [
      name,
      {
        alternatives: mapping.map
          .map(
            (text) => new Map(text.split(',').map((pair) => pair.split('=') as [string, string])),
          )
          .filter((entry) => entry.get('node') === node)
          .map((entry) => entry.get('path')!.split(';')),
        liveMigrationCapable: Number(mapping['live-migration-capable'] ?? 0) === 1,
      },
    ]),
  );
}
