/** What a backup archive's name tells. Source: Storage.pm archive_info. */
import { PaveError } from '../../errors.js';

export interface ArchiveInfo {
  filename: string;
  type: 'lxc' | 'openvz' | 'qemu';
  format: string;
  compression?: string;
  /** Holds only what changed since others: see `increments.ts`. */
  increment?: true;
  /** Program that unpacks it, with arguments. */
  decompressor?: string[];
  /** Named as the tools name backups: then it has an owner and a time. */
  is_std_name: 0 | 1;
  vmid?: number;
  /** Seconds since the epoch; names hold local time. */
  ctime?: number;
  logfilename?: string;
  notesfilename?: string;
}

const DECOMPRESSORS: Record<string, Record<string, string[]>> = {
  tar: {
    gz: ['tar', '-z'],
    lzo: ['tar', '--lzop'],
    zst: ['tar', '--zstd'],
    bz2: ['tar', '--bzip2'],
  },
  vma: {
    gz: ['zcat'],
    lzo: ['lzop', '-d', '-c'],
    zst: ['zstd', '-q', '-d', '-c'],
    bz2: ['bzcat', '-q'],
  },
};

/** @throws PaveError where the name is no archive's, or a standard name's time does not exist */
export function archiveInfo(archive: string): ArchiveInfo {
  const filename = archive.slice(archive.lastIndexOf('/') + 1);
  const match =
    /^vzdump-(lxc|openvz|qemu)-.+\.(tgz|(?:tar|vma|vma-inc)(?:\.(gz|lzo|zst|bz2))?)$/.exec(
      filename,
    );
  if (match === null)
    throw new PaveError(`ERROR: couldn't determine archive info from '${archive}'`);
  const type = match[1] as ArchiveInfo['type'];
  const extension = match[2]!;
  const increment = extension.startsWith('vma-inc');
  const format = extension === 'tgz' ? 'tar' : increment ? 'vma' : extension.replace(/\..*/, '');
  const compression = extension === 'tgz' ? 'gz' : match[3];
  const info: ArchiveInfo = { filename, type, format, is_std_name: 0 };
  if (increment) info.increment = true;
  if (compression !== undefined) {
    info.compression = compression;
    info.decompressor = DECOMPRESSORS[format]![compression]!;
  }
  const stem = filename.slice(0, -extension.length - 1);
  const name =
    /^vzdump-[a-z]+-([1-9]\d{2,8})-(\d{4})_(\d{2})_(\d{2})-(\d{2})_(\d{2})_(\d{2})$/.exec(stem);
  if (name !== null) {
    info.is_std_name = 1;
    info.vmid = Number(name[1]);
    info.ctime = timeOf(name.slice(2));
    info.logfilename = `${stem}.log`;
    info.notesfilename = `${filename}.notes`;
  }
  return info;
}

/**
 * Seconds since the epoch of a name's date and time. Texts of the errors: Time::Local, which the
 * original uses. @throws PaveError for one that is on no calendar
 */
function timeOf(words: readonly string[]): number {
  const [year, month, day, hour, minute, second] = words.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = new Date(year, month, 0).getDate();
  const limits: [what: string, value: number, shown: string, least: number, most: number][] = [
    ['Month', month - 1, String(month - 1), 0, 11],
    ['Day', day, words[2]!, 1, days],
    ['Hour', hour, words[3]!, 0, 23],
    ['Minute', minute, words[4]!, 0, 59],
    ['Second', second, words[5]!, 0, 59],
  ];
  for (const [what, value, shown, least, most] of limits) {
    if (value < least || value > most)
      throw new PaveError(`${what} '${shown}' out of range ${least}..${most}`);
  }
  return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
}
