/** Programs that read a file system out of a file, without the kernel having to trust it. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { ext } from './ext.js';
import { fat } from './fat.js';
import { guestfs } from './guestfs.js';
import type { Into } from './into.js';

export interface Entry {
  /** From the file system's root. */
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes, where the program tells. */
  size?: number;
}

/** `file` holds the file system, from its first byte. */
export interface Reader {
  /** The entries of a folder, or the one of anything else; undefined where there is none. */
  list(host: Host, file: string, path: string): Promise<Entry[] | undefined>;
  /** Puts a file, or a folder with all in it, there. */
  extract(host: Host, file: string, path: string, into: Into): Promise<void>;
}

interface Kind {
  reader: Reader;
  program: string;
  package: string;
}

const EXT: Kind = { reader: ext, program: 'debugfs', package: 'e2fsprogs' };
/** Boots a small machine of its own that has the kernel's drivers. */
const GUESTFS: Kind = {
  reader: guestfs(false),
  program: 'guestfish',
  package: 'libguestfs-tools linux-image-amd64',
};

const READERS: Record<string, Kind> = {
  ext2: EXT,
  ext3: EXT,
  ext4: EXT,
  vfat: { reader: fat, program: 'mdir', package: 'mtools' },
  xfs: GUESTFS,
  btrfs: GUESTFS,
  ntfs: { ...GUESTFS, package: 'libguestfs-tools linux-image-amd64 ntfs-3g' },
  iso9660: GUESTFS,
  udf: GUESTFS,
  LVM2_member: {
    ...GUESTFS,
    reader: guestfs(true),
    package: 'libguestfs-tools linux-image-amd64 lvm2',
  },
};

/** @throws PaveError naming a file system that cannot be read so */
export function readerOf(host: Host, filesystem: string | undefined, what: string): Reader {
  const found = filesystem === undefined ? undefined : READERS[filesystem];
  if (found === undefined)
    throw new PaveError(
      `${what} holds ${filesystem === undefined ? 'no known file system' : filesystem}, and only ${Object.keys(READERS).join(', ')} can be read out of an archive`,
      { hint: 'restore it to a free id (qmrestore … --unique) and mount its disk there' },
    );
  if (host.which(found.program) === undefined)
    throw new PaveError(
      `${what} holds ${filesystem}, which needs ${found.program}, and that is not installed`,
      { hint: `apt install ${found.package}` },
    );
  return found.reader;
}
