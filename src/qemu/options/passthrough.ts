/** Property strings of what the host gives to a VM: USB and PCI devices, folders. */
import type { PropertyFormat } from '../../schema/types.js';

const mapping = {
  type: 'string',
  format: 'pve-configid',
  optional: true,
  format_description: 'mapping-id',
  description: 'Name of a mapping that tells the device on each node.',
} as const;

function hexId(description: string) {
  return {
    type: 'string',
    optional: true,
    pattern: '^0x[0-9a-fA-F]{4}$',
    format_description: 'hex-id',
    description,
  } as const;
}

export const usbNFormat = {
  host: {
    type: 'string',
    optional: true,
    default_key: true,
    pattern:
      '(?:(?:(?:(0x)?([0-9A-Fa-f]{4}):(0x)?([0-9A-Fa-f]{4})))|(?:(?:(\\d+)\\-(\\d+(\\.\\d+)*)))|[Ss][Pp][Ii][Cc][Ee])',
    format_description: 'HOSTUSBDEVICE|spice',
    description: "Device of the host, as vendor:product or bus-port, or spice for the viewer's.",
  },
  mapping,
  usb3: { type: 'boolean', optional: true, default: 0, description: 'It is a USB 3 device.' },
} satisfies PropertyFormat;

export const hostpciNFormat = {
  'device-id': hexId('Device id the guest sees instead of the real one.'),
  driver: {
    type: 'string',
    enum: ['vfio', 'keep'],
    optional: true,
    default: 'vfio',
    description: 'Bind the device to vfio, or keep the driver it has.',
  },
  host: {
    type: 'string',
    optional: true,
    default_key: true,
    pattern:
      '(?:(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?)(;(?:(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?))*',
    format_description: 'HOSTPCIID[;HOSTPCIID2...]',
    description: 'Addresses of the device; several for one device with many functions.',
  },
  'legacy-igd': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Old way to pass an Intel graphics card through: as the only one.',
  },
  mapping,
  mdev: {
    type: 'string',
    optional: true,
    pattern: '[^/\\.:]+',
    format_description: 'string',
    description: 'Type of the mediated device to make on it.',
  },
  pcie: {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Show it on the PCI Express bus (q35 only).',
  },
  rombar: {
    type: 'boolean',
    optional: true,
    default: 1,
    description: "Show the device's ROM to the guest.",
  },
  romfile: {
    type: 'string',
    optional: true,
    pattern: '[^,;]+',
    format_description: 'string',
    description: "ROM file used instead of the device's own.",
  },
  'sub-device-id': hexId('Subsystem device id the guest sees.'),
  'sub-vendor-id': hexId('Subsystem vendor id the guest sees.'),
  'vendor-id': hexId('Vendor id the guest sees instead of the real one.'),
  'x-vga': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: "It is the guest's primary graphics card.",
  },
} satisfies PropertyFormat;

export const virtiofsNFormat = {
  cache: {
    type: 'string',
    enum: ['auto', 'always', 'metadata', 'never'],
    optional: true,
    default: 'auto',
    description: 'How much the guest may keep in its cache.',
  },
  'direct-io': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: "Do what the guest opens for direct I/O without the host's cache.",
  },
  dirid: {
    type: 'string',
    format: 'pve-configid',
    default_key: true,
    format_description: 'mapping-id',
    description: 'Name of the directory mapping.',
  },
  'expose-acl': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Show POSIX ACLs to the guest; takes extended attributes with it.',
  },
  'expose-xattr': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Show extended attributes to the guest.',
  },
} satisfies PropertyFormat;
