/**
 * What an archive says of its place in a chain of incremental backups: a config file `pave-backup.json`
 * in its header, which other readers pass over. An increment is a VMA archive in which clusters are
 * missing: they are as in its parent.
 */
import { PaveError } from '../../errors.js';
import type { VmaHeader } from '../vma/header.js';

export const META_BLOB = 'pave-backup.json';

export interface BackupMeta {
  uuid: string;
  /** From the full archive on, the last one being the parent; empty for a full archive. */
  parents: string[];
  disks: {
    device: string;
    /** Bytes. */
    size: number;
    /** How its clusters were chosen. */
    source: 'all' | 'bitmap' | 'compared';
  }[];
}

export function metaBlob(meta: BackupMeta): { name: string; data: string } {
  return { name: META_BLOB, data: `${JSON.stringify({ version: 1, ...meta }, undefined, 1)}\n` };
}

/** Undefined where the archive has none: it was not made to be followed by increments. */
export function metaOf({ configs }: VmaHeader, name: string): BackupMeta | undefined {
  const text = configs.find((blob) => blob.name === META_BLOB)?.data;
  if (text === undefined) return undefined;
  try {
    const meta = JSON.parse(text.toString('utf8')) as BackupMeta & { version: number };
    if (meta.version !== 1) throw new Error(`version ${meta.version} is not known`);
    if (!Array.isArray(meta.parents) || !Array.isArray(meta.disks) || typeof meta.uuid !== 'string')
      throw new Error('it is not complete');
    return meta;
  } catch (error) {
    throw new PaveError(`'${name}': ${META_BLOB} cannot be read: ${(error as Error).message}`);
  }
}
