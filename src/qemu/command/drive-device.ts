/** The device the guest sees of a drive. Source: DriveDevice.pm of the original. */
import { type Drive, isCdrom, isCloudInit } from '../drive/index.js';
import { type Draft, escapeComma } from './draft.js';
import { decodePercent, driveId, isSet } from './drive-options.js';

export interface ScsiPlace {
  controller: number;
  /** Name of the controllers, before their number. */
  prefix: 'scsihw' | 'virtioscsi';
  /** Place on the controller. */
  unit: number;
}

/** Which controller a SCSI drive sits on; no `scsihw` means an LSI. */
export function scsiPlace(scsihw: string | undefined, index: number): ScsiPlace {
  const single = scsihw === 'virtio-scsi-single';
  const most = scsihw === undefined || scsihw.startsWith('lsi') ? 7 : single ? 1 : 256;
  return {
    controller: Math.floor(index / most),
    prefix: single ? 'virtioscsi' : 'scsihw',
    unit: index % most,
  };
}

function scsiType(draft: Draft, drive: Drive): 'cd' | 'hd' | 'block' | 'generic' {
  if (isCdrom(drive) || isCloudInit(drive)) return 'cd';
  const volume = draft.input.volumes.get(drive.file);
  if (draft.stock && isSet(drive.scsiblock) && volume?.scsiType !== 0)
    draft.warn(
      `${driveId(drive)}: scsiblock has no effect, '${drive.file}' is no SCSI disk of this host`,
    );
  if (drive.file.startsWith('/') && volume?.scsiType !== undefined) {
    if (volume.scsiType === 0 && isSet(drive.scsiblock)) return 'block';
    if (volume.scsiType === 1) return 'generic';
  }
  return volume?.path.startsWith('iscsi://') && !draft.stock && !draft.machineAtLeast(4, 1)
    ? 'generic'
    : 'hd';
}

/** `,drive=…` unless nothing is attached; `-drive` has a name for nothing as well. */
function backend(draft: Draft, drive: Drive): string {
  if (draft.blockNodes && drive.file === 'none') return '';
  const instead = draft.input.volumes.get(drive.file)?.instead;
  return `,drive=${instead?.['node-name'] ?? `drive-${driveId(drive)}`}`;
}

function virtioDevice(draft: Draft, drive: Drive): string {
  const id = driveId(drive);
  const thread = isSet(drive.iothread) ? `,iothread=iothread-${id}` : '';
  return `virtio-blk-pci${backend(draft, drive)},id=${id}${draft.pciAddress(id)}${thread}`;
}

function scsiDevice(draft: Draft, drive: Drive): { text: string; writeCache: boolean } {
  const id = driveId(drive);
  const scsihw = draft.value('scsihw');
  const { controller, prefix, unit } = scsiPlace(scsihw, drive.index);
  const type = scsiType(draft, drive);
  const emulated = type === 'hd' || type === 'cd';
  const byTarget = scsihw === undefined || scsihw.startsWith('lsi') || scsihw === 'pvscsi';
  let text = `scsi-${type},bus=${prefix}${controller}.0`;
  text += byTarget ? `,scsi-id=${unit}` : `,channel=0,scsi-id=0,lun=${drive.index}`;
  text += `${backend(draft, drive)},id=${id}`;
  if (draft.blockNodes && emulated) text += `,device_id=drive-${id}`;
  if (isSet(drive.ssd) && (type === 'block' || type === 'hd')) text += ',rotation_rate=1';
  if (isSet(drive.wwn as string)) text += `,wwn=${drive.wwn}`;
  if (emulated) {
    if (isSet(drive.vendor)) text += `,vendor=${drive.vendor}`;
    if (isSet(drive.product)) text += `,product=${drive.product}`;
  }
  return { text, writeCache: emulated };
}

const SATA_PORTS = 6;

function ataDevice(draft: Draft, drive: Drive): string {
  const id = driveId(drive);
  const sata = drive.interface === 'sata';
  const places = sata ? SATA_PORTS : 2;
  let controller = Math.floor(drive.index / places);
  let unit = drive.index % places;
  if (draft.q35 && !sata) {
    // One drive a channel there: the odd ones go to the channels above.
    controller += 2 * unit;
    unit = 0;
  }
  // A template's disk may be read-only, which only a CD-ROM may be; nothing ever looks at it.
  const type = drive.media === 'cdrom' || draft.template ? 'cd' : 'hd';
  let text = `ide-${type}`;
  text += sata ? `,bus=ahci${controller}.${unit}` : `,bus=ide.${controller},unit=${unit}`;
  text += `${backend(draft, drive)},id=${id}`;
  if (type === 'hd') {
    if (isSet(drive.model)) text += `,model=${escapeComma(decodePercent(String(drive.model)))}`;
    if (isSet(drive.ssd)) text += ',rotation_rate=1';
  }
  if (isSet(drive.wwn as string)) text += `,wwn=${drive.wwn}`;
  return text;
}

/** `-device` of a drive. */
export function driveDevice(draft: Draft, drive: Drive, bootIndex: number | undefined): string {
  let writeCache = true;
  let text: string;
  if (drive.interface === 'virtio') text = virtioDevice(draft, drive);
  else if (drive.interface === 'scsi') ({ text, writeCache } = scsiDevice(draft, drive));
  else text = ataDevice(draft, drive);
  if (bootIndex !== undefined) text += `,bootindex=${bootIndex}`;
  if (isSet(drive.serial)) text += `,serial=${escapeComma(decodePercent(String(drive.serial)))}`;
  if (!draft.blockNodes) return text;
  if (!isCdrom(drive) && writeCache) {
    const through = drive.cache === 'writethrough' || drive.cache === 'directsync';
    text += `,write-cache=${through ? 'off' : 'on'}`;
  }
  for (const policy of ['rerror', 'werror'])
    if (drive[policy] !== undefined) text += `,${policy}=${drive[policy]}`;
  return text;
}
