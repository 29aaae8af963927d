/**
 * Files beside a backup that only we make: `<archive>.parents` names what an increment needs, a line
 * each, the full backup first; `<archive>.verified` what its last verification found.
 */
import type { Files } from '../../host/types.js';
import type { VolumeInfo } from '../types.js';
import { archiveInfo } from './archive.js';

export const PARENTS_SUFFIX = '.parents';
export const VERIFIED_SUFFIX = '.verified';
/** Go with their archive. */
export const SIDE_FILES = [PARENTS_SUFFIX, VERIFIED_SUFFIX] as const;

/**
 * File names of the backups that `name` needs; none for a full one. Where an increment's own list is
 * lost, every older backup of its guest may be one of them.
 */
export function parentsOf(files: Files, folder: string, name: string): string[] {
  const own = infoOf(name);
  if (!own?.increment) return [];
  const text = files.read(`${folder}/${name}${PARENTS_SUFFIX}`);
  if (text !== undefined) return text.split('\n').filter((line) => line !== '');
  return (files.list(folder) ?? []).filter((other) => {
    const info = infoOf(other);
    return (
      info?.format === 'vma' &&
      info.vmid === own.vmid &&
      info.ctime !== undefined &&
      info.ctime < (own.ctime ?? 0)
    );
  });
}

/** An increment in the folder that needs the backup; undefined where none does. */
export function neededBy(files: Files, folder: string, name: string): string | undefined {
  return (files.list(folder) ?? []).find(
    (other) => other !== name && parentsOf(files, folder, other).includes(name),
  );
}

/** Undefined where it was never verified, or the record cannot be read. */
export function verdictOf(files: Files, path: string): VolumeInfo['verification'] {
  const text = files.read(`${path}${VERIFIED_SUFFIX}`);
  if (text === undefined) return undefined;
  try {
    const verdict = JSON.parse(text) as NonNullable<VolumeInfo['verification']>;
    return verdict.state === 'ok' || verdict.state === 'failed' ? verdict : undefined;
  } catch {
    return undefined;
  }
}

function infoOf(name: string): ReturnType<typeof archiveInfo> | undefined {
  if (!name.startsWith('vzdump-')) return undefined;
  try {
    return archiveInfo(name);
  } catch {
    return undefined;
  }
}
