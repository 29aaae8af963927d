/** `pave backup files`: single files of a guest out of an archive. */
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import { archivePath } from '../archive.js';
import { ChainIndex } from '../chain/cluster-index.js';
import { resolveChain } from '../chain/resolve.js';
import { scratchFolder } from '../room.js';
import { matching } from './glob.js';
import { Into } from './into.js';
import { withDiskFile } from './mounted-disk.js';
import { type Partition, partitionsOf } from './partitions.js';
import { type Reader, readerOf } from './readers.js';

export interface FilesRequest {
  archive: string;
  /** `<disk>/<partition>/<path>`; shorter ones list what is below. */
  paths: readonly string[];
  /** Folder the files are put into; without it they are listed. */
  to?: string | undefined;
  /** Folder for an archive that has to be unpacked. */
  tmpdir?: string | undefined;
}

export interface FileRow {
  path: string;
  type: string;
  size?: number;
  label?: string;
}

interface Wanted {
  given: string;
  disk?: string | undefined;
  partition?: number | undefined;
  /** From the file system's root. */
  path?: string | undefined;
}

/** What was asked for, a row each. @throws PaveError */
export async function backupFiles(ctx: Context, request: FilesRequest): Promise<FileRow[]> {
  const { host } = ctx;
  const wanted = request.paths.map(parsePath);
  if (request.to !== undefined) checkTarget(ctx, request.to, wanted);
  const chain = await resolveChain(ctx, await archivePath(ctx, request.archive));
  const tmpdir = scratchFolder(host, request.tmpdir);
  const index = await ChainIndex.open(host, chain, tmpdir, (path) =>
    ctx.out.info(`unpacking '${host.path(path)}' to ${tmpdir}`),
  );
  try {
    return await collect(ctx, index, wanted, request.to);
  } finally {
    index.close();
  }
}

/** `drive-scsi0/1/etc/hostname`, also as `scsi0/1/etc/hostname`. @throws PaveError */
function parsePath(given: string): Wanted {
  const match = /^\/?(?:drive-)?([a-z0-9-]+)(?:\/(\d+)(\/.*)?)?\/?$/.exec(given);
  if (match === null)
    throw new PaveError(`'${given}' is no path in a backup`, {
      hint: 'it begins with a disk and a partition: scsi0/1/etc/hostname',
    });
  // debugfs has no way to say them.
  if (/["\n]/.test(given)) throw new PaveError(`'${given}': such a name cannot be asked for`);
  return {
    given,
    disk: `drive-${match[1]}`,
    partition: match[2] === undefined ? undefined : Number(match[2]),
    path: match[2] === undefined ? undefined : (match[3] ?? '/'),
  };
}

function checkTarget(ctx: Context, to: string, wanted: readonly Wanted[]): void {
  if (wanted.length === 0) throw new PaveError('--to needs the paths to extract');
  const vague = wanted.filter(({ path }) => path === undefined).map(({ given }) => given);
  if (vague.length > 0)
    throw new PaveError(`'${vague.join("', '")}': name a partition as well, e.g. ${vague[0]}/1/`);
  const kind = ctx.host.files.stat(to)?.kind;
  if (kind !== undefined && kind !== 'directory') throw new PaveError(`'${to}' is no folder`);
  if (/["\n]/.test(to)) throw new PaveError(`'${to}': such a name cannot be used`);
}

async function collect(
  ctx: Context,
  index: ChainIndex,
  wanted: readonly Wanted[],
  to: string | undefined,
): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  const asked = wanted.length === 0 ? [{ given: '' } as Wanted] : wanted;
  const unknown = asked.filter(
    ({ disk }) => disk !== undefined && !index.disks.some(({ name }) => name === disk),
  );
  if (unknown.length > 0)
    throw new PaveError(
      `no such disk in the backup: ${unknown.map(({ given }) => given).join(', ')}`,
      { hint: `it has ${index.disks.map(({ name }) => name).join(', ')}` },
    );
  for (const disk of index.disks) {
    const mine = asked.filter((one) => one.disk === undefined || one.disk === disk.name);
    if (mine.length === 0) continue;
    const partitions = await withDiskFile(ctx.host, index, { ...disk, offset: 0 }, (file) =>
      partitionsOf(ctx.host, file, disk.size),
    );
    for (const one of mine) rows.push(...(await serve(ctx, index, disk.name, partitions, one, to)));
  }
  return rows;
}

async function serve(
  ctx: Context,
  index: ChainIndex,
  disk: string,
  partitions: readonly Partition[],
  { given, partition: number, path }: Wanted,
  to: string | undefined,
): Promise<FileRow[]> {
  const { host } = ctx;
  if (number === undefined || path === undefined)
    return partitions.map(({ number: n, size, filesystem, label }) => ({
      path: `${disk}/${n}/`,
      type: filesystem ?? 'unknown',
      size,
      ...(label === undefined ? {} : { label }),
    }));
  const partition = partitions.find((one) => one.number === number);
  if (partition === undefined)
    throw new PaveError(`${disk} has no partition ${number}`, {
      hint: `it has ${partitions.map((one) => `${disk}/${one.number}`).join(', ')}`,
    });
  const reader = readerOf(host, partition.filesystem, `${disk}/${number}`);
  const { offset, size } = partition;
  return await withDiskFile(host, index, { name: disk, offset, size }, async (file) => {
    const paths = await matching(path, (folder) => reader.list(host, file, folder));
    if (paths.length === 0) throw new PaveError(`'${given}' is not in the backup`);
    const rows: FileRow[] = [];
    for (const found of paths) {
      const entries = await reader.list(host, file, found);
      if (entries === undefined) throw new PaveError(`'${given}' is not in the backup`);
      if (to === undefined)
        rows.push(
          ...entries.map(({ path: below, type, size: bytes }) => ({
            path: `${disk}/${number}${below}`,
            type,
            ...(bytes === undefined ? {} : { size: bytes }),
          })),
        );
      else {
        await extract(ctx, reader, file, found, to);
        ctx.out.info(`extracted ${disk}/${number}${found} to ${to}`);
      }
    }
    return rows;
  });
}

async function extract(
  ctx: Context,
  reader: Reader,
  file: string,
  path: string,
  to: string,
): Promise<void> {
  ctx.host.files.mkdir(to);
  const into = new Into(ctx.host, to.replace(/(?<=.)\/+$/, ''), ctx.out.warn);
  try {
    await reader.extract(ctx.host, file, path, into);
  } finally {
    into.finish();
  }
}
