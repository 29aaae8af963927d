/**
 * What the cloud-init drive was last made from, where that differs from the config by now: section
 * `[special:cloudinit]`. Source: vmconfig_hotplug_pending of the original.
 */
import type { GuestConfig } from '../../config/types.js';
import { HIDDEN } from '../../guest/pending.js';
import { splitList } from '../../schema/lists.js';
import { cloudinitOptions } from '../options/cloudinit.js';

const KEYS = [...Object.keys(cloudinitOptions).filter((key) => !key.includes('[')), 'name'];

/** Does the drive's content depend on that key? */
export function isCloudInitKey(key: string): boolean {
  return KEYS.includes(key) || /^(ipconfig|net)\d+$/.test(key);
}

/** Takes note of a change from one value to another, of a running guest whose drive is older. */
export function recordChange(
  config: GuestConfig,
  key: string,
  before: string | undefined,
  after: string | undefined,
): void {
  if (!isCloudInitKey(key) || before === after) return;
  const values = config.special.get('cloudinit')?.values ?? new Map<string, string>();
  const added = new Set(splitList(values.get('added') ?? ''));
  const recorded = values.get(key);
  if (after === undefined) {
    // Was there when the drive was made: that value is what the drive says.
    if (recorded === undefined && !added.delete(key) && before !== undefined)
      values.set(key, before);
  } else if (recorded !== undefined) {
    if (after === recorded) values.delete(key);
  } else if (before !== undefined) {
    if (!added.has(key)) values.set(key, before);
  } else {
    added.add(key);
  }
  if (added.size > 0) values.set('added', [...added].sort().join(','));
  else values.delete('added');
  if (values.size > 0) config.special.set('cloudinit', { values });
  else config.special.delete('cloudinit');
}

export interface CloudInitChange {
  key: string;
  /** On the drive. */
  value?: string;
  /** In the config. */
  pending?: string;
  delete?: 1;
}

/** The cloud-init keys with what the drive says and what the config says. Source: cloudinit_pending. */
export function cloudInitChanges(config: GuestConfig): CloudInitChange[] {
  const now = config.main.values;
  const drive = new Map(config.special.get('cloudinit')?.values ?? []);
  const added = splitList(drive.get('added') ?? '');
  drive.delete('added');
  const shown = (key: string, value: string) => (key === 'cipassword' ? HIDDEN : value);
  const keys = [...now.keys()].filter(
    (key) => isCloudInitKey(key) && !/^net\d+$/.test(key) && (key !== 'name' || drive.has(key)),
  );
  const changes: CloudInitChange[] = [];
  for (const key of keys) {
    const value = shown(key, now.get(key)!);
    const old = drive.get(key);
    if (added.includes(key)) changes.push({ key, pending: value });
    else if (old === undefined) changes.push({ key, value });
    else changes.push({ key, value: shown(key, old), pending: value });
  }
  for (const [key, old] of drive)
    if (!now.has(key)) changes.push({ key, value: shown(key, old), delete: 1 });
  return changes.sort((a, b) => (a.key < b.key ? -1 : 1));
}
