/** Volumes a guest keeps without using them: unused0 to unused255. */
import type { GuestConfig } from '../config/types.js';
import { PaveError } from '../errors.js';

const MAX_UNUSED = 256;

/** Records a volume in the lowest free slot; one that is there already is not added again. */
export function addUnused(config: GuestConfig, volid: string): void {
  const { values } = config.main;
  let free: string | undefined;
  for (let i = MAX_UNUSED - 1; i >= 0; i--) {
    const key = `unused${i}`;
    const present = values.get(key);
    if (present === volid) return;
    if (present === undefined) free = key;
  }
  if (free === undefined)
    throw new PaveError('Too many unused volumes - please delete them first.');
  values.set(free, volid);
}

/**
 * Forgets unusedN of volumes that are attached again, also while that waits for the next start: their
 * numbers are free. Source: write_vm_config of the original.
 */
export function dropReusedUnused({ main, pending }: GuestConfig): void {
  const used = new Set<string>();
  for (const section of [main, pending]) {
    for (const [key, value] of section.values) if (isAttached(key)) used.add(volumeOf(value));
  }
  for (const [key, value] of main.values) {
    if (/^unused\d+$/.test(key) && used.has(volumeOf(value))) main.values.delete(key);
  }
}

/** Is the volume a drive or mount point of the guest, now or after its next start? */
export function isVolumeAttached({ main, pending }: GuestConfig, volid: string): boolean {
  return [main, pending].some((section) =>
    [...section.values].some(([key, value]) => isAttached(key) && volumeOf(value) === volid),
  );
}

function isAttached(key: string): boolean {
  return /^(ide|sata|scsi|virtio|efidisk|tpmstate|rootfs|mp)\d*$/.test(key);
}

/** The volume of a drive's value: what stands first, or behind `file=` or `volume=`. */
export function volumeOf(value: string): string {
  const parts = value.split(',');
  const named = parts.find((part) => /^(file|volume)=/.test(part));
  return (named ?? parts[0]!).replace(/^(file|volume)=/, '');
}

/** Does any part of the config (pending, snapshots, other keys) still name the volume? */
export function isVolumeUsed(config: GuestConfig, volid: string, exceptKey?: string): boolean {
  const names = (text: string) =>
    text
      .split(',')
      .some((part) => part === volid || part === `file=${volid}` || part === `volume=${volid}`);
  for (const [key, text] of config.main.values) if (key !== exceptKey && names(text)) return true;
  for (const text of config.pending.values.values()) if (names(text)) return true;
  for (const snapshot of config.snapshots.values()) {
    for (const text of snapshot.values.values()) if (names(text)) return true;
  }
  return false;
}
