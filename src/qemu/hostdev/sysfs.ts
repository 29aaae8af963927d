/** The host's PCI and USB devices, from /sys. Source of the fields: the kernel's sysfs-bus-pci and -usb. */
import type { Host } from '../../host/types.js';

const PCI = '/sys/bus/pci/devices';
const USB = '/sys/bus/usb/devices';

export interface PciInfo {
  /** `0000:01:00.0` */
  id: string;
  /** Four hex digits each. */
  vendor: string;
  device: string;
  subsystem: string | undefined;
  iommuGroup: number | undefined;
  /** It can make mediated devices. */
  mdev: boolean;
  /** An NVIDIA card whose virtual functions are set through files of its own. */
  nvidia: boolean;
  /** A bridge or root port: never handed to a guest. */
  bridge: boolean;
  /** Name of the driver that holds it. */
  driver: string | undefined;
}

export interface UsbInfo {
  bus: number;
  /** Ports from the root hub on: `1.4`. */
  port: string;
  /** `vendor:product` in hex digits. */
  id: string;
}

function lastPart(path: string | undefined): string | undefined {
  return path?.slice(path.lastIndexOf('/') + 1);
}

/** Addresses of all PCI functions, sorted. */
export function pciAddresses(host: Host): string[] {
  return (host.files.list(PCI) ?? [])
    .filter((name) => /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/.test(name))
    .sort();
}

/** Undefined where there is no such function. */
export function pciInfo(host: Host, id: string): PciInfo | undefined {
  const { files } = host;
  const dir = `${PCI}/${id}`;
  const hex = (name: string) => files.read(`${dir}/${name}`)?.trim().replace(/^0x/, '');
  const vendor = hex('vendor');
  const device = hex('device');
  if (vendor === undefined || device === undefined) return undefined;
  const sub = [hex('subsystem_vendor'), hex('subsystem_device')];
  const group = lastPart(files.readlink(`${dir}/iommu_group`));
  const nvidia = files.exists(`${dir}/nvidia`);
  return {
    id,
    vendor,
    device,
    subsystem: sub.includes(undefined) ? undefined : sub.join(':'),
    iommuGroup: group === undefined ? undefined : Number(group),
    mdev: nvidia || files.exists(`${dir}/mdev_supported_types`),
    nvidia,
    bridge: files.exists(`${dir}/pci_bus`),
    driver: lastPart(files.readlink(`${dir}/driver`)),
  };
}

/** All functions that can only be handed over together with this one; itself where it has no group. */
export function iommuGroupMembers(host: Host, id: string): string[] {
  const members = host.files.list(`${PCI}/${id}/iommu_group/devices`);
  return members === undefined ? [id] : members.sort();
}

/** Does the kernel keep devices from reaching memory that is not theirs to reach? */
export function hasIommu(host: Host): boolean {
  return (host.files.list('/sys/class/iommu') ?? []).length > 0;
}

/** Undefined where the host has no USB at all. */
export function usbDevices(host: Host): UsbInfo[] | undefined {
  const names = host.files.list(USB);
  return names?.flatMap((name) => {
    const place = /^(\d+)-(\d+(?:\.\d+)*)$/.exec(name);
    const id = ['idVendor', 'idProduct'].map((file) =>
      host.files.read(`${USB}/${name}/${file}`)?.trim(),
    );
    if (place === null || id.includes(undefined)) return [];
    return [{ bus: Number(place[1]), port: place[2]!, id: id.join(':') }];
  });
}
