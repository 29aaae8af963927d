/** What keeps a backup from being made: too many there already, or a highly available guest. */
import type { Store } from '../../cluster/store.js';
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { archiveInfo } from '../../storage/files/archive.js';
import { listVolumes } from '../../storage/index.js';
import type { StorageContext } from '../../storage/types.js';
import { backupPrefix } from './format.js';
import type { Settings } from './settings.js';
import type { Target } from './target.js';

export interface FoundBackup {
  path: string;
  /** Seconds since the epoch. */
  ctime: number;
  protected: boolean;
}

/** Backups of a guest in a folder, by their names. */
export function backupsInFolder(
  host: Host,
  folder: string,
  type: 'qemu' | 'lxc',
  vmid: number,
): FoundBackup[] {
  const names = (host.files.list(folder) ?? []).filter((name) =>
    name.startsWith(`${backupPrefix(type, vmid)}-`),
  );
  return names.flatMap((name) => {
    try {
      const info = archiveInfo(name);
      if (!info.is_std_name) return [];
      const path = `${folder}/${info.filename}`;
      return [{ path, ctime: info.ctime!, protected: host.files.exists(`${path}.protected`) }];
    } catch {
      return [];
    }
  });
}

/** @throws PaveError where another backup would be one too many. Source: VZDump.pm exec_backup_task */
export async function checkLimits(
  ctx: StorageContext,
  settings: Settings,
  target: Target,
  type: 'qemu' | 'lxc',
  vmid: number,
): Promise<void> {
  const keep = settings['prune-backups'] ?? {};
  const limit =
    Number(keep['keep-all'] ?? 0) === 1
      ? 0
      : Object.values(keep).reduce<number>((sum, count) => sum + Number(count ?? 0), 0);
  if (!(limit > 0 && !settings.remove) && !settings.protected) return;
  const found = await countBackups(ctx, target, type, vmid);
  if (settings.protected) {
    const text = target.storage?.values.get('max-protected-backups');
    // Who may allocate on the storage, as root does, has no limit unless the storage names one.
    const most = text === undefined ? -1 : Number(text);
    if (most > -1 && found.protected >= most)
      throw new PaveError(
        `The number of protected backups per guest is limited to ${most} on storage '${target.storage!.storeid}'`,
        {
          hint: `pvesm set ${target.storage!.storeid} --max-protected-backups ${most + 1}, or take the protection off an old one`,
        },
      );
  } else if (found.open >= limit)
    throw new PaveError(
      `There is a max backup limit of ${limit} enforced by the target storage or the vzdump parameters. Either increase the limit or delete old backups.`,
    );
}

async function countBackups(
  ctx: StorageContext,
  target: Target,
  type: 'qemu' | 'lxc',
  vmid: number,
): Promise<{ open: number; protected: number }> {
  const backups =
    target.storage === undefined
      ? backupsInFolder(ctx.host, target.dumpdir, type, vmid)
      : (await listVolumes(ctx, target.storage.storeid, { vmid, content: ['backup'] })).filter(
          ({ subtype }) => subtype === undefined || subtype === type,
        );
  const isProtected = backups.filter((backup) => backup.protected === true).length;
  return { open: backups.length - isProtected, protected: isProtected };
}

/** Is the VM managed by the HA stack and to be running? Source: HA/Config.pm vm_is_ha_managed. */
export function isHaStarted(store: Store, vmid: number): boolean {
  const text = store.read('ha/resources.cfg') ?? '';
  const section = new RegExp(`^(?:vm|ct):[ \\t]*${vmid}[ \\t]*\\n((?:[ \\t]+.*\\n?)*)`, 'm').exec(
    text,
  );
  if (section === null) return false;
  const state = /^\s+state\s+(\S+)/m.exec(section[1] ?? '')?.[1] ?? 'started';
  return state === 'started' || state === 'enabled';
}
