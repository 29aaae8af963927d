/** The volumes behind new drives: allocated, imported, or looked up. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { formatSize } from '../../schema/units.js';
import { activateVolumes, allocVolume, freeVolume, volumeSize } from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import type { UndoStack } from '../../task/undo.js';
import {
  type Drive,
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
  undo: UndoStack;
  /** Called after each volume was made, with its key's final value: to be recorded at once. */
  onCreated?: (key: string, value: string) => void;
  check: () => void;
}

/** Puts the final value of every drive into `values`. What was made is undone by `undo`. */
export async function createDisks(ctx: Context, request: DiskRequest): Promise<void> {
  for (const key of [...request.values.keys()].filter(isDriveKey).sort()) {
    request.check();
    const drive = parseDrive(key, request.values.get(key)!);
    const wanted = newDisk(drive.file);
    if (wanted !== undefined) {
      await makeDisk(ctx, request, drive, wanted.storeid ?? request.defaultStorage!, wanted.size);
    } else if (drive.file === 'none' || drive.file === 'cdrom') {
      delete drive.size;
    } else {
      drive.size = await existingSize(ctx, drive.file);
    }
    const value = printDrive(drive);
    request.values.set(key, value);
    if (wanted === undefined) continue;
    request.onCreated?.(key, value);
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
    return;
  }
  const origin = source === undefined ? undefined : await sourceInfo(ctx, source);
  const volid = await allocVolume(ctx, storeid, {
    vmid: request.vmid,
    format: drive.format as ImageFormat | undefined,
    size: origin?.size ?? size,
  });
  request.undo.add(`removing ${volid}`, () => freeVolume(ctx, volid));
  if (origin !== undefined) {
    ctx.out.line(`importing disk '${source}' to '${volid}' (${formatSize(origin.size)})`);
    await importInto(ctx, origin, volid);
  }
  drive.file = volid;
  drive.size = origin?.size ?? size;
  delete drive.format;
}

async function existingSize(ctx: Context, file: string): Promise<number | undefined> {
  if (file.startsWith('/')) return (await sourceInfo(ctx, file)).size;
  await activateVolumes(ctx, [file]);
  const info = await volumeSize(ctx, file);
  if (info === undefined) throw new PaveError(`volume ${file} does not exist`);
  return info.size;
}
