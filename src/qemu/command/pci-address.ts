/** Where each device sits on the PCI buses: fixed, so that a guest finds it again after every start. Source: PCI.pm. */
import { PaveError } from '../../errors.js';

interface Slot {
  bus: number;
  addr: number;
}

/** Bus 0: devices by slot. Several names of one slot never go together. */
const ROOT_BUS: Record<string, number> = {
  piix3: 1,
  ehci: 1,
  vga: 2,
  'legacy-igd': 2,
  balloon0: 3,
  watchdog: 4,
  scsihw0: 5,
  'pci.3': 5,
  scsihw1: 6,
  ahci0: 7,
  qga0: 8,
  spice: 9,
  hostpci0: 16,
  hostpci1: 17,
  vga1: 24,
  vga2: 25,
  vga3: 26,
  hostpci2: 27,
  hostpci3: 28,
  'pci.1': 30,
  'pci.2': 31,
};

const SECOND_BUSES: Record<string, Slot> = {
  xhci: { bus: 1, addr: 27 },
  'pci.4': { bus: 1, addr: 28 },
  rng0: { bus: 1, addr: 29 },
  'pci.2-igd': { bus: 1, addr: 30 },
  ivshmem: { bus: 2, addr: 11 },
  audio0: { bus: 2, addr: 12 },
};

/** Numbered devices: of which numbers the first goes where, the others follow. */
const RANGES: [prefix: string, from: number, to: number, bus: number, addr: number][] = [
  ['virtio', 0, 5, 0, 10],
  ['net', 0, 5, 0, 18],
  ['net', 6, 31, 1, 1],
  ['virtio', 6, 15, 2, 1],
  ['hostpci', 4, 15, 2, 13],
  ['virtioscsi', 0, 30, 3, 1],
  ['scsihw', 2, 4, 4, 1],
];

/** Slot of a device on the conventional PCI buses; undefined where it has no fixed one. */
export function pciSlot(id: string): Slot | undefined {
  if (Object.hasOwn(ROOT_BUS, id)) return { bus: 0, addr: ROOT_BUS[id]! };
  if (Object.hasOwn(SECOND_BUSES, id)) return SECOND_BUSES[id];
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(id);
  if (match === null) return undefined;
  const n = Number(match[2]);
  const range = RANGES.find(([prefix, from, to]) => prefix === match[1] && n >= from && n <= to);
  return range === undefined ? undefined : { bus: range[3], addr: range[4] + n - range[1] };
}

/** Devices that may share a slot because a VM never has both. */
const SHARED: readonly [string, string][] = [
  ['piix3', 'ehci'],
  ['vga', 'legacy-igd'],
  ['scsihw0', 'pci.3'],
];

/** With which device of the same slot this one never meets. */
export function sharesSlotWith(id: string): string | undefined {
  for (const [a, b] of SHARED) {
    if (id === a) return b;
    if (id === b) return a;
  }
  return undefined;
}

/**
 * `,bus=pci.0,addr=0x3` of a device, '' where it has no fixed slot. `buses` collects the numbers of
 * the buses in use.
 */
export function pciAddress(id: string, arch: string, buses?: Set<number>): string {
  if (arch === 'aarch64' && id.startsWith('ide')) {
    throw new PaveError('aarch64 cannot use IDE devices');
  }
  const slot = pciSlot(id);
  if (slot === undefined) return '';
  buses?.add(slot.bus);
  const name = arch === 'aarch64' && slot.bus === 0 ? 'pcie' : 'pci';
  return `,bus=${name}.${slot.bus},addr=0x${slot.addr.toString(16)}`;
}

/** Passed-through devices that sit on the root complex itself, as Windows 7 wants it. */
const ROOT_COMPLEX = [16, 17, 18, 19, 9, 10, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25];

/** Bus and slot of a device on the PCI Express side of a q35 machine. */
export function pcieSlot(id: string): { bus: string; addr: number } | undefined {
  if (id === 'vga') return { bus: 'pcie.0', addr: 1 };
  if (id === 'ivshmem') return { bus: 'pcie.0', addr: 20 };
  const match = /^hostpci(0|[1-9]\d*)(bus0)?$/.exec(id);
  const n = Number(match?.[1] ?? 16);
  if (match === null || n > 15) return undefined;
  return match[2] === undefined
    ? { bus: `ich9-pcie-port-${n + 1}`, addr: 0 }
    : { bus: 'pcie.0', addr: ROOT_COMPLEX[n]! };
}

export function pcieAddress(id: string): string {
  const slot = pcieSlot(id);
  return slot === undefined ? '' : `,bus=${slot.bus},addr=0x${slot.addr.toString(16)}`;
}

/** The root port of the n-th passed-through device; the first four belong to every q35 machine. */
export function pcieRootPort(n: number): string | undefined {
  if (n < 4 || n > 15) return undefined;
  const addr = n < 12 ? `10.${n - 4}` : `11.${n - 12}`;
  const port = n + 1;
  return (
    `pcie-root-port,id=ich9-pcie-port-${port},addr=${addr},x-speed=16,x-width=32,` +
    `multifunction=on,bus=pcie.0,port=${port},chassis=${port}`
  );
}
