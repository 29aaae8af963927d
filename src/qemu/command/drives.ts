/** Drives of a VM with their controllers, in the original's order. */
import { PaveError } from '../../errors.js';
import { type Drive, driveKeys, isCdrom, parseDrive } from '../drive/index.js';
import { driveNodes, throttleGroup } from './block-nodes.js';
import type { Draft } from './draft.js';
import { driveDevice, scsiPlace } from './drive-device.js';
import { driveLine } from './drive-line.js';
import { isSet } from './drive-options.js';
import { canonicalJson } from './json.js';

/** @throws PaveError */
export function addDrives(draft: Draft): void {
  const controllers = new Set<string>();
  if (draft.stock) draft.attempt(() => checkOneDriveEach(draft));
  for (const key of driveKeys(draft.values)) draft.attempt(() => addDrive(draft, key, controllers));
}

/** QEMU opens an image once, unless nobody writes to it. @throws PaveError */
function checkOneDriveEach(draft: Draft): void {
  const first = new Map<string, { key: string; writes: boolean }>();
  for (const key of driveKeys(draft.values)) {
    const drive = parseDrive(key, draft.value(key)!);
    const { file } = drive;
    const writes = !isCdrom(drive) && !isSet(drive.ro) && !isSet(drive.snapshot);
    const other = first.get(file);
    if (other !== undefined && file !== 'none' && (writes || other.writes))
      throw new PaveError(`${key}: '${file}' is the disk of ${other.key} already`);
    if (other === undefined) first.set(file, { key, writes });
  }
}

function addDrive(draft: Draft, key: string, controllers: Set<string>): void {
  const drive = parseDrive(key, draft.value(key)!);
  // The firmware's and the TPM's are no drives to the guest.
  if (drive.interface === 'efidisk' || drive.interface === 'tpmstate') return;
  if (drive.interface === 'virtio' && isSet(drive.iothread))
    draft.command.push('-object', `iothread,id=iothread-${key}`);
  if (drive.interface === 'scsi') addScsiController(draft, drive, controllers);
  if (drive.interface === 'sata')
    addOnce(controllers, 'ahci0', () => {
      draft.device(`ahci,id=ahci0,multifunction=on${draft.pciAddress('ahci0')}`);
    });
  addBackend(draft, drive);
  draft.device(driveDevice(draft, drive, draft.bootIndex.get(key)));
}

function addOnce(known: Set<string>, id: string, add: () => void): void {
  if (known.has(id)) return;
  known.add(id);
  add();
}

export interface ScsiController {
  id: string;
  /** `-device` of it. */
  device: string;
  /** Object it runs in, where it has a thread of its own. */
  iothread: string | undefined;
}

/** The controller of a SCSI drive. @throws PaveError */
export function scsiController(draft: Draft, drive: Drive): ScsiController {
  const scsihw = draft.value('scsihw');
  const { controller, prefix } = scsiPlace(scsihw, drive.index);
  const id = `${prefix}${controller}`;
  if (drive.index > 13 && !draft.guard(4, 1, 2)) {
    throw new PaveError(
      `scsi${drive.index}: machine version 4.1~pve2 or higher is required to use more than 14 SCSI disks`,
    );
  }
  const address = draft.pciAddress(id);
  const single = scsihw === 'virtio-scsi-single';
  const iothread = single && isSet(drive.iothread) ? `iothread-${id}` : undefined;
  if (!single && isSet(drive.iothread)) {
    draft.warn(
      'iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring',
    );
  }
  const thread = iothread === undefined ? '' : `,iothread=${iothread}`;
  const queues = single && isSet(drive.queues) ? `,num_queues=${drive.queues}` : '';
  const model = single ? 'virtio-scsi-pci' : (scsihw ?? 'lsi');
  return { id, iothread, device: `${model},id=${id}${address}${thread}${queues}` };
}

function addScsiController(draft: Draft, drive: Drive, known: Set<string>): void {
  const { id, device, iothread } = scsiController(draft, drive);
  if (iothread !== undefined) draft.command.push('-object', `iothread,id=${iothread}`);
  addOnce(known, id, () => draft.device(device));
}

function addBackend(draft: Draft, drive: Drive): void {
  if (!draft.blockNodes) {
    // Only disks of a template may be marked so; the buses that know no read-only disks may not.
    const ata = drive.interface === 'ide' || drive.interface === 'sata';
    const readOnly = draft.template && !ata ? ',readonly=on' : '';
    draft.devices.push('-drive', driveLine(draft, drive) + readOnly);
  } else if (drive.file !== 'none') {
    draft.command.push('-object', canonicalJson(throttleGroup(drive)));
    const nodes = driveNodes(draft, drive, { readOnly: draft.template });
    draft.devices.push('-blockdev', canonicalJson(nodes));
    const instead = draft.input.volumes.get(drive.file)?.instead;
    if (instead !== undefined) draft.devices.push('-blockdev', canonicalJson(instead));
  }
}
