/** Taking PCI devices from their drivers and giving them to vfio-pci, and back. */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { iommuGroupMembers, type PciInfo, pciInfo } from './sysfs.js';

const DEVICES = '/sys/bus/pci/devices';
const DRIVERS = '/sys/bus/pci/drivers';
const VFIO = `${DRIVERS}/vfio-pci`;

/** A device and who had it before; '' for nobody. */
export interface Taken {
  id: string;
  driver: string;
}

/** @throws PaveError where this kernel has no vfio-pci */
export async function loadVfio(host: Host): Promise<void> {
  if (!host.files.exists(VFIO))
    await host.run(['modprobe', 'vfio-pci'], { effect: 'change', allowExit: 'any' });
  if (!host.files.exists(VFIO) && !host.dryRun)
    throw new PaveError('cannot pass PCI devices through: this kernel has no vfio-pci module', {
      hint: 'boot a kernel of the distribution (linux-image-amd64)',
    });
}

/** The members of a device's IOMMU group that have to leave their drivers for it. */
export function groupToTake(host: Host, id: string): PciInfo[] {
  return iommuGroupMembers(host, id)
    .map((member) => pciInfo(host, member))
    .filter(
      (info) => info !== undefined && !info.bridge && info.driver !== 'vfio-pci',
    ) as PciInfo[];
}

/**
 * Binds one device. Only it: its id is not made known to vfio-pci, which would then take every
 * other card of that kind. @throws PaveError
 */
export function bindToVfio(host: Host, info: PciInfo): void {
  const dir = `${DEVICES}/${info.id}`;
  try {
    host.files.control(`${dir}/driver_override`, 'vfio-pci');
    if (info.driver !== undefined) host.files.control(`${dir}/driver/unbind`, info.id);
    host.files.control(`${VFIO}/bind`, info.id);
  } catch (error) {
    throw new PaveError(`can't unbind/bind PCI device '${info.id}' to VFIO: ${messageOf(error)}`);
  }
  if (!host.dryRun && pciInfo(host, info.id)?.driver !== 'vfio-pci')
    throw new PaveError(`can't bind PCI device '${info.id}' to VFIO: the kernel did not take it`);
}

/** Gives a device back to who had it. @throws PaveError where the kernel does not want to */
export function giveBack(host: Host, { id, driver }: Taken): void {
  const dir = `${DEVICES}/${id}`;
  if (!host.files.exists(dir)) return;
  host.files.control(`${dir}/driver_override`, '\n');
  const now = pciInfo(host, id)?.driver;
  if (now === driver || (now === undefined && driver === '')) return;
  if (now !== undefined) host.files.control(`${dir}/driver/unbind`, id);
  if (driver !== '') host.files.control(`${DRIVERS}/${driver}/bind`, id);
}

/** A function-level reset, where the device has one; some cards need none. */
export function resetDevice(host: Host, id: string, warn: (text: string) => void): void {
  const path = `${DEVICES}/${id}/reset`;
  if (!host.files.exists(path)) return;
  try {
    host.files.control(path, '1');
  } catch {
    warn(
      `failed to reset PCI device '${id}', but trying to continue as not all devices need a reset`,
    );
  }
}
