/** Which disks of a VM a backup holds, and its config as the archive keeps it. Source: VZDump/QemuServer.pm. */
import type { GuestConfig } from '../../config/types.js';
import { PaveError } from '../../errors.js';
import { driveKeys, parseDrive } from '../../qemu/drive/index.js';
import { formatSize } from '../../schema/units.js';
import { tryParseVolid } from '../../storage/index.js';

export interface ListedDisk {
  /** e.g. `scsi0` */
  key: string;
  /** Volume id or path. */
  file: string;
  /** Bytes, as the config says. */
  size?: number | undefined;
  included: boolean;
  reason: string;
  storeid?: string | undefined;
}

/** All disks in the original's order; CD-ROMs are none. */
export function listDisks(config: GuestConfig): ListedDisk[] {
  const { values } = config.main;
  const disks: ListedDisk[] = [];
  for (const key of driveKeys(values)) {
    const drive = parseDrive(key, values.get(key)!);
    if (drive.media === 'cdrom' || drive.file === 'none' || drive.file === 'cdrom') continue;
    let included = Number(drive.backup ?? 1) !== 0;
    let reason = `backup=${drive.backup === undefined ? 'yes' : 'no'}`;
    if (key.startsWith('efidisk') && values.get('bios') !== 'ovmf') {
      included = false;
      reason = 'efidisk but no OVMF BIOS';
    }
    const storeid = tryParseVolid(drive.file)?.storeid;
    disks.push({ key, file: drive.file, size: drive.size, included, reason, storeid });
  }
  return disks;
}

/**
 * A disk passed through with scsiblock=1 gets the guest's own commands, past QEMU's block layer:
 * while the guest runs nothing can keep what it overwrites. @throws PaveError that names the disks
 */
export function refusePassedThrough(vmid: number, config: GuestConfig): void {
  const { values } = config.main;
  const keys = listDisks(config)
    .filter(
      ({ key, included }) =>
        included && Number(parseDrive(key, values.get(key)!).scsiblock ?? 0) !== 0,
    )
    .map(({ key }) => key);
  if (keys.length === 0) return;
  throw new PaveError(
    `${keys.join(', ')}: a disk passed through with scsiblock=1 cannot be backed up while VM ${vmid} runs`,
    { hint: `shut it down first (qm shutdown ${vmid}), or leave the disk out with backup=0` },
  );
}

/** The log's line about a disk. */
export function diskLine(disk: ListedDisk): string {
  if (!disk.included) return `exclude disk '${disk.key}' '${disk.file}' (${disk.reason})`;
  const size = disk.size === undefined ? '' : ` ${formatSize(disk.size)}`;
  return `include disk '${disk.key}' '${disk.file}'${size}`;
}

/** A disk that goes into the archive. */
export interface MappedDisk {
  key: string;
  device: string;
  storeid: string;
  format: string;
}

/** Name of a disk in the archive. */
export function deviceName(key: string): string {
  return key === 'tpmstate0' ? 'drive-tpmstate0-backup' : `drive-${key}`;
}

/**
 * The config's main section without locks, parents and unused disks, and a line for each disk that
 * tells a restore where it came from. `note` gets what is left out.
 */
export function archivedConfig(
  text: string,
  disks: readonly MappedDisk[],
  note: (text: string) => void,
): string {
  let archived = '';
  const sections = new Set<string>();
  for (const line of text.split(/(?<=\n)/)) {
    const header = /^\[(.*)\]\s*$/.exec(line)?.[1];
    if (header !== undefined)
      sections.add(
        /^PENDING$/i.test(header)
          ? 'pending configuration changes'
          : header.startsWith('special:')
            ? 'special config section'
            : 'snapshots',
      );
    if (sections.size > 0 || /^#(vzdump|qmdump)#/.test(line)) continue;
    const unused = /^unused\d+:\s*(\S+)/.exec(line)?.[1];
    if (unused !== undefined) note(`skip unused drive '${unused}' (not included into backup)`);
    else if (!/^(lock|parent):/.test(line)) archived += line;
  }
  if (archived !== '' && !archived.endsWith('\n')) archived += '\n';
  for (const { key, device, storeid, format } of disks)
    archived += `#qmdump#map:${key}:${device}:${storeid}:${format}:\n`;
  for (const what of ['special config section', 'snapshots', 'pending configuration changes'])
    if (sections.has(what)) note(`${what} found (not included into backup)`);
  return archived;
}
