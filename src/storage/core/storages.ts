/** The storages of this cluster, and which of them this node may use for what. */
import { parseStorages, STORAGE_CFG } from '../../config/storage-cfg.js';
import { PaveError } from '../../errors.js';
import { TYPE_FACTS } from '../section/type-facts.js';
import type { ContentType, ImageFormat, StorageContext, StorageSection } from '../types.js';

/** All storages by id, also disabled ones and those of other nodes. */
export function loadStorages(ctx: Pick<StorageContext, 'store'>): Map<string, StorageSection> {
  return parseStorages(ctx.store.read(STORAGE_CFG) ?? '');
}

/** Can the node (default: this one) use it? Undefined when it can, else why not, in the original's words. */
export function whyUnusable(
  ctx: Pick<StorageContext, 'store'>,
  storage: StorageSection,
  node: string = ctx.store.node,
): string | undefined {
  if (storage.disable) return `storage '${storage.storeid}' is disabled`;
  if (storage.nodes !== undefined && !storage.nodes.has(node)) {
    return `storage '${storage.storeid}' is not available on node '${node}'`;
  }
  return undefined;
}

export interface RequireOptions {
  /** false: also one that is disabled or of other nodes. */
  enabled?: boolean;
  /** The node that is to use it; default this one. */
  node?: string;
}

/** @throws PaveError when there is none of that id, or when it cannot be used here */
export function requireStorage(
  ctx: Pick<StorageContext, 'store'>,
  storeid: string,
  options: RequireOptions = {},
): StorageSection {
  const storage = loadStorages(ctx).get(storeid);
  if (storage === undefined)
    throw new PaveError(`storage '${storeid}' does not exist`, { hint: 'pvesm status lists them' });
  const reason = options.enabled === false ? undefined : whyUnusable(ctx, storage, options.node);
  if (reason !== undefined) throw new PaveError(reason);
  return storage;
}

/** @throws PaveError when the storage may not hold that content */
export function checkContent(storage: StorageSection, content: ContentType): void {
  if (storage.content.has(content)) return;
  throw new PaveError(`storage '${storage.storeid}' does not support content type '${content}'`, {
    hint: `pvesm set ${storage.storeid} --content ${[...storage.content, content].join(',')}`,
  });
}

/** The format of a new image where none is asked for. */
export function defaultFormat(storage: StorageSection): ImageFormat {
  const wanted = storage.values.get('format') as ImageFormat | undefined;
  const { formats } = TYPE_FACTS[storage.type] ?? { formats: ['raw' as const] };
  // A format the type cannot make is passed over, as the original's reading does.
  return formats.find((format) => format === wanted) ?? formats[0]!;
}
