/** Keys that only the tools themselves write. */
import { integer, propertyString, string } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';
import { machineFormat } from './machine.js';

export const metaFormat = {
  'creation-qemu': {
    type: 'string',
    optional: true,
    pattern: '\\d+(\\.\\d+)+',
    description: 'QEMU version at that time.',
  },
  ctime: { type: 'integer', optional: true, minimum: 0, description: 'Seconds since the epoch.' },
} satisfies PropertyFormat;

/** A machine as it was: the same keys. */
export const runningmachineFormat = {
  ...machineFormat,
  type: { ...machineFormat.type, description: 'Machine type.' },
  viommu: { ...machineFormat.viommu, description: 'Virtual IOMMU.' },
} satisfies PropertyFormat;

export const internalOptions = {
  meta: propertyString(metaFormat, { description: 'When and with which QEMU the guest was made.' }),
  parent: string({
    format: 'pve-configid',
    maxLength: 40,
    description: 'Snapshot the current state grew from.',
  }),
  'running-nets-host-mtu': string({
    pattern: 'net\\d+=\\d+(,net\\d+=\\d+)*',
    description: 'MTUs the network cards had when the state was saved.',
  }),
  runningcpu: string({
    pattern: '^((?:[+-]?[\\w\\-\\._=]+,?)+)$',
    format_description: 'qemu-cpu-arg',
    description: 'CPU the guest ran with when the state was saved.',
  }),
  runningmachine: propertyString(runningmachineFormat, {
    description: 'Machine the guest ran with when the state was saved.',
  }),
  snaptime: integer({
    minimum: 0,
    description: 'When the snapshot was taken, in seconds since the epoch.',
  }),
  vmstate: string({ format: 'pve-volume-id', description: 'Volume with the saved memory.' }),
};
