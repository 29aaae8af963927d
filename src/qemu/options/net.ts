/** Property string of a network card. */
import type { PropertyFormat, PropertyKeySchema } from '../../schema/types.js';

const MODELS = [
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
];

/** `virtio=MAC` in place of `model=virtio,macaddr=MAC`. */
const modelKeys = Object.fromEntries(
  MODELS.map((model): [string, PropertyKeySchema] => [
    model,
    { alias: 'macaddr', keyAlias: 'model' },
  ]),
);

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
    enum: MODELS,
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
  ...modelKeys,
} satisfies PropertyFormat;
