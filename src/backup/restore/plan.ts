/** Where each disk of an archive goes. */
import type { Context } from '../../commands/define.js';
import { messageOf, PaveError } from '../../errors.js';
import { CLOUD_INIT_SIZE } from '../../qemu/cloudinit/image.js';
import { isDriveKey } from '../../qemu/drive/index.js';
import { checkContent, defaultFormat, pluginOf, requireStorage } from '../../storage/index.js';
import type { ImageFormat } from '../../storage/types.js';
import { VMSTATE } from '../vma/format.js';
import type { VmaHeader } from '../vma/header.js';
import { type BackupHint, backupHints } from './config-lines.js';

export interface PlannedDisk {
  /** Drive key, e.g. `scsi0`. */
  key: string;
  /** Of the archive; undefined for a cloud-init drive. */
  device: string | undefined;
  storeid: string;
  format: ImageFormat;
  /** Bytes. */
  size: number;
}

/**
 * Every disk of the archive with its storage: that of the backup, unless another is given for all.
 * @throws PaveError with everything that stands in the way
 */
export function planDisks(
  ctx: Context,
  header: VmaHeader,
  config: string,
  storage: string | undefined,
): PlannedDisk[] {
  const reasons: string[] = [];
  const hints = backupHints(config);
  const sizes = new Map(header.devices.map(({ name, size }) => [name, size]));
  for (const { key, device } of hints) {
    if (!isDriveKey(key))
      reasons.push(`the archive names a drive '${key}', which a VM cannot have`);
    if (device !== undefined && !sizes.has(device))
      reasons.push(`archive does not contain data for drive '${key}'`);
  }
  for (const { name } of header.devices) {
    if (name !== VMSTATE && !hints.some(({ device }) => device === name))
      reasons.push(`found no device mapping information for device '${name}'`);
  }
  const disks: PlannedDisk[] = [];
  for (const hint of hints) {
    const storeid = storage ?? (hint.storeid === '' ? 'local' : hint.storeid);
    try {
      disks.push(planOne(ctx, hint, storeid, sizes));
    } catch (error) {
      const why = `${hint.key}: ${messageOf(error)}`;
      if (!reasons.includes(why)) reasons.push(why);
    }
  }
  if (reasons.length > 0)
    throw new PaveError(reasons.join('\n'), {
      ...(storage === undefined ? { hint: '--storage ID puts all disks on another storage' } : {}),
    });
  return disks.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function planOne(
  ctx: Context,
  hint: BackupHint,
  storeid: string,
  sizes: ReadonlyMap<string, number>,
): PlannedDisk {
  const section = requireStorage(ctx, storeid);
  checkContent(section, 'images');
  const wanted = hint.format as ImageFormat;
  const format = pluginOf(section).formats.includes(wanted) ? wanted : defaultFormat(section);
  const size = hint.device === undefined ? CLOUD_INIT_SIZE : (sizes.get(hint.device) ?? 0);
  return { key: hint.key, device: hint.device, storeid, format, size };
}
