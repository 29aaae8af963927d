/** The machine itself: power states, IOMMU, `-machine`. Source: Machine.pm and config_to_command of the original. */
import { PaveError } from '../../errors.js';
import type { Vga } from './display.js';
import { isSerialTerminal } from './display.js';
import type { Draft } from './draft.js';
import { checkMachineConfig, defaultMachine } from './machine-type.js';

/** Sleep states are off since 9.2+pve1 unless asked for: guests hang in them more often than not. */
export function powerStateArguments(draft: Draft): string[] {
  const { config } = draft.machine;
  const type = config.type ?? defaultMachine(draft.arch);
  if (type.startsWith('virt')) return [];
  const off = draft.guard(9, 2, 1);
  const isOn = (value: string | number | undefined) =>
    value === undefined ? !off : String(value) !== '0';
  const device = type.includes('q35') ? 'ICH9-LPC' : 'PIIX4_PM';
  const args: string[] = [];
  if (!isOn(config['enable-s3'])) args.push('-global', `${device}.disable_s3=1`);
  if (!isOn(config['enable-s4'])) args.push('-global', `${device}.disable_s4=1`);
  return args;
}

/** SeaBIOS without a graphics card does not get along with system management mode. */
export function addSmmFlag(draft: Draft, vga: Vga): void {
  const seabios = (draft.value('bios') ?? 'seabios') === 'seabios';
  const blind = vga.type === 'none' || isSerialTerminal(vga);
  if (draft.machine.base !== 'virt' && seabios && blind) draft.machineFlags.push('smm=off');
}

/** `type=…` with the revision that what the VM uses needs; stock QEMU knows no revisions. */
export function typeFlag(draft: Draft): string {
  const bare = draft.machine.type.replace(/\+pve\d+$/, '');
  return draft.stock ? `type=${bare}` : `type=${bare}+pve${draft.requiredRevision}`;
}

/** An IOMMU for the guest: devices to come first, devices to come last. @throws PaveError */
export function iommuDevices(draft: Draft): { first: string[]; last: string[] } {
  const { config } = draft.machine;
  checkMachineConfig(config);
  if (config.viommu === undefined) return { first: [], last: [] };
  const bits = config['aw-bits'] === undefined ? '' : `,aw-bits=${config['aw-bits']}`;
  if (config.viommu === 'virtio' && bits !== '' && draft.stock && !draft.qemuAtLeast(9, 0))
    throw new PaveError(
      `machine: aw-bits of a VirtIO IOMMU needs QEMU 9.0, this host has ${draft.qemu.version.join('.')}`,
    );
  if (config.viommu === 'virtio')
    return { first: [], last: ['-device', `virtio-iommu-pci${bits}`] };
  draft.machineFlags.push('kernel-irqchip=split');
  return {
    first: ['-device', `intel-iommu,intremap=on,caching-mode=on${bits}`],
    last: [],
  };
}

/** An old VM that always gets the newest q35: what QEMU 6.1 changed would rename its network cards. */
export function createdVersionArguments(draft: Draft, createdBefore61: boolean): string[] {
  const type = draft.machine.config.type;
  const unversioned = type === undefined || /^(?:pc|q35|virt)$/.test(type);
  const affected = unversioned && createdBefore61 && draft.q35 && draft.value('ostype') === 'l26';
  const forced = draft.input.options?.forceMachine !== undefined;
  if (!affected || !draft.qemuAtLeast(6, 1) || (forced && !draft.machineAtLeast(6, 1))) return [];
  return ['-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off'];
}
