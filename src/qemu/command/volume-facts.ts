/** What QEMU must know of a volume, from its storage's section and its path. */
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import type { ParsedVolname, StorageSection } from '../../storage/types.js';
import { urlNode } from './protocol-url.js';
import type { VolumeFacts } from './types.js';

export interface Found {
  storage: StorageSection;
  parsed: ParsedVolname;
  /** Path or URL, root prefix included. */
  path: string;
  blockDevice: boolean;
  size?: number;
  /** Chain of volumes below it, the nearest first. */
  parents?: readonly { snapshot: string; path: string }[];
}

const QEMU_FORMATS = /^(?:raw|qcow2?|qed|vmdk|cloop)$/;

function isOn(storage: StorageSection, key: string): boolean {
  return parseBoolean(storage.values.get(key) ?? '0') === 1;
}

/** @throws PaveError for a volume that is no disk image, or that its storage must not hold */
export function volumeFacts(volid: string, found: Found): VolumeFacts {
  const { storage, parsed, path } = found;
  if (!storage.content.has(parsed.vtype)) {
    throw new PaveError(
      `storage '${storage.storeid}' does not support content-type '${parsed.vtype}'`,
    );
  }
  const format = parsed.format ?? 'raw';
  const image = parsed.vtype === 'iso' || QEMU_FORMATS.test(format);
  if (!image) throw new PaveError(`volume '${volid}' - not a QEMU image format '${format}'`);
  return {
    path,
    format: QEMU_FORMATS.test(format) ? format : 'raw',
    storeid: storage.storeid,
    storageType: storage.type,
    vtype: parsed.vtype,
    blockDevice: found.blockDevice,
    krbd: isOn(storage, 'krbd'),
    nocow: isOn(storage, 'nocow'),
    volumeChain: isOn(storage, 'snapshot-as-volume-chain'),
    ...(found.size === undefined ? {} : { size: found.size }),
    ...(found.parents === undefined ? {} : { parents: found.parents }),
    ...(path.startsWith('/') ? {} : { blockdev: urlNode(path) }),
  };
}
