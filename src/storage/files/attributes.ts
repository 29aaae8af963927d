/** Notes and the protection of backups: files beside the archive. Source: DirPlugin.pm. */
import { PaveError } from '../../errors.js';
import type { StorageContext, StorageSection } from '../types.js';
import { volumeFile } from './layout.js';

/**
 * Notes and protection of a backup stand in files beside it. @throws PaveError for other volumes
 */
export async function setFileAttribute(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  attribute: 'notes' | 'protected',
  value: string | boolean,
): Promise<void> {
  const { path, vtype } = volumeFile(storage, volname);
  if (vtype !== 'backup')
    throw new PaveError(
      attribute === 'notes'
        ? 'only backups can have notes'
        : `only backups support attribute '${attribute}'`,
    );
  const { files } = ctx.host;
  if (!files.exists(path))
    throw new PaveError(`volume '${storage.storeid}:${volname}' does not exist`);
  const beside = `${path}.${attribute}`;
  if (value === false || value === '') files.unlink(beside);
  else if (attribute === 'notes') files.write(beside, String(value));
  else if (!files.exists(beside)) files.write(beside, '');
}

/** Notes as text, protection as a boolean; undefined where there is none. */
export async function getFileAttribute(
  ctx: StorageContext,
  storage: StorageSection,
  volname: string,
  attribute: 'notes' | 'protected',
): Promise<string | boolean | undefined> {
  const { path, vtype } = volumeFile(storage, volname);
  if (vtype !== 'backup') return undefined;
  const beside = `${path}.${attribute}`;
  return attribute === 'notes'
    ? (ctx.host.files.read(beside) ?? '')
    : ctx.host.files.exists(beside);
}
