import { messageOf } from '../../errors.js';
import { TYPE_FACTS } from '../section/type-facts.js';
import type { ContentType, ImageFormat, StorageContext, StorageSection } from '../types.js';
import { pluginOf } from './registry.js';
import { defaultFormat, loadStorages, whyUnusable } from './storages.js';

/** A storage as `pvesm status` shows it; sizes in bytes, 0 where it is not active. */
export interface StorageInfo {
  storeid: string;
  type: string;
  content: readonly ContentType[];
  shared: boolean;
  /** Neither disabled nor of other nodes. */
  enabled: boolean;
  active: boolean;
  total: number;
  used: number;
  available: number;
  formats: { supported: readonly ImageFormat[]; default: ImageFormat };
  /** Why it is enabled and yet not active. */
  reason?: string;
}

/** Every storage, of those content types where they are named (then only usable ones). Source: storage_info. */
export async function storageStatus(
  ctx: StorageContext,
  filter: { content?: readonly ContentType[] | undefined; storeid?: string | undefined } = {},
): Promise<StorageInfo[]> {
  const found: StorageInfo[] = [];
  for (const storage of loadStorages(ctx).values()) {
    if (filter.storeid !== undefined && filter.storeid !== storage.storeid) continue;
    const enabled = whyUnusable(ctx, storage) === undefined;
    const wanted = filter.content?.some((type) => storage.content.has(type)) ?? true;
    if (!wanted || (filter.content !== undefined && !enabled)) continue;
    found.push(await infoOf(ctx, storage, enabled));
  }
  return found;
}

async function infoOf(
  ctx: StorageContext,
  storage: StorageSection,
  enabled: boolean,
): Promise<StorageInfo> {
  const info: StorageInfo = {
    storeid: storage.storeid,
    type: storage.type,
    content: [...storage.content],
    shared: storage.shared,
    enabled,
    active: false,
    total: 0,
    used: 0,
    available: 0,
    formats: {
      supported: [...(TYPE_FACTS[storage.type]?.formats ?? [])].sort(),
      default: defaultFormat(storage),
    },
  };
  if (!enabled) return info;
  try {
    const plugin = pluginOf(storage);
    await plugin.activate?.(ctx, storage);
    const { total, used, available, active } = await plugin.status(ctx, storage);
    return active ? { ...info, total, used, available, active } : info;
  } catch (error) {
    return { ...info, reason: messageOf(error) };
  }
}
