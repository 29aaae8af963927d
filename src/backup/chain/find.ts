/** Archives of a guest in a folder, with their places in chains. */
import { archiveInfo } from '../../storage/files/archive.js';
import type { StorageContext } from '../../storage/types.js';
import { openArchive } from '../archive.js';
import type { VmaHeader } from '../vma/header.js';
import { VmaReader } from '../vma/read.js';
import { type BackupMeta, metaOf } from './meta.js';

export interface ChainArchive {
  path: string;
  /** Seconds since the epoch, by its name. */
  ctime: number;
  meta: BackupMeta;
  header: VmaHeader;
}

/** The archive's header and meta; meta is undefined where it has none. @throws PaveError */
export async function readChainArchive(
  ctx: StorageContext,
  path: string,
): Promise<{ header: VmaHeader; meta: BackupMeta | undefined }> {
  const source = await openArchive(ctx.host, path);
  try {
    const { header } = await VmaReader.open(source, { partial: true });
    return { header, meta: metaOf(header, path) };
  } finally {
    source.close();
  }
}

/** Paths of a VM's VMA archives in a folder that are named as the tools name them, oldest first. */
export function archivesOf(ctx: StorageContext, folder: string, vmid: number): string[] {
  return (ctx.host.files.list(folder) ?? [])
    .flatMap((name) => {
      if (!name.startsWith(`vzdump-qemu-${vmid}-`)) return [];
      try {
        const info = archiveInfo(name);
        return info.format === 'vma' && info.ctime !== undefined ? [{ name, at: info.ctime }] : [];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map(({ name }) => `${folder}/${name}`);
}

/** Those that belong to chains, by uuid; one that cannot be read is told of and left out. */
export async function chainArchives(
  ctx: StorageContext,
  folder: string,
  vmid: number,
  told: (path: string, error: unknown) => void,
): Promise<Map<string, ChainArchive>> {
  const found = new Map<string, ChainArchive>();
  for (const path of archivesOf(ctx, folder, vmid)) {
    try {
      const { header, meta } = await readChainArchive(ctx, path);
      if (meta === undefined) continue;
      found.set(meta.uuid, { path, ctime: archiveInfo(path).ctime!, meta, header });
    } catch (error) {
      told(path, error);
    }
  }
  return found;
}
