/** Devices of the board itself: bridges, and what the original keeps in files for `-readconfig`. */
import type { Draft } from './draft.js';
import { pciAddress } from './pci-address.js';

const SHARE = '/usr/share/qemu-server';

function usbCompanions(bus: string, slot: string, first: number, root: string): string[] {
  return [0, 1, 2].map(
    (n) =>
      `ich9-usb-uhci${first + n},id=uhci-${first + n},multifunction=on${root},addr=${slot}.${n},masterbus=${bus}.0,firstport=${2 * n}`,
  );
}

/** What those files hold for a q35 machine: USB, sound, four root ports, four bridges. */
function q35Devices(newPorts: boolean): string[] {
  const root = ',bus=pcie.0';
  const port = newPorts ? 'pcie-root-port' : 'ioh3420';
  const speed = newPorts ? ',x-speed=16,x-width=32' : '';
  return [
    `ich9-usb-ehci1,id=ehci,multifunction=on${root},addr=1d.7`,
    ...usbCompanions('ehci', '1d', 1, root),
    `ich9-usb-ehci2,id=ehci-2,multifunction=on${root},addr=1a.7`,
    ...usbCompanions('ehci-2', '1a', 4, root),
    `ich9-intel-hda,id=audio0${root},addr=1b.0`,
    ...[1, 2, 3, 4].map(
      (n) =>
        `${port},id=ich9-pcie-port-${n}${speed},multifunction=on${root},addr=1c.${n - 1},port=${n},chassis=${n}`,
    ),
    `i82801b11-bridge,id=pcidmi${root},addr=1e.0`,
    ...[0, 1, 2, 3].map(
      (n) => `pci-bridge,id=pci.${n},bus=pcidmi,addr=${n + 1}.0,chassis_nr=${n + 1}`,
    ),
  ];
}

function asDevices(devices: readonly string[]): string[] {
  return devices.flatMap((device) => ['-device', device]);
}

/** A q35 machine's devices, before everything that sits on them. Old machines have other root ports. */
export function q35Chipset(draft: Draft): string[] {
  const newPorts = draft.machineAtLeast(4, 0);
  if (draft.stock) return asDevices(q35Devices(newPorts));
  return ['-readconfig', `${SHARE}/pve-q35${newPorts ? '-4.0' : ''}.cfg`];
}

/** USB 2 of guests before the newer controller. */
export function oldUsbController(stock: boolean): string[] {
  if (!stock) return ['-readconfig', `${SHARE}/pve-usb.cfg`];
  return asDevices([
    'ich9-usb-ehci1,id=ehci,addr=1d.7,multifunction=on',
    ...usbCompanions('ehci', '1d', 1, ''),
  ]);
}

/**
 * Bridges of the buses in use. They come first, in the order of their nesting; on a q35 the first
 * three belong to the chipset, and what is left follows it.
 */
export function bridges(draft: Draft, legacyIgd: boolean): string[] {
  const used = new Set(draft.buses);
  if (used.has(4)) used.add(1);
  if (!draft.q35) {
    if (draft.machineAtLeast(2, 3)) used.add(1).add(2);
    if (draft.value('scsihw') === 'virtio-scsi-single') used.add(3);
  }
  return [...used]
    .sort((a, b) => a - b)
    .filter((bus) => (draft.q35 ? bus >= 4 : bus > 0))
    .flatMap((bus) => ['-device', bridgeDevice(draft, bus, legacyIgd)]);
}

/** `-device` of the bridge to a bus. */
export function bridgeDevice(draft: Draft, bus: number, legacyIgd = false): string {
  const name = bus === 2 && legacyIgd ? '2-igd' : bus;
  const address = pciAddress(`pci.${name}`, draft.arch);
  return `pci-bridge,id=pci.${bus},chassis_nr=${bus}${address}`;
}
