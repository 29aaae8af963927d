/** Is a directory storage's folder really there? Source: DirPlugin.pm. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { StorageContext, StorageSection } from '../types.js';
import { basePath, SUBDIRS, subdir } from './layout.js';

/** The folder something must be mounted on: its own, or the one `is_mountpoint` names. */
function expectedMount(storage: StorageSection): string | undefined {
  const text = storage.values.get('is_mountpoint');
  if (text === undefined) return undefined;
  const bool = parseBoolean(text);
  if (bool === undefined) return text;
  return bool === 1 ? basePath(storage) : undefined;
}

function isMounted(host: Host, folder: string): boolean {
  const real = host.files.realpath(folder);
  if (real === undefined) return false;
  const wanted = [real, host.path(real)];
  return (host.files.read('/proc/self/mounts') ?? '').split('\n').some((line) => {
    const point = line
      .split(' ')[1]
      ?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    return point !== undefined && wanted.includes(point);
  });
}

/** @throws PaveError when the storage waits for a mount that is not there */
export function checkMounted(ctx: StorageContext, storage: StorageSection): void {
  const mount = expectedMount(storage);
  if (mount !== undefined && !isMounted(ctx.host, mount)) {
    throw new PaveError(
      `unable to activate storage '${storage.storeid}' - directory is expected to be a mount point but is not mounted: '${mount}'`,
    );
  }
}

const isOn = (storage: StorageSection, key: string) =>
  parseBoolean(storage.values.get(key) ?? '1') !== 0;

/** Makes the folders a storage keeps its content in, unless its options forbid it. @throws PaveError */
export function prepareFolders(ctx: StorageContext, storage: StorageSection): void {
  checkMounted(ctx, storage);
  const { files } = ctx.host;
  const path = basePath(storage);
  const mayMake = isOn(storage, 'mkdir');
  if (files.stat(path)?.kind !== 'directory') {
    if (!mayMake || !isOn(storage, 'create-base-path')) {
      throw new PaveError(
        `unable to activate storage '${storage.storeid}' - directory '${path}' does not exist or is unreachable`,
      );
    }
    files.mkdir(path);
  }
  const wanted = (Object.keys(SUBDIRS) as (keyof typeof SUBDIRS)[]).filter(
    (type) => storage.content.has(type) || (type === 'backup' && storage.content.has('rootdir')),
  );
  if (mayMake && isOn(storage, 'create-subdirs')) {
    for (const type of wanted.sort()) files.mkdir(subdir(storage, type));
  }
  const seen = new Set<string>();
  for (const type of wanted) {
    const real = files.realpath(subdir(storage, type));
    if (real === undefined) continue;
    if (seen.has(real)) {
      throw new PaveError(
        `storage '${storage.storeid}' uses directory ${real} for multiple content types`,
      );
    }
    seen.add(real);
  }
}
