/** What a config asks for and this QEMU on this host would not get: refused by name, never ignored. */

import { isOn } from '../../guest/load.js';
import type { Platform } from '../../host/platform-types.js';
import { parseNet } from '../net.js';
import { parseHotplug } from '../options/hotplug.js';
import { isVmKey } from '../options/index.js';

export interface Refused {
  key: string;
  reason: string;
}

type Values = ReadonlyMap<string, string>;

const NOT_YET: [pattern: RegExp, reason: string][] = [
  [/^efidisk0$/, 'UEFI firmware is not supported yet'],
  [/^tpmstate0$/, 'a TPM is not supported yet'],
  [/^hostpci\d+$/, 'PCI devices of the host cannot be passed through yet'],
  [/^usb\d+$/, 'USB devices cannot be passed through yet'],
  [/^audio0$/, 'sound cards are not supported yet'],
  [/^virtiofs\d+$/, 'shared folders are not supported yet'],
  [/^ivshmem$/, 'shared memory is not supported yet'],
  [/^hugepages$/, 'huge pages are not supported yet'],
  [/^(amd-sev|intel-tdx)$/, 'memory encryption is not supported yet'],
  [/^cpulimit$/, 'CPU limits are not supported yet'],
  [/^cpuunits$/, 'CPU weights are not supported yet'],
  [/^affinity$/, 'pinning to CPUs is not supported yet'],
  [
    /^(cicustom|cipassword|citype|ciuser|ciupgrade|ipconfig\d+|nameserver|searchdomain|sshkeys)$/,
    'cloud-init is not supported yet',
  ],
  [/^spice_enhancements$/, 'SPICE is not supported yet'],
  [/^allow-ksm$/, 'keeping pages from being merged is not supported yet'],
];

export function unsupported(values: Values, platform: Platform): Refused[] {
  const refused: Refused[] = [];
  const add = (key: string, reason: string) => refused.push({ key, reason });
  for (const [key, value] of values) {
    const rule = NOT_YET.find(([pattern]) => pattern.test(key));
    if (
      rule !== undefined &&
      !(key === 'allow-ksm' && isOn(value)) &&
      !(key === 'cpulimit' && Number(value) === 0)
    )
      add(key, rule[1]);
    else if (!isVmKey(key) && key !== 'snapstate') add(key, 'nobody knows this key');
    if (/^net\d+$/.test(key)) refuseNet(key, value, add);
    if (
      /^(ide|sata|scsi|virtio)\d+$/.test(key) &&
      /[:/](vm-\d+-)?cloudinit(\.\w+)?(,|$)/.test(value)
    )
      add(key, 'cloud-init drives are not supported yet');
  }
  if (values.get('bios') === 'ovmf') add('bios', 'UEFI firmware is not supported yet');
  if ((values.get('arch') ?? 'x86_64') !== 'x86_64' || platform.arch !== 'x86_64')
    add('arch', 'only x86_64 guests on x86_64 hosts are supported yet');
  if (values.has('machine') && /viommu=/.test(values.get('machine')!))
    add('machine', 'a virtual IOMMU is not supported yet');
  if (/(^|=)virt(-|$)/.test(values.get('machine') ?? ''))
    add('machine', "machine 'virt' is for ARM guests");
  if (/^(type=)?(qxl|virtio-gl)|clipboard=/.test(values.get('vga') ?? ''))
    add('vga', 'SPICE, 3D and the shared clipboard are not supported yet');
  const cpu = values.get('cpu') ?? '';
  if (/(^|cputype=)custom-/.test(cpu)) add('cpu', 'custom CPU models are not supported yet');
  if (/guest-phys-bits=/.test(cpu)) add('cpu', 'guest-phys-bits is not supported yet');
  const hotplug = parseHotplug(values.get('hotplug') ?? '1');
  for (const feature of ['cpu', 'memory'] as const)
    if (hotplug?.has(feature)) add('hotplug', `'${feature}' is not supported yet`);
  return refused;
}

function refuseNet(key: string, text: string, add: (key: string, reason: string) => void): void {
  const net = parseNet(text);
  if (net.tag !== undefined || net.trunks !== undefined)
    add(key, 'VLAN tags are not supported yet');
  if (net.rate !== undefined) add(key, 'rate limits are not supported yet');
  if (net['host-tunnel'] !== undefined && String(net['host-tunnel']) === '1')
    add(key, 'host-tunnel is not supported yet');
}
