/** Storage sections and temporary roots for the storage suites. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '../../../../src/cluster/directory.js';
import { createHost } from '../../../../src/host/local.js';
import { TYPE_FACTS } from '../../../../src/storage/section/type-facts.js';
import type { ContentType, StorageContext, StorageSection } from '../../../../src/storage/types.js';

/** The decoded values of a section, as the file writes them. */
export function sectionValues(scfg: Record<string, unknown>): Map<string, string> {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return value.join(',');
    if (typeof value === 'object' && value !== null)
      return Object.entries(value)
        .map(([key, item]) => (item === 1 ? key : `${key}=${item}`))
        .join(',');
    return String(value);
  };
  return new Map(
    Object.entries(scfg)
      .filter(([key, value]) => key !== 'type' && value !== null)
      .map(([key, value]) => [key, text(value)]),
  );
}

export function section(storeid: string, scfg: Record<string, unknown>): StorageSection {
  const type = String(scfg.type ?? 'dir');
  const values = sectionValues(scfg);
  const content = values.get('content')?.split(',') ?? TYPE_FACTS[type]!.defaultContent;
  return {
    storeid,
    type,
    content: new Set(content as ContentType[]),
    disable: false,
    shared: Number(scfg.shared ?? 0) === 1,
    values,
  };
}

/** Does the work on an empty machine of its own. */
export async function onEmptyMachine<T>(
  work: (ctx: StorageContext, root: string) => Promise<T> | T,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'pave-conformance-'));
  try {
    const host = createHost({ root, node: 'x42' });
    return await work({ host, store: createDirectoryStore(host) }, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
