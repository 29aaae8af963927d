/** The values of a VM's config file, checked and brought into canonical form. */
import { PaveError } from '../../errors.js';
import { checkFormat } from '../../schema/validate.js';
import { driveInterface, parseDrive, printDrive } from '../drive/index.js';
import { checkVmValue } from '../options/index.js';

/**
 * What `parseGuestConfig` takes as `check` where a file is to be held against the schema: keys that
 * it does not know are refused. Source: check_type and parse_vm_config of the original.
 */
export function fileValueCheck(
  vmid: number,
): (key: string, value: string, special?: string) => string {
  return (key, value, special) => {
    if (special === 'fleecing') return checkFleecing(key, value);
    const canonical = checkVmValue(key, value);
    const driveKey = key === 'cdrom' ? 'ide2' : key;
    const bus = driveInterface(driveKey)?.bus;
    if (bus !== 'ide' && bus !== 'sata' && bus !== 'scsi' && bus !== 'virtio') return canonical;
    const drive = parseDrive(driveKey, canonical);
    drive.file = volumeOfFile(vmid, drive.file, drive.media === 'cdrom');
    return printDrive(drive);
  };
}

function checkFleecing(key: string, value: string): string {
  if (key !== 'fleecing-images') throw new PaveError(`unknown setting '${key}'`);
  checkFormat('pve-volume-id-list', value);
  return value;
}

/** A bare file name of very old configs is a volume of `local`. */
function volumeOfFile(vmid: number, file: string, cdrom: boolean): string {
  const complete =
    file === 'none' || file === 'cdrom' || /^\/dev\/.+/.test(file) || /^[^:]+:.+$/.test(file);
  if (complete) return file;
  if (file.includes('/')) throw new PaveError(`'${file}' is no volume`);
  return cdrom ? `local:iso/${file}` : `local:${vmid}/${file}`;
}
