/** Writing a guest's config file in the original's canonical form. */
import { encodeText } from './text-encoding.js';
import type { ConfigSection, GuestConfig } from './types.js';

/** `cpu,!scsi1`, sorted. Source: print_pending_delete. */
export function printPendingDelete(deletes: ReadonlyMap<string, { force: boolean }>): string {
  return [...deletes]
    .map(([key, { force }]) => `${force ? '!' : ''}${key}`)
    .sort()
    .join(',');
}

/**
 * The whole file: description, sorted keys, pending changes, special sections, snapshots by name.
 * Source: write_vm_config and its container twin.
 */
export function writeGuestConfig(config: GuestConfig): string {
  settleOldKeys(config);
  dropReusedUnused(config.main);
  let text = sectionText(config.main);
  const { pending } = config;
  if (pending.values.size > 0 || pending.deletes.size > 0 || pending.description !== undefined) {
    text += `\n[${config.kind === 'qemu' ? 'PENDING' : 'pve:pending'}]\n`;
    const values = new Map(pending.values);
    if (pending.deletes.size > 0) values.set('delete', printPendingDelete(pending.deletes));
    text += sectionText({ ...pending, values }, true);
  }
  for (const name of [...config.special.keys()].sort()) {
    if (name === 'cloudinit' && !hasCloudInit(config.main)) continue;
    text += `\n[special:${name}]\n${sectionText(config.special.get(name)!)}`;
  }
  for (const name of [...config.snapshots.keys()].sort()) {
    text += `\n[${name}]\n${sectionText(config.snapshots.get(name)!)}`;
  }
  return text;
}

function sectionText(section: ConfigSection, pending = false): string {
  let text = '';
  if (section.description !== undefined) {
    if (section.description !== '') {
      for (const line of section.description.replace(/\n+$/, '').split('\n'))
        text += `#${encodeText(line)}\n`;
    } else if (pending) {
      text += '#\n';
    }
  }
  for (const key of [...section.values.keys()].sort())
    text += `${key}: ${section.values.get(key)}\n`;
  for (const [key, value] of section.raw ?? []) text += `${key}: ${value}\n`;
  return text;
}

/** `smp` of old files is `sockets` today. */
function settleOldKeys(config: GuestConfig): void {
  const { values } = config.main;
  const smp = values.get('smp');
  if (smp === undefined) return;
  values.delete('smp');
  if (!values.has('sockets')) {
    values.set('sockets', smp);
    values.delete('cores');
  }
}

/** A volume that is attached again is unused no more. */
function dropReusedUnused(section: ConfigSection): void {
  const used = new Set<string>();
  for (const [key, value] of section.values) {
    if (/^(ide|sata|scsi|virtio|efidisk|tpmstate|rootfs|mp)\d*$/.test(key))
      used.add(volumeOf(value));
  }
  for (const [key, value] of section.values) {
    if (/^unused\d+$/.test(key) && used.has(volumeOf(value))) section.values.delete(key);
  }
}

/** The volume of a drive's value: what stands first, or behind `file=` or `volume=`. */
function volumeOf(value: string): string {
  const parts = value.split(',');
  const named = parts.find((part) => /^(file|volume)=/.test(part));
  return (named ?? parts[0]!).replace(/^(file|volume)=/, '');
}

function hasCloudInit(section: ConfigSection): boolean {
  for (const [key, value] of section.values) {
    if (
      /^(ide|sata|scsi|virtio)\d+$/.test(key) &&
      /[:/]vm-\d+-cloudinit(\.\w+)?(,|$)/.test(volumeOf(value))
    )
      return true;
  }
  return false;
}
