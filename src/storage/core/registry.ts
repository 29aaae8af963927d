/**
 * Which storage types Pavé can drive. A plugin's own file is small: what a volume is called and
 * where it lies. What makes, changes or lists volumes it loads when that is asked for.
 */
import { PaveError } from '../../errors.js';
import { dirPlugin } from '../plugins/dir.js';
import type { StoragePlugin, StorageSection } from '../types.js';

/** One entry a storage type. */
const PLUGINS: Readonly<Record<string, StoragePlugin>> = { dir: dirPlugin };

export const SUPPORTED_TYPES: readonly string[] = Object.keys(PLUGINS);

/** Undefined for a type that Pavé cannot drive yet. */
export function findPlugin(type: string): StoragePlugin | undefined {
  return Object.hasOwn(PLUGINS, type) ? PLUGINS[type] : undefined;
}

/** @throws PaveError for a type that Pavé cannot drive yet */
export function pluginOf(storage: Pick<StorageSection, 'type' | 'storeid'>): StoragePlugin {
  const plugin = findPlugin(storage.type);
  if (plugin !== undefined) return plugin;
  throw unsupportedType(storage.type, storage.storeid);
}

export function unsupportedType(type: string, storeid: string): PaveError {
  return new PaveError(`storage '${storeid}': storage type '${type}' is not supported yet`, {
    hint: `supported: ${SUPPORTED_TYPES.join(', ')}`,
  });
}
