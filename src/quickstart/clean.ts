/** Taking away what a quickstart made, and nothing else. */
import { removeEmptyLayout } from '../cluster/layout.js';
import type { Store } from '../cluster/store.js';
import { scanGuestConfig } from '../config/guest-scan.js';
import { findGuest } from '../guest/find.js';
import type { Host } from '../host/types.js';
import type { QuickstartState } from './state.js';

export const NAME = 'pave-quickstart';
export const STORAGE = '/var/lib/vz';

const KEYS = ['name', 'smbios1', 'scsi0', '(?:ide|sata|scsi|virtio|unused|efidisk|tpmstate)\\d+'];

/**
 * Is the VM of that id still the one the quickstart made? Somebody may have made it his own: given
 * it a name, or disks that are worth something. Undefined where there is none of that id.
 */
export function isStillOurs(store: Store, state: QuickstartState): boolean | undefined {
  if (state.vmid === undefined) return undefined;
  const guest = findGuest(store, state.vmid);
  if (guest === undefined) return undefined;
  const values = scanGuestConfig(store.read(guest.path) ?? '', KEYS);
  const disks = [...values.keys()].filter((key) => /\d$/.test(key) && key !== 'smbios1');
  return (
    guest.kind === 'qemu' &&
    guest.node === store.node &&
    values.get('name') === NAME &&
    (state.uuid === undefined || (values.get('smbios1') ?? '').includes(state.uuid)) &&
    disks.every((key) => key === 'scsi0')
  );
}

/** The id by which the VM is known again. */
export function uuidOf(store: Store, vmid: number): string | undefined {
  const guest = findGuest(store, vmid);
  if (guest === undefined) return undefined;
  const smbios = scanGuestConfig(store.read(guest.path) ?? '', KEYS).get('smbios1');
  return /uuid=([0-9a-f-]+)/i.exec(smbios ?? '')?.[1];
}

/** Folders that were not there before, as far as they are empty again. */
export function removeFolders(host: Host, state: QuickstartState): void {
  if (state.varLibVz) removeEmpty(host, STORAGE);
  if (state.etcPve) removeEmptyLayout(host);
}

function removeEmpty(host: Host, path: string): void {
  for (const name of host.files.list(path) ?? []) {
    const entry = `${path}/${name}`;
    if (host.files.lstat(entry)?.kind === 'directory') removeEmpty(host, entry);
  }
  if (host.files.list(path)?.length === 0) host.files.rmdir(path);
}
