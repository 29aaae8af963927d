/** Mediated devices: shares of a card, made for a VM's start. Source: PCI/Mdev.pm of the original. */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';

const DEVICES = '/sys/bus/pci/devices';
const MDEV = '/sys/bus/mdev/devices';

/** @throws PaveError where the card has no such type, or none left */
export function createMdev(
  host: Host,
  id: string,
  uuid: string,
  type: string,
  warn: (text: string) => void,
): void {
  const { files } = host;
  const types = `${DEVICES}/${id}/mdev_supported_types`;
  if (!files.exists(types))
    throw new PaveError(`pci device '${id}' does not support mediated devices`);
  if (!files.exists(`${types}/${type}`)) {
    throw new PaveError(`pci device '${id}' has no type '${type}'`, {
      hint: `it has: ${(files.list(types) ?? []).sort().join(', ')}`,
    });
  }
  const link = files.readlink(`${DEVICES}/${id}/${uuid}/mdev_type`);
  if (link !== undefined) {
    if (link.slice(link.lastIndexOf('/') + 1) !== type)
      throw new PaveError(`mdev instance '${uuid}' already exists, but type is not '${type}'`);
    warn(`mdev instance '${uuid}' already existed, using it.`);
    return;
  }
  const left = Number(files.read(`${types}/${type}/available_instances`)?.trim());
  if (!(left >= 1))
    throw new PaveError(`pci device '${id}' has no available instances of '${type}'`);
  try {
    files.control(`${types}/${type}/create`, uuid);
  } catch (error) {
    throw new PaveError(`could not create '${type}' for pci device '${id}': ${messageOf(error)}`);
  }
}

export function removeMdev(host: Host, uuid: string): void {
  const path = `${MDEV}/${uuid}/remove`;
  if (host.files.exists(path)) host.files.control(path, '1');
}

/** Sets what share of the card a virtual function is, as newer NVIDIA drivers want it. @throws PaveError */
export function setNvidiaType(host: Host, id: string, type: string): void {
  const { files } = host;
  const dir = `${DEVICES}/${id}/nvidia`;
  const current = files.read(`${dir}/current_vgpu_type`)?.trim();
  if (current === undefined) throw new PaveError(`no nvidia sysfs api for '${id}'`);
  if (current === type) return;
  try {
    // What can be made is only told while nothing is.
    if (current !== '0') files.control(`${dir}/current_vgpu_type`, '0');
    const creatable = [
      ...(files.read(`${dir}/creatable_vgpu_types`) ?? '').matchAll(/^\s*(\d+)\s*:/gm),
    ].map(([, number]) => number);
    if (!creatable.includes(type) && !host.dryRun)
      throw new PaveError(`vgpu type '${type}' not available for '${id}'`);
    files.control(`${dir}/current_vgpu_type`, type);
  } catch (error) {
    if (error instanceof PaveError) throw error;
    throw new PaveError(`could not set vgpu type to '${type}' for '${id}': ${messageOf(error)}`);
  }
}

export function clearNvidiaType(host: Host, id: string): void {
  const path = `${DEVICES}/${id}/nvidia/current_vgpu_type`;
  if ((host.files.read(path)?.trim() ?? '0') !== '0') host.files.control(path, '0');
}
