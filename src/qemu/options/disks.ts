/** Disks, CD-ROMs and state volumes of a VM. */
import { enumOf, numbered, propertyString } from '../../schema/props.js';
import type { PropertyFormat } from '../../schema/types.js';
import {
  efidiskFormat,
  ideFormat,
  importKey,
  sataFormat,
  scsiFormat,
  tpmstateFormat,
  unusedFormat,
  virtioFormat,
} from './drive-formats.js';

/** `withImport`: as create and set take them; without, as a config file holds them. */
export function diskOptions(withImport: boolean) {
  const format = (own: PropertyFormat): PropertyFormat =>
    withImport ? { ...own, ...importKey } : own;
  return {
    'ide[n]': numbered(propertyString(format(ideFormat), { description: 'IDE disk or CD-ROM.' }), {
      min: 0,
      max: 3,
    }),
    'sata[n]': numbered(
      propertyString(format(sataFormat), { description: 'SATA disk or CD-ROM.' }),
      { min: 0, max: 5 },
    ),
    'scsi[n]': numbered(
      propertyString(format(scsiFormat), { description: 'SCSI disk or CD-ROM.' }),
      { min: 0, max: 30 },
    ),
    'virtio[n]': numbered(
      propertyString(format(virtioFormat), { description: 'VirtIO block disk.' }),
      { min: 0, max: 15 },
    ),
    efidisk0: propertyString(format(efidiskFormat), {
      description: 'Volume that keeps the UEFI variables.',
    }),
    tpmstate0: propertyString(format(tpmstateFormat), {
      description: 'Volume that keeps the state of a TPM.',
    }),
    'unused[n]': numbered(
      propertyString(unusedFormat, {
        description: 'Volume that belongs to the guest and is not attached.',
      }),
      { min: 0, max: 255 },
    ),
    cdrom: propertyString(ideFormat, {
      typetext: '<volume>',
      description: 'Another name for ide2.',
    }),
    scsihw: enumOf(
      ['lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'],
      { default: 'lsi', description: 'Model of the SCSI controller.' },
    ),
  };
}
