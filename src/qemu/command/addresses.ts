/**
 * Where each device sits on the PCI buses. Fixed for ever: a guest that finds its devices elsewhere
 * after an upgrade asks for drivers again. Source: the original's tables in PCI.pm.
 */
const range = (
  name: string,
  count: number,
  bus: number,
  first: number,
  from = 0,
): [string, Slot][] =>
  Array.from({ length: count }, (_, i) => [`${name}${from + i}`, { bus, addr: first + i }]);

export interface Slot {
  bus: number;
  addr: number;
  /** Another device that may have the same place: never both at once. */
  sharedWith?: string;
}

const PCI = new Map<string, Slot>([
  ['piix3', { bus: 0, addr: 1, sharedWith: 'ehci' }],
  ['ehci', { bus: 0, addr: 1, sharedWith: 'piix3' }],
  ['vga', { bus: 0, addr: 2, sharedWith: 'legacy-igd' }],
  ['legacy-igd', { bus: 0, addr: 2, sharedWith: 'vga' }],
  ['balloon0', { bus: 0, addr: 3 }],
  ['watchdog', { bus: 0, addr: 4 }],
  ['scsihw0', { bus: 0, addr: 5, sharedWith: 'pci.3' }],
  ['pci.3', { bus: 0, addr: 5, sharedWith: 'scsihw0' }],
  ['scsihw1', { bus: 0, addr: 6 }],
  ['ahci0', { bus: 0, addr: 7 }],
  ['qga0', { bus: 0, addr: 8 }],
  ['spice', { bus: 0, addr: 9 }],
  ...range('virtio', 6, 0, 10),
  ...range('hostpci', 2, 0, 16),
  ...range('net', 6, 0, 18),
  ...range('vga', 3, 0, 24, 1),
  ...range('hostpci', 2, 0, 27, 2),
  ['pci.1', { bus: 0, addr: 30 }],
  ['pci.2', { bus: 0, addr: 31 }],
  ...range('net', 26, 1, 1, 6),
  ['xhci', { bus: 1, addr: 27 }],
  ['pci.4', { bus: 1, addr: 28 }],
  ['rng0', { bus: 1, addr: 29 }],
  ['pci.2-igd', { bus: 1, addr: 30 }],
  ...range('virtio', 10, 2, 1, 6),
  ['ivshmem', { bus: 2, addr: 11 }],
  ['audio0', { bus: 2, addr: 12 }],
  ...range('hostpci', 12, 2, 13, 4),
  ...range('virtioscsi', 31, 3, 1),
  ...range('scsihw', 3, 4, 1, 2),
]);

const PCIE = new Map<string, { bus: string; addr: number }>([
  ['vga', { bus: 'pcie.0', addr: 1 }],
  ...Array.from({ length: 16 }, (_, i): [string, { bus: string; addr: number }] => [
    `hostpci${i}`,
    { bus: `ich9-pcie-port-${i + 1}`, addr: 0 },
  ]),
]);

export function pciSlot(id: string): Slot | undefined {
  return PCI.get(id);
}

export function pcieSlot(id: string): { bus: string; addr: number } | undefined {
  return PCIE.get(id);
}
