/** Writing a guest's config file in the original's canonical form. */
import { PaveError } from '../errors.js';
import { dropReusedUnused, volumeOf } from '../guest/unused.js';
import { encodeText } from './text-encoding.js';
import type { ConfigSection, GuestConfig } from './types.js';

/** `cpu,!scsi1`, sorted by key. Source: print_pending_delete. */
export function printPendingDelete(deletes: ReadonlyMap<string, { force: boolean }>): string {
  return [...deletes.keys()]
    .sort()
    .map((key) => `${deletes.get(key)!.force ? '!' : ''}${key}`)
    .join(',');
}

/**
 * The whole file: description, sorted keys, pending changes, special sections, snapshots by name.
 * Source: write_vm_config and its container twin.
 * @throws PaveError for a value that would not stay on its line
 */
export function writeGuestConfig(config: GuestConfig): string {
  settleOldKeys(config);
  dropReusedUnused(config);
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
    if (config.kind === 'qemu' && name.toLowerCase() === 'pending')
      throw new PaveError(`internal error: snapshot name '${name}' is forbidden`);
    text += `\n[${name}]\n${sectionText(config.snapshots.get(name)!)}`;
  }
  return text;
}

function sectionText(section: ConfigSection, pending = false): string {
  let text = '';
  // Blanks at the end do not come back when it is read.
  const description = section.description?.trimEnd();
  if (description) {
    for (const line of description.split('\n')) text += `#${encodeText(line)}\n`;
  } else if (description === '' && pending) {
    text += '#\n';
  }
  for (const key of [...section.values.keys()].sort())
    text += lineText(key, section.values.get(key)!);
  for (const [key, value] of section.raw ?? []) text += lineText(key, value);
  return text;
}

function lineText(key: string, value: string): string {
  if (/[\n\r]/.test(value)) throw new PaveError(`property '${key}' contains a line feed`);
  return `${key}: ${value.trim()}\n`;
}

/** `smp` of old files is `sockets` today. */
function settleOldKeys(config: GuestConfig): void {
  const { values } = config.main;
  const smp = values.get('smp');
  if (smp === undefined) return;
  values.delete('smp');
  if (Number(values.get('sockets') ?? 0) === 0) {
    values.set('sockets', smp);
    values.delete('cores');
  }
}

function hasCloudInit(section: ConfigSection): boolean {
  for (const [key, value] of section.values) {
    if (
      /^(ide|sata|scsi|virtio)\d+$/.test(key) &&
      /[:/](vm-\d+-)?cloudinit(\.\w+)?$/.test(volumeOf(value))
    )
      return true;
  }
  return false;
}
