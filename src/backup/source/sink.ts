/** The archive's last part of the way: its stream, and what is left out of an increment. */
import type { Context } from '../../commands/define.js';
import { ChangedOnly, readChainContent } from '../chain/content.js';
import { metaBlob } from '../chain/meta.js';
import { createVmaStream, type VmaStream } from '../vma/stream.js';
import { deviceOf } from './devices.js';
import type { ClusterSink } from './feed.js';
import type { ClusterChoice } from './tracking.js';
import type { ArchiveRequest } from './types.js';

export interface ArchiveSink {
  stream: VmaStream;
  /** Where clusters go in. */
  entry: ClusterSink;
  /** Bytes left out by comparison so far. */
  unchanged(): number;
  /** Frees what it compares with. */
  close(): void;
}

export interface ChosenDisk {
  key: string;
  size: number;
  choice: ClusterChoice;
}

/** Reads the chain first where something is to be compared with it; then the archive begins. */
export async function openSink(
  ctx: Context,
  request: ArchiveRequest,
  uuid: string,
  disks: readonly ChosenDisk[],
): Promise<ArchiveSink> {
  const { kind, signal } = request;
  const compared = new Map(
    disks
      .filter(({ choice }) => choice === 'compared')
      .map(({ key, size }) => [deviceOf(key), size]),
  );
  const content =
    kind.type === 'full' || compared.size === 0
      ? undefined
      : await readChainContent(ctx, [...kind.archives].reverse(), compared, request.tmpdir, signal);
  const devices = disks.map(({ key, size }) => ({ device: deviceOf(key), size }));
  const stream = await createVmaStream(ctx.host, {
    devices,
    configs: [...request.configs, ...archiveMeta(request, uuid, disks)],
    uuid,
    ctime: Math.floor(ctx.host.clock.now() / 1000),
    output: request.output,
    increment: kind.type === 'incremental',
  });
  if (content === undefined) return { stream, entry: stream, unchanged: () => 0, close: () => {} };
  const entry = new ChangedOnly(
    stream,
    devices.map(({ device }) => content.devices.get(device)),
  );
  return { stream, entry, unchanged: () => entry.unchanged, close: () => content.close() };
}

/** The archive's place in a chain, where it has one. */
export function archiveMeta(request: ArchiveRequest, uuid: string, disks: readonly ChosenDisk[]) {
  const { kind } = request;
  if (kind.type === 'full' && !request.track) return [];
  return [
    metaBlob({
      uuid,
      parents: kind.type === 'full' ? [] : [...kind.parents],
      disks: disks.map(({ key, size, choice }) => ({
        device: deviceOf(key),
        size,
        source: choice,
      })),
    }),
  ];
}
