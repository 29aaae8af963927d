/** Config and storages brought together again. Source: rescan and update_disk_config of the original. */
import type { Context } from '../../commands/define.js';
import { checkLock, loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import { addUnused, isVolumeUsed } from '../../guest/unused.js';
import { formatSize } from '../../schema/units.js';
import {
  listVolumes,
  loadStorages,
  SUPPORTED_TYPES,
  volumePath,
  whyUnusable,
} from '../../storage/index.js';
import type { VolumeInfo } from '../../storage/types.js';
import { driveKeys, isCdrom, managedVolume, parseDrive, printDrive } from '../drive/index.js';

/** Disk images of all usable storages, of one guest or of all. */
export async function scanVolumes(ctx: Context, vmid?: number): Promise<VolumeInfo[]> {
  const found: VolumeInfo[] = [];
  for (const storage of loadStorages(ctx).values()) {
    if (!storage.content.has('images') || !SUPPORTED_TYPES.includes(storage.type)) continue;
    if (whyUnusable(ctx, storage) !== undefined) continue;
    found.push(...(await listVolumes(ctx, storage.storeid, { vmid, content: ['images'] })));
  }
  return found;
}

/**
 * Brings a VM's config into line with the volumes there are: unknown ones become `unusedN`, sizes
 * are corrected. A dry run only tells.
 */
export async function rescanVm(
  ctx: Context,
  vmid: number,
  volumes: readonly VolumeInfo[],
  dryRun: boolean,
): Promise<void> {
  await withGuestLock(ctx, 'qemu', vmid, () => {
    const guest = loadGuest(ctx, 'qemu', vmid);
    const { config } = guest;
    checkLock(config, false, vmid);
    const say = (text: string) => ctx.out.line(`VM ${vmid} ${text}`);
    const own = new Map(
      volumes.filter((volume) => volume.vmid === vmid).map((volume) => [volume.volid, volume]),
    );
    let changed = false;
    for (const key of driveKeys(config.main.values)) {
      const drive = parseDrive(key, config.main.values.get(key)!);
      const volid = managedVolume(drive);
      const volume = volid === undefined ? undefined : own.get(volid);
      if (volume === undefined || isCdrom(drive) || drive.size === volume.size) continue;
      say(
        `(${key}): size of disk '${volid}' updated from ${drive.size === undefined ? '?' : formatSize(drive.size)} to ${formatSize(volume.size)}`,
      );
      drive.size = volume.size;
      config.main.values.set(key, printDrive(drive));
      changed = true;
    }
    const paths = new Set<string>();
    for (const volid of own.keys()) {
      if (/-cloudinit(\.\w+)?$/.test(volid) || isVolumeUsed(config, volid)) continue;
      // Two storages may show the same file.
      const path = volumePath(ctx, volid);
      if (paths.has(path)) continue;
      paths.add(path);
      say(`add unreferenced volume '${volid}' as unused`);
      addUnused(config, volid);
      changed = true;
    }
    for (const [key, text] of [...config.main.values]) {
      if (!/^unused\d+$/.test(key)) continue;
      const volid = parseDrive(key, text).file;
      if (!isVolumeUsed(config, volid, key)) continue;
      say(`remove entry '${key}', its volume '${volid}' is in use`);
      config.main.values.delete(key);
      changed = true;
    }
    if (changed && !dryRun) saveGuest(ctx, guest, config);
  });
}
