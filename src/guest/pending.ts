/** Changes that wait for the next start. Source: AbstractConfig.pm of the original. */
import { parsePendingDelete } from '../config/guest-config.js';
import type { ConfigSection, GuestConfig } from '../config/types.js';
import { rowsOf } from '../schema/props.js';

export { printPendingDelete } from '../config/guest-config-write.js';
export { parsePendingDelete };

/** Marks a key for deletion, the last call's `force` counts; a value that waits is another matter. */
export function addPendingDelete(config: GuestConfig, key: string, force = false): void {
  config.pending.deletes.set(key, { force });
}

export function removePendingDelete(config: GuestConfig, key: string): void {
  config.pending.deletes.delete(key);
}

/** Forgets whatever is pending for a key. */
export function revertPending(config: GuestConfig, key: string): void {
  config.pending.values.delete(key);
  removePendingDelete(config, key);
  if (key === 'description') config.pending.description = undefined;
}

/** The main section as it will be once everything pending has taken effect. */
export function mergePending({ main, pending }: GuestConfig): ConfigSection {
  const values = new Map(main.values);
  for (const key of pending.deletes.keys()) values.delete(key);
  for (const [key, value] of pending.values) values.set(key, value);
  const merged: ConfigSection = { ...main, values };
  if (pending.deletes.has('description')) delete merged.description;
  if (pending.description !== undefined) merged.description = pending.description;
  return merged;
}

export function setPending(config: GuestConfig, key: string, value: string): void {
  removePendingDelete(config, key);
  if (key === 'description') config.pending.description = value;
  else config.pending.values.set(key, value);
}

/**
 * Drops what would change nothing: values equal to the current ones, deletions of keys that are not
 * set. Gives whether anything was dropped.
 */
export function cleanupPending(config: GuestConfig): boolean {
  let changed = false;
  for (const [key, value] of config.pending.values) {
    if (config.main.values.get(key) === value) {
      config.pending.values.delete(key);
      changed = true;
    }
  }
  if (
    config.pending.description !== undefined &&
    config.pending.description === (config.main.description ?? '')
  ) {
    config.pending.description = undefined;
    changed = true;
  }
  for (const key of config.pending.deletes.keys()) {
    const present =
      key === 'description' ? config.main.description !== undefined : config.main.values.has(key);
    if (!present) {
      config.pending.deletes.delete(key);
      changed = true;
    }
  }
  return changed;
}

/** Stands for a password in what is shown. */
export const HIDDEN = '**********';

export interface PendingEntry {
  key: string;
  value?: string | number;
  pending?: string | number;
  /** 1: will be deleted; 2: with its volume. */
  delete?: 1 | 2;
}

/** Of a list of these, for a command that returns it. */
export const pendingRows = rowsOf({
  key: { type: 'string' },
  value: { type: 'string', optional: true },
  pending: { type: 'string', optional: true },
  delete: { type: 'integer', minimum: 0, maximum: 2, optional: true },
});

/** Every key with its current and its pending value, sorted by key; passwords are hidden. */
export function pendingList(config: GuestConfig): PendingEntry[] {
  const entries = new Map<string, PendingEntry>();
  const at = (key: string): PendingEntry => {
    const entry = entries.get(key) ?? { key };
    entries.set(key, entry);
    return entry;
  };
  const hidden = (key: string, value: string) => (key === 'cipassword' ? HIDDEN : value);
  for (const [key, value] of config.main.values) at(key).value = hidden(key, value);
  if (config.main.description !== undefined) at('description').value = config.main.description;
  for (const [key, value] of config.pending.values) at(key).pending = hidden(key, value);
  if (config.pending.description !== undefined)
    at('description').pending = config.pending.description;
  for (const [key, { force }] of config.pending.deletes) at(key).delete = force ? 2 : 1;
  return [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The original's text: `cur`, `new` and `del` lines. */
export function pendingText(
  entries: readonly PendingEntry[],
  encode: (text: string) => string,
): string {
  let text = '';
  for (const { key, value, pending, delete: gone } of entries) {
    const shown = (raw: string | number) => (key === 'description' ? encode(String(raw)) : raw);
    if (value !== undefined) text += `${gone ? 'del' : 'cur'} ${key}: ${shown(value)}\n`;
    if (pending !== undefined && !(gone && value !== undefined))
      text += `new ${key}: ${shown(pending)}\n`;
  }
  return text;
}
