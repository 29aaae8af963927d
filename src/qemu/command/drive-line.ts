/** `-drive`, which machines older than 10.0 get on the original's QEMU. Source: print_drive_commandline_full. */
import { PaveError } from '../../errors.js';
import { type Drive, isCdrom } from '../drive/index.js';
import type { Draft } from './draft.js';
import {
  aioMode,
  cacheDirect,
  checkMedia,
  detectZeroes,
  driveId,
  formatOf,
  isSet,
  throttleLimits,
  volumeOf,
} from './drive-options.js';

/** @throws PaveError */
export function driveLine(draft: Draft, drive: Drive): string {
  const id = driveId(drive);
  const volume = drive.file === 'none' ? undefined : volumeOf(draft, drive);
  const path = volume?.path ?? '';
  const format = volume === undefined || path === '' ? undefined : formatOf(drive, volume);
  if (volume?.volumeChain && format === 'qcow2') {
    throw new PaveError(
      `storage for '${drive.file}' is configured for snapshots as a volume chain - this requires QEMU machine version >= 10.0. See https://pve.proxmox.com/wiki/QEMU_Machine_Version_Upgrade`,
    );
  }
  if (volume !== undefined) checkMedia(drive, volume);
  let text = `${path === '' ? '' : `file=${path},`}if=none,id=drive-${id}`;
  for (const option of ['media', 'cache', 'rerror', 'werror', 'discard'])
    if (drive[option] !== undefined) text += `,${option}=${drive[option]}`;
  if (drive.snapshot !== undefined) text += `,snapshot=${isSet(drive.snapshot) ? 'on' : 'off'}`;
  if (drive.ro !== undefined) text += `,readonly=${isSet(drive.ro) ? 'on' : 'off'}`;
  for (const [limit, value] of throttleLimits(drive)) text += `,throttling.${limit}=${value}`;
  if (format !== undefined) text += `,format=${format}`;
  const direct = cacheDirect(drive, volume);
  if (!isSet(drive.cache) && direct) text += ',cache=none';
  text += `,aio=${aioMode(draft, drive, volume, direct)}`;
  if (!isCdrom(drive)) text += `,detect-zeroes=${detectZeroes(drive)}`;
  return text;
}
