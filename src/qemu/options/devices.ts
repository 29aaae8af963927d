/** Cards and ports of a VM. */
import { numbered, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';

export const netNFormat = {
  bridge: {
    type: 'string',
    format: 'pve-bridge-id',
    optional: true,
    format_description: 'bridge',
    description: 'Bridge the card is attached to; without one it is behind NAT on the host.',
  },
  firewall: { type: 'boolean', optional: true, description: 'Let the firewall guard this card.' },
  'host-tunnel': {
    type: 'boolean',
    optional: true,
    description: 'Offload tunnels to the host, for virtio.',
  },
  link_down: { type: 'boolean', optional: true, description: 'The cable is unplugged.' },
  macaddr: {
    type: 'string',
    format: 'mac-addr',
    optional: true,
    format_description: 'XX:XX:XX:XX:XX:XX',
    description: 'MAC address; a random one is made where none is given.',
  },
  model: {
    type: 'string',
    enum: [
      'e1000',
      'e1000-82540em',
      'e1000-82544gc',
      'e1000-82545em',
      'e1000e',
      'i82551',
      'i82557b',
      'i82559er',
      'ne2k_isa',
      'ne2k_pci',
      'pcnet',
      'rtl8139',
      'virtio',
      'vmxnet3',
    ],
    default_key: true,
    description: 'Model of the card; virtio is the fastest.',
  },
  mtu: {
    type: 'integer',
    optional: true,
    minimum: 1,
    maximum: 65520,
    description: "MTU, for virtio; 1 takes the bridge's.",
  },
  queues: {
    type: 'integer',
    optional: true,
    minimum: 0,
    maximum: 64,
    description: 'Packet queues, for virtio.',
  },
  rate: {
    type: 'number',
    optional: true,
    minimum: 0,
    description: 'Limit in megabytes per second.',
  },
  tag: {
    type: 'integer',
    optional: true,
    minimum: 1,
    maximum: 4094,
    description: "VLAN put on the card's packets.",
  },
  trunks: {
    type: 'string',
    optional: true,
    pattern: '\\d+(?:-\\d+)?(?:;\\d+(?:-\\d+)?)*',
    format_description: 'vlanid[;vlanid...]',
    description: 'VLANs passed through the card.',
  },
  e1000: { alias: 'macaddr', keyAlias: 'model' },
  'e1000-82540em': { alias: 'macaddr', keyAlias: 'model' },
  'e1000-82544gc': { alias: 'macaddr', keyAlias: 'model' },
  'e1000-82545em': { alias: 'macaddr', keyAlias: 'model' },
  e1000e: { alias: 'macaddr', keyAlias: 'model' },
  i82551: { alias: 'macaddr', keyAlias: 'model' },
  i82557b: { alias: 'macaddr', keyAlias: 'model' },
  i82559er: { alias: 'macaddr', keyAlias: 'model' },
  ne2k_isa: { alias: 'macaddr', keyAlias: 'model' },
  ne2k_pci: { alias: 'macaddr', keyAlias: 'model' },
  pcnet: { alias: 'macaddr', keyAlias: 'model' },
  rtl8139: { alias: 'macaddr', keyAlias: 'model' },
  virtio: { alias: 'macaddr', keyAlias: 'model' },
  vmxnet3: { alias: 'macaddr', keyAlias: 'model' },
} satisfies PropertyFormat;

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
  mapping: {
    type: 'string',
    format: 'pve-configid',
    optional: true,
    format_description: 'mapping-id',
    description: 'Name of a mapping that tells the device on each node.',
  },
  usb3: { type: 'boolean', optional: true, default: 0, description: 'It is a USB 3 device.' },
} satisfies PropertyFormat;

export const hostpciNFormat = {
  'device-id': {
    type: 'string',
    optional: true,
    pattern: '^0x[0-9a-fA-F]{4}$',
    format_description: 'hex-id',
    description: 'Device id the guest sees instead of the real one.',
  },
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
  mapping: {
    type: 'string',
    format: 'pve-configid',
    optional: true,
    format_description: 'mapping-id',
    description: 'Name of a mapping that tells the device on each node.',
  },
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
  'sub-device-id': {
    type: 'string',
    optional: true,
    pattern: '^0x[0-9a-fA-F]{4}$',
    format_description: 'hex-id',
    description: 'Subsystem device id the guest sees.',
  },
  'sub-vendor-id': {
    type: 'string',
    optional: true,
    pattern: '^0x[0-9a-fA-F]{4}$',
    format_description: 'hex-id',
    description: 'Subsystem vendor id the guest sees.',
  },
  'vendor-id': {
    type: 'string',
    optional: true,
    pattern: '^0x[0-9a-fA-F]{4}$',
    format_description: 'hex-id',
    description: 'Vendor id the guest sees instead of the real one.',
  },
  'x-vga': {
    type: 'boolean',
    optional: true,
    default: 0,
    description: "It is the guest's primary graphics card.",
  },
} satisfies PropertyFormat;

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
