/** Cards and ports of a VM. */
import { numbered, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';
import { netNFormat } from './net.js';
import { hostpciNFormat, usbNFormat, virtiofsNFormat } from './passthrough.js';

export const vgaFormat = {
  clipboard: {
    type: 'string',
    enum: ['vnc'],
    optional: true,
    description: 'Share the clipboard over VNC.',
  },
  memory: {
    type: 'integer',
    optional: true,
    minimum: 4,
    maximum: 512,
    description: 'Memory of the card in MiB.',
  },
  type: {
    type: 'string',
    enum: [
      'cirrus',
      'qxl',
      'qxl2',
      'qxl3',
      'qxl4',
      'none',
      'serial0',
      'serial1',
      'serial2',
      'serial3',
      'std',
      'virtio',
      'virtio-gl',
      'vmware',
    ],
    optional: true,
    default_key: true,
    default: 'std',
    description: 'Model of the card, or the serial port used as the display.',
  },
} satisfies PropertyFormat;

export const audio0Format = {
  device: {
    type: 'string',
    enum: ['ich9-intel-hda', 'intel-hda', 'AC97'],
    description: 'Model of the sound card.',
  },
  driver: {
    type: 'string',
    enum: ['spice', 'none'],
    optional: true,
    default: 'spice',
    description: 'Where the sound goes on the host.',
  },
} satisfies PropertyFormat;

export const spiceEnhancementsFormat = {
  foldersharing: {
    type: 'boolean',
    optional: true,
    default: 0,
    description: 'Share a folder of the viewer.',
  },
  videostreaming: {
    type: 'string',
    enum: ['off', 'all', 'filter'],
    optional: true,
    default: 'off',
    description: 'Detect and compress video.',
  },
} satisfies PropertyFormat;

export const ivshmemFormat = {
  name: {
    type: 'string',
    optional: true,
    pattern: '[a-zA-Z0-9\\-]+',
    format_description: 'string',
    description: 'Name of the memory file, /dev/shm/pve-shm-NAME.',
  },
  size: { type: 'integer', minimum: 1, description: 'Size in MiB.' },
} satisfies PropertyFormat;

export const rng0Format = {
  max_bytes: {
    type: 'integer',
    optional: true,
    default: 1024,
    description: 'Bytes the guest may take in each period.',
  },
  period: {
    type: 'integer',
    optional: true,
    default: 1000,
    description: 'Length of a period in milliseconds.',
  },
  source: {
    type: 'string',
    enum: ['/dev/urandom', '/dev/random', '/dev/hwrng'],
    default_key: true,
    description: 'Where the random numbers come from.',
  },
} satisfies PropertyFormat;

export const devicesOptions = {
  'net[n]': numbered(propertyString(netNFormat, { description: 'Network card.' }), {
    min: 0,
    max: 31,
  }),
  'serial[n]': numbered(
    string({
      pattern: '(/dev/[^,]+|socket)',
      description: 'Serial port: socket for qm terminal, or a device of the host.',
    }),
    { min: 0, max: 3 },
  ),
  'parallel[n]': numbered(
    string({
      pattern: '/dev/parport\\d+|/dev/usb/lp\\d+',
      description: 'Parallel port of the host.',
    }),
    { min: 0, max: 2 },
  ),
  'usb[n]': numbered(propertyString(usbNFormat, { description: 'USB device.' }), {
    min: 0,
    max: 13,
  }),
  'hostpci[n]': numbered(
    propertyString(hostpciNFormat, { description: 'PCI device of the host, given to the guest.' }),
    { min: 0, max: 15 },
  ),
  vga: propertyString(vgaFormat, { description: 'Graphics card.' }),
  audio0: propertyString(audio0Format, { description: 'Sound card of the guest.' }),
  spice_enhancements: propertyString(spiceEnhancementsFormat, { description: 'Extras of SPICE.' }),
  ivshmem: propertyString(ivshmemFormat, {
    description: 'Memory shared with other guests or with a program of the host.',
  }),
  rng0: propertyString(rng0Format, { description: 'Random numbers from the host.' }),
  'virtiofs[n]': numbered(
    propertyString(virtiofsNFormat, { description: 'Folder of the host, shared with the guest.' }),
    { min: 0, max: 9 },
  ),
};
