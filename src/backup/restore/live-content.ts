/** What a live restore reads from: the archives themselves, or a copy of those that are packed. */
import { randomBytes } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import { isPacked, openArchive, withArchive } from '../archive.js';
import { ChainIndex } from '../chain/cluster-index.js';
import { requireRoom } from '../room.js';
import { BLOCK } from '../vma/format.js';
import { clustersOf, VmaReader } from '../vma/read.js';
import { UnpackedContent } from './content.js';

export interface LiveContent {
  read(device: string, offset: number, length: number): Promise<Buffer>;
  /** How far from `offset` on, `length` at most, there is data, or none. */
  extent(
    device: string,
    offset: number,
    length: number,
  ): Promise<{ length: number; zero: boolean }>;
  /** Ends when all of it is there. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface LiveSource {
  /** Paths, the newest first. */
  archives: readonly string[];
  devices: readonly { name: string; size: number }[];
  tmpdir: string;
}

/** Packed archives are a stream: what comes out of them has to lie somewhere. @throws PaveError */
export async function requireLiveRoom(ctx: Context, source: LiveSource): Promise<void> {
  const { archives, devices, tmpdir } = source;
  if (!(await anyPacked(ctx, archives))) return;
  const names = new Set(devices.map(({ name }) => name));
  await requireRoom(ctx.host, {
    folder: tmpdir,
    atMost: devices.reduce((sum, { size }) => sum + size, 0),
    what: `to unpack '${ctx.host.path(archives[0]!)}'`,
    count: (limit) => countData(ctx, archives, names, limit),
  });
}

async function countData(
  ctx: Context,
  archives: readonly string[],
  names: ReadonlySet<string>,
  limit: number,
): Promise<number> {
  let bytes = 0;
  for (const [age, path] of archives.entries()) {
    await withArchive(await openArchive(ctx.host, path), async (source) => {
      const reader = await VmaReader.open(source, { partial: age < archives.length - 1 });
      for await (const { device, mask } of clustersOf(reader)) {
        if (names.has(device.name)) bytes += BLOCK * bitsOf(mask);
        if (bytes > limit) return;
      }
    });
    if (bytes > limit) break;
  }
  return bytes;
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

async function anyPacked(ctx: Context, archives: readonly string[]): Promise<boolean> {
  for (const path of archives) if (await isPacked(ctx.host, path)) return true;
  return false;
}

/** `failed` is told when unpacking fails; `unpacked` of each piece. */
export async function openLiveContent(
  ctx: Context,
  source: LiveSource,
  readers: readonly VmaReader[],
  unpacked: (bytes: number) => void,
  failed: (error: unknown) => void,
): Promise<LiveContent> {
  const { archives, devices, tmpdir } = source;
  const { host } = ctx;
  const scratch = `${tmpdir}/pave-restore-${randomBytes(8).toString('hex')}`;
  if (!(await anyPacked(ctx, archives))) {
    const index = await ChainIndex.open(host, archives, tmpdir, () => {});
    return {
      read: (device, offset, length) => index.read(device, offset, length),
      extent: async (device, offset, length) => index.extent(device, offset, length),
      ready: Promise.resolve(),
      close: () => index.close(),
    };
  }
  const content = new UnpackedContent(ctx, scratch, devices);
  const ready = content.unpack(readers, unpacked).catch(failed);
  return {
    read: (device, offset, length) => content.read(device, offset, length),
    extent: (device, offset, length) => content.extent(device, offset, length),
    ready,
    close: () => content.close(),
  };
}
