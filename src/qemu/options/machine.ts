/** Machine, firmware and boot order of a VM. */
import { enumOf, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';

export const machineFormat = {
  'aw-bits': {
    type: 'number',
    optional: true,
    minimum: 32,
    maximum: 64,
    description: 'Address width of the virtual IOMMU.',
  },
  'enable-s3': {
    type: 'boolean',
    optional: true,
    description: 'Tell the guest that it can suspend to memory.',
  },
  'enable-s4': {
    type: 'boolean',
    optional: true,
    description: 'Tell the guest that it can suspend to disk.',
  },
  type: {
    type: 'string',
    optional: true,
    default_key: true,
    maxLength: 40,
    pattern:
      '(pc|pc(-i440fx)?-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|q35|pc-q35-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|virt(?:-\\d+(\\.\\d+)+)?(\\+pve\\d+)?)',
    format_description: 'machine-type',
    description: 'Machine type: pc or q35, or one with a version, e.g. pc-q35-7.2.',
  },
  viommu: {
    type: 'string',
    enum: ['intel', 'virtio'],
    optional: true,
    description: 'Give the guest an IOMMU of that kind.',
  },
} satisfies PropertyFormat;

export const bootFormat = {
  legacy: {
    type: 'string',
    optional: true,
    default_key: true,
    default: 'cdn',
    pattern: '[acdn]{1,4}',
    format_description: '[acdn]{1,4}',
    description: 'Old form: a floppy, c first disk, d CD-ROM, n network.',
  },
  order: {
    type: 'string',
    format: 'pve-qm-bootdev-list',
    optional: true,
    format_description: 'device[;device...]',
    description: 'Devices to boot from, the first one first; what is not named does not boot.',
  },
} satisfies PropertyFormat;

export const smbios1Format = {
  base64: { type: 'boolean', optional: true, description: 'The values are base64.' },
  family: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'Family.',
  },
  manufacturer: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'Manufacturer.',
  },
  product: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'Product.',
  },
  serial: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'Serial number.',
  },
  sku: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'SKU.',
  },
  uuid: {
    type: 'string',
    optional: true,
    pattern: '[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}',
    format_description: 'UUID',
    description: 'UUID of the machine.',
  },
  version: {
    type: 'string',
    optional: true,
    pattern: '[A-Za-z0-9+\\/]+={0,2}',
    format_description: 'base64',
    description: 'Version.',
  },
} satisfies PropertyFormat;

export const machineOptions = {
  machine: propertyString(machineFormat, { description: 'Machine the guest sees.' }),
  bios: enumOf(['seabios', 'ovmf'], {
    default: 'seabios',
    description: 'Firmware of the guest: a classic BIOS or UEFI.',
  }),
  boot: propertyString(bootFormat, { description: 'Devices the guest boots from, in order.' }),
  bootdisk: string({
    format: 'pve-qm-bootdisk',
    pattern: '(ide|sata|scsi|virtio)\\d+',
    description: 'Old form: the disk to boot from; use boot with an order instead.',
  }),
  smbios1: propertyString(smbios1Format, {
    maxLength: 512,
    description: "What the guest's firmware tells about the machine.",
  }),
  vmgenid: string({
    defaultText: 'generated on create; value 1 also means generate',
    pattern: '(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])',
    format_description: 'UUID',
    description:
      'Generation id the guest sees, new after a clone or roll-back; 1 makes one, 0 leaves it out.',
  }),
};
