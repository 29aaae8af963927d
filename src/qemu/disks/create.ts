/** The volumes behind new drives: allocated, imported, or looked up. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import { formatSize } from '../../schema/units.js';
import {
  activateVolumes,
  allocVolume,
  freeVolume,
  requireStorage,
  volumeSize,
} from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import type { UndoStack } from '../../task/undo.js';
import { CLOUD_INIT_SIZE } from '../cloudinit/image.js';
import {
  type Drive,
  isCloudInit,
  isDriveKey,
  isStateDrive,
  newDisk,
  parseDrive,
  printDrive,
} from '../drive/index.js';
import { importInto, sourceInfo } from './import.js';
import { makeEfiDisk, makeTpmState } from './state-volumes.js';

export interface DiskRequest {
  vmid: number;
  /** Keys and values as given; drives among them are worked on. */
  values: Map<string, string>;
  /** The VM's config as it will be; `values` where not given. */
  config?: ReadonlyMap<string, string>;
  defaultStorage?: string | undefined;
  /** KiB/s of imports, 0: none; undefined: what the storages say. */
  bwlimit?: number | undefined;
  undo: UndoStack;
  /** Sections of the config as it is, where a cloud-init drive may be already. */
  present?: readonly ReadonlyMap<string, string>[];
  /**
   * Called as soon as a volume is there, before it is filled, with its id and its key's final value:
   * should we be killed while it is filled, the config tells of it.
   */
  onAllocated?: (key: string, value: string, volid: string) => void;
  check: () => void;
}

/** Puts the final value of every drive into `values`. What was made is undone by `undo`. */
export async function createDisks(ctx: Context, request: DiskRequest): Promise<void> {
  for (const key of [...request.values.keys()].filter(isDriveKey).sort()) {
    request.check();
    const drive = parseDrive(key, request.values.get(key)!);
    const wanted = newDisk(drive.file);
    if (isCloudInit(drive)) refuseSecondCloudInit(request, key);
    const newCloudInit = CLOUD_INIT.exec(drive.file);
    if (newCloudInit !== null) {
      await makeCloudInit(ctx, request, drive, newCloudInit[1] ?? request.defaultStorage);
    } else if (wanted !== undefined) {
      await makeDisk(ctx, request, drive, wanted.storeid ?? request.defaultStorage!, wanted.size);
    } else if (drive.file === 'none' || drive.file === 'cdrom') {
      delete drive.size;
    } else {
      drive.size = await existingSize(ctx, drive.file);
    }
    const value = printDrive(drive);
    request.values.set(key, value);
    if (wanted === undefined && newCloudInit === null) continue;
    ctx.out.line(`${key}: successfully created disk '${value}'`);
  }
}

async function makeDisk(
  ctx: Context,
  request: DiskRequest,
  drive: Drive,
  storeid: string,
  size: number,
): Promise<void> {
  const source = drive['import-from'];
  delete drive['import-from'];
  if (source === undefined && isStateDrive(drive)) {
    const make = drive.interface === 'efidisk' ? makeEfiDisk : makeTpmState;
    const { vmid, undo } = request;
    const config = request.config ?? request.values;
    const made = await make(ctx, { vmid, storeid, drive, config, undo });
    drive.file = made.volid;
    drive.size = made.size;
    delete drive.format;
    tell(request, drive);
    return;
  }
  const origin = source === undefined ? undefined : await sourceInfo(ctx, source);
  const volid = await allocVolume(ctx, storeid, {
    vmid: request.vmid,
    format: drive.format as ImageFormat | undefined,
    size: origin?.size ?? size,
  });
  request.undo.add(`remove ${volid}`, () => freeVolume(ctx, volid));
  drive.file = volid;
  drive.size = origin?.size ?? size;
  delete drive.format;
  tell(request, drive);
  if (origin === undefined) return;
  ctx.out.line(`importing disk '${source}' to '${volid}' (${formatSize(origin.size)})`);
  await importInto(ctx, origin, volid, request.bwlimit);
}

function tell(request: DiskRequest, drive: Drive): void {
  request.onAllocated?.(`${drive.interface}${drive.index}`, printDrive(drive), drive.file);
}

/** `local:cloudinit`: a drive to be made, its storage left out where there is a default one. */
export const CLOUD_INIT = /^(?:([^/:\s]+):)?cloudinit$/;

function refuseSecondCloudInit(request: DiskRequest, key: string): void {
  for (const values of [...(request.present ?? []), request.values]) {
    for (const [other, text] of values) {
      if (other === key || !isDriveKey(other) || !isCloudInit(parseDrive(other, text))) continue;
      throw new PaveError(`${key} - cloud-init drive is already attached at '${other}'`);
    }
  }
}

/** An empty volume; its content comes with the next start. */
async function makeCloudInit(
  ctx: Context,
  request: DiskRequest,
  drive: Drive,
  storeid: string | undefined,
): Promise<void> {
  if (storeid === undefined)
    throw new PaveError('no storage ID specified (and no default storage)');
  const { values } = requireStorage(ctx, storeid);
  const chain = parseBoolean(values.get('snapshot-as-volume-chain') ?? '0') === 1;
  const format = drive.format ?? (values.has('path') || chain ? 'qcow2' : 'raw');
  const suffix = values.has('path') || (chain && format === 'qcow2') ? `.${format}` : '';
  const volid = await allocVolume(ctx, storeid, {
    vmid: request.vmid,
    format: format as ImageFormat,
    name: `vm-${request.vmid}-cloudinit${suffix}`,
    size: CLOUD_INIT_SIZE,
  });
  request.undo.add(`remove ${volid}`, () => freeVolume(ctx, volid));
  drive.file = volid;
  drive.media = 'cdrom';
  delete drive.size;
  delete drive.format;
  tell(request, drive);
}

async function existingSize(ctx: Context, file: string): Promise<number | undefined> {
  if (file.startsWith('/')) return (await sourceInfo(ctx, file)).size;
  await activateVolumes(ctx, [file]);
  const info = await volumeSize(ctx, file);
  if (info === undefined) throw new PaveError(`volume ${file} does not exist`);
  return info.size;
}
