/**
 * A guest's config on its way out of a backup. Source: restore_update_config_line and
 * parse_backup_hints of the original.
 */
import { randomUUID } from 'node:crypto';
import { type Drive, isCloudInit, parseDrive, printDrive } from '../../qemu/drive/index.js';
import { parseNet, printNet, randomMac } from '../../qemu/net.js';
import { smbios1Format } from '../../qemu/options/machine.js';
import { parsePropertyString, printPropertyString } from '../../schema/propertyString.js';

export interface RestoreConfigOptions {
  /** Drive key -> its new volume id. */
  map: ReadonlyMap<string, string>;
  /** The copy must not be taken for the machine that was backed up: new MAC addresses and UUID. */
  unique: boolean;
  /** First bytes of new MAC addresses. */
  macPrefix?: string | undefined;
}

/** Belong to the moment of the backup, or to the file alone. */
const DROPPED = /^(#qmdump#|#vzdump#|lock:|unused\d+:|parent:)/;

/** The config with the new volumes, line by line; what is not known stays as it is. */
export function restoreConfigText(text: string, options: RestoreConfigOptions): string {
  let nets = 0;
  let out = '';
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (DROPPED.test(line)) continue;
    const vlan = /^vlan(\d+):\s*(\S+)\s*$/.exec(line);
    if (vlan === null) out += restoreLine(line, options);
    else
      for (const card of vlan[2]!.split(/[,;]/))
        out += `net${nets++}: ${oldCard(card, vlan[1]!, options)}\n`;
  }
  return out;
}

/** A card as the first versions wrote it: `vlan0: e1000=AA:BB:…,rtl8139`. */
function oldCard(card: string, bridge: string, { unique, macPrefix }: RestoreConfigOptions) {
  const [model, mac] = card.split('=');
  const macaddr = mac === undefined || unique ? randomMac(macPrefix) : mac;
  return printNet({ model: model!, macaddr, bridge: `vmbr${bridge}` });
}

function restoreLine(line: string, options: RestoreConfigOptions): string {
  const { map, unique, macPrefix } = options;
  const [, key, value] = /^([a-z]+\d*):\s*(\S+)\s*$/.exec(line) ?? [];
  if (key === undefined || value === undefined) return line;
  if (/^(ide|scsi|virtio|sata|efidisk|tpmstate)\d+$/.test(key)) {
    const drive = readDrive(key, value);
    // The old volume may be another guest's by now: better the new one without its options.
    if (drive === undefined) return map.has(key) ? `${key}: ${map.get(key)}\n` : line;
    if (drive.backup !== undefined && /^(0|off|no|false)$/i.test(String(drive.backup)))
      return `#${line}`;
    const volid = map.get(key);
    if (volid === undefined) return line;
    delete drive.format;
    drive.file = volid;
    return `${key}: ${printDrive(drive)}\n`;
  }
  if (key === 'vmgenid') return `vmgenid: ${value === '0' ? '0' : randomUUID()}\n`;
  if (!unique) return line;
  if (/^net\d+$/.test(key)) {
    const net = parseNet(value);
    if (net.macaddr !== undefined) net.macaddr = randomMac(macPrefix);
    return `${key}: ${printNet(net)}\n`;
  }
  if (key === 'smbios1') {
    const fields = { ...parsePropertyString(smbios1Format, value), uuid: randomUUID() };
    return `smbios1: ${printPropertyString(fields, smbios1Format)}\n`;
  }
  return line;
}

/** A line that cannot be read is the config's affair, and told when it is. */
function readDrive(key: string, value: string): Drive | undefined {
  try {
    return parseDrive(key, value);
  } catch {
    return undefined;
  }
}

/** A volume that the restore has to make. */
export interface BackupHint {
  /** Drive key, e.g. `scsi0`. */
  key: string;
  /** Device of the archive that holds its data; undefined for a cloud-init drive, which is made anew. */
  device?: string;
  /** As at the time of the backup; '' where that was no storage. */
  storeid: string;
  format: string;
}

/** What the comments of a backup's config tell of its disks, and its cloud-init drives. */
export function backupHints(text: string): BackupHint[] {
  const hints: BackupHint[] = [];
  for (const line of text.split('\n')) {
    const [, key, device, storeid, format] =
      /^#qmdump#map:(\S+):(\S+):(\S*):(\S*):$/.exec(line) ?? [];
    if (key !== undefined)
      hints.push({ key, device: device!, storeid: storeid!, format: format || 'raw' });
    const [, cd, value] = /^((?:ide|sata|scsi)\d+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (cd === undefined) continue;
    const drive = readDrive(cd, value!);
    if (drive === undefined || !isCloudInit(drive)) continue;
    const suffix = /\.(raw|qcow2|vmdk)$/.exec(drive.file)?.[1];
    hints.push({ key: cd, storeid: drive.file.split(':')[0]!, format: suffix ?? 'raw' });
  }
  return hints;
}
