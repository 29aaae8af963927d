/** PCI devices of the host in the guest. Source: print_hostpci_devices of the original. */
import type { GpuFacts } from './cpu.js';
import type { Vga } from './display.js';
import type { Draft } from './draft.js';
import { chooseHostPci, type HostPci } from './hostpci-choice.js';
import { pcieAddress, pcieRootPort } from './pci-address.js';

export interface PassedThrough extends GpuFacts {
  legacyIgd: boolean;
}

function isOn(value: string | number | undefined): boolean {
  return value !== undefined && String(value) !== '0';
}

/** UUID of the mediated device of a VM's n-th `hostpci`. */
export function mdevUuid(vmid: number, n: number): string {
  return `${String(n).padStart(8, '0')}-0000-0000-0000-${String(vmid).padStart(12, '0')}`;
}

/** Adds the devices; a graphics card among them takes the place of the virtual one. @throws PaveError */
export function addHostPci(draft: Draft, vga: Vga): PassedThrough {
  const result = { hideKvm: false, passthrough: false, legacyIgd: false };
  const chosen = chooseHostPci(draft.values, draft.facts, {
    q35: draft.q35,
    vga: draft.value('vga'),
    named: draft.stock,
  });
  for (const [n, device] of chosen) {
    if (isOn(device.options['legacy-igd'])) result.legacyIgd = true;
    const address = addressOf(draft, device, n);
    if (isOn(device.options['x-vga'])) {
      result.hideKvm = true;
      result.passthrough = true;
      if (draft.value('vga') === undefined) vga.type = 'none';
    }
    addFunctions(draft, device, n, address);
    addNvidiaUuid(draft, device, n);
  }
  return result;
}

function addressOf(draft: Draft, device: HostPci, n: number): string {
  const id = `hostpci${n}`;
  if (!isOn(device.options.pcie))
    return draft.pciAddress(isOn(device.options['legacy-igd']) ? 'legacy-igd' : id);
  // Windows 7 wants such devices on the root complex itself.
  if (draft.windows === 7) return pcieAddress(`${id}bus0`);
  const port = pcieRootPort(n);
  if (port !== undefined) draft.device(port);
  return pcieAddress(id);
}

function addFunctions(draft: Draft, device: HostPci, n: number, address: string): void {
  const id = `hostpci${n}`;
  const many = device.ids.length > 1 && device.mdev === undefined;
  const functions = device.mdev === undefined ? device.ids : device.ids.slice(0, 1);
  for (const [i, { id: host }] of functions.entries()) {
    const suffix = many ? `.${i}` : '';
    let text = 'vfio-pci';
    text +=
      device.mdev === undefined
        ? `,host=${host}`
        : `,sysfsdev=/sys/bus/mdev/devices/${mdevUuid(draft.vmid, n)}`;
    // Before 8.1 it was an experiment.
    const experimental = draft.stock && !draft.qemuAtLeast(8, 1) ? 'x-' : '';
    if (device.liveMigrationCapable) text += `,${experimental}enable-migration=on`;
    text += `,id=${id}${suffix}${address}${suffix}`;
    if (i === 0) text += firstFunction(draft, device, id, many);
    draft.device(text);
  }
}

/** NVIDIA's vGPU manager knows the VM by QEMU's `-uuid`. */
function addNvidiaUuid(draft: Draft, device: HostPci, n: number): void {
  const shared = device.mdev !== undefined || device.nvidia !== undefined;
  if (!shared || device.ids[0]?.vendor !== '10de' || draft.command.includes('-uuid')) return;
  const uuid = /(?:^|,)uuid=([0-9a-fA-F-]{36})/.exec(draft.value('smbios1') ?? '')?.[1];
  draft.command.push('-uuid', uuid ?? mdevUuid(draft.vmid, n));
}

const OVERRIDES = ['vendor-id', 'device-id', 'sub-vendor-id', 'sub-device-id'];

function firstFunction(draft: Draft, device: HostPci, id: string, many: boolean): string {
  const { options } = device;
  let text = options.rombar !== undefined && !isOn(options.rombar) ? ',rombar=0' : '';
  if (isOn(options['x-vga']) && draft.value('bios') !== 'ovmf') text += ',x-vga=on';
  if (many) text += ',multifunction=on';
  if (options.romfile !== undefined) text += `,romfile=/usr/share/kvm/${options.romfile}`;
  const boot = draft.bootIndex.get(id);
  if (boot !== undefined) text += `,bootindex=${boot}`;
  for (const option of OVERRIDES)
    if (options[option] !== undefined) text += `,x-pci-${option}=${options[option]}`;
  return text;
}
