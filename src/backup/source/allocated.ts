/**
 * Where a running guest's disk can hold data at all. QEMU copies what was never written as zeroes, a
 * mebibyte at a time, which takes minutes for a large empty disk; so the image is looked at from
 * outside, and only what is allocated is copied.
 *
 * The guest goes on writing meanwhile. So a dirty bitmap is begun first; then QEMU writes out what
 * it knows of the image's structure; then the image is read, and what it has is added to the bitmap.
 * Whatever is in neither was not allocated then and not written since: at the instant of the backup
 * it reads as zeroes. QEMU 7.2 has no command of its own for it.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { Qmp } from '../../qemu/qmp/client.js';
import { extentsOf } from '../nbd/extents.js';
import { BASE_ALLOCATION } from '../nbd/protocol.js';
import { serveImage } from '../nbd/serve.js';
import { clusterRuns } from '../vma/clusters.js';
import { CLUSTER } from '../vma/format.js';
import { BITMAP_NAME, bitmapImage, ClusterBits } from './bitmap-image.js';
import { type LiveImage, NODE_PREFIX, TEMPORARY_BITMAP } from './graph.js';
import type { LiveDisk } from './live.js';
import { withQmp } from './qmp.js';

/** Bytes that must be free of data for all this to be quicker than having them copied. */
const WORTH_IT = 1 << 30;
const FLUSH_MS = 10 * 60 * 1000;
const MAP_NODE = `${NODE_PREFIX}map`;

export interface MarkOptions {
  vmid: number;
  disks: readonly LiveDisk[];
  /** For a file of some kilobytes. */
  tmpdir: string;
  log: { warn(line: string): void };
  signal: AbortSignal;
}

/**
 * The disks, those that are mostly empty with a bitmap of what is to be copied. What cannot be found
 * out is copied whole. The bitmaps are taken away with the rest by `clearJobs`.
 */
export async function markAllocated(host: Host, options: MarkOptions): Promise<LiveDisk[]> {
  const marked: LiveDisk[] = [];
  for (const disk of options.disks) marked.push(await marking(host, options, disk));
  return marked;
}

async function marking(host: Host, options: MarkOptions, disk: LiveDisk): Promise<LiveDisk> {
  const { vmid, log, signal } = options;
  const { key, node, size, image, changed } = disk;
  if (changed !== undefined || image === undefined || size - image.allocated < WORTH_IT)
    return disk;
  const name = `${TEMPORARY_BITMAP}${key}`;
  try {
    await withQmp(host, vmid, (qmp) =>
      qmp.execute('block-dirty-bitmap-add', {
        node,
        name,
        granularity: CLUSTER,
        persistent: false,
      }),
    );
    await writeOut(host, options, disk, image);
    const bits = await allocatedClusters(host, image, size, signal);
    await addTo(host, options, node, name, bits);
    return { ...disk, changed: name, elseZero: true };
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn(`${key}: its empty areas cannot be told, all of it is read: ${messageOf(error)}`);
    await withQmp(host, vmid, (qmp) =>
      qmp.execute('block-dirty-bitmap-remove', { node, name }).catch(() => {}),
    );
    return disk;
  }
}

/** What a raw file has the kernel knows; of other formats QEMU keeps a part to itself. */
async function writeOut(
  host: Host,
  { vmid }: MarkOptions,
  { key, node }: LiveDisk,
  { format, path }: LiveImage,
): Promise<void> {
  if (format === 'raw') return;
  // Most of it here, since the guest stands still while its QEMU does it.
  await host.run(['sync', '--data', path], {
    effect: 'read',
    purpose: 'have the image on the disk',
  });
  await withQmp(host, vmid, async (qmp) => {
    await qmp.human(`qemu-io ${node} "flush"`, { timeoutMs: FLUSH_MS });
    // That says nothing of failures; but where writing fails, the guest's own requests do.
    if ((await failures(qmp, key)) > 0)
      throw new PaveError('requests of the guest have failed on this disk');
  });
}

interface BlockStats {
  stats: Record<string, unknown>;
  'node-name'?: string;
}

async function failures(qmp: Qmp, key: string): Promise<number> {
  const all = await qmp.execute<BlockStats[]>('query-blockstats');
  const found = all.find((one) => one['node-name'] === `drive-${key}`);
  if (found === undefined) throw new PaveError('QEMU has no statistics of this disk');
  return ['failed_wr_operations', 'failed_flush_operations']
    .map((name) => Number(found.stats[name]))
    .reduce((sum, count) => sum + count, 0);
}

/** Through all images that one rests on; opened beside the guest's QEMU, for reading. */
async function allocatedClusters(
  host: Host,
  { format, path }: LiveImage,
  size: number,
  signal: AbortSignal,
): Promise<ClusterBits> {
  const bits = new ClusterBits(size);
  const served = await serveImage(host, { image: path, format, readOnly: true, beside: true });
  try {
    const client = await served.connect([BASE_ALLOCATION]);
    if (client.size !== size) throw new PaveError('its size is changing');
    for await (const { first, count, kind } of clusterRuns(extentsOf(client, undefined), size)) {
      signal.throwIfAborted();
      if (kind !== 'zero') bits.set(first, count);
    }
  } finally {
    await served.stop();
  }
  return bits;
}

async function addTo(
  host: Host,
  { vmid, tmpdir }: MarkOptions,
  node: string,
  name: string,
  bits: ClusterBits,
): Promise<void> {
  const path = `${tmpdir}/allocated.qcow2`;
  host.files.write(path, bitmapImage(bits), { mode: 0o600 });
  try {
    await withQmp(host, vmid, async (qmp) => {
      await qmp.execute(
        'blockdev-add',
        {
          driver: 'qcow2',
          'node-name': MAP_NODE,
          'read-only': true,
          file: { driver: 'file', filename: host.path(path), 'read-only': true },
        },
        { timeoutMs: 60_000 },
      );
      try {
        await qmp.execute(
          'block-dirty-bitmap-merge',
          { node, target: name, bitmaps: [{ node: MAP_NODE, name: BITMAP_NAME }] },
          { timeoutMs: 60_000 },
        );
      } finally {
        await qmp.execute('blockdev-del', { 'node-name': MAP_NODE }, { timeoutMs: 60_000 });
      }
    });
  } finally {
    host.files.unlink(path);
  }
}
