/**
 * Where each cluster of a chain's disks lies, so that any part can be read without unpacking the rest.
 * Only the extents' headers are read for it.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { openArchive, packerOf, withArchive } from '../archive.js';
import { requireRoom } from '../room.js';
import { Extent, ExtentFault, parseExtent } from '../vma/extent.js';
import {
  BLOCK,
  BLOCKS_PER_CLUSTER,
  CLUSTER,
  EXTENT_HEADER,
  uuidBytes,
  VMSTATE,
} from '../vma/format.js';
import { FIXED_HEADER, headerLength, parseHeader, type VmaHeader } from '../vma/header.js';
import { VmaReader } from '../vma/read.js';

/** Clusters of one disk in one archive: 10 bytes of memory for each. */
class Clusters {
  private readonly places: Float64Array;
  private readonly masks: Uint16Array;

  constructor(size: number) {
    const count = Math.ceil(size / CLUSTER);
    // 0: not in this archive; an extent is never at its beginning.
    this.places = new Float64Array(count);
    this.masks = new Uint16Array(count);
  }

  add(cluster: number, place: number, mask: number): void {
    if (cluster >= this.places.length)
      throw new ExtentFault(`cluster ${cluster} lies behind the disk's end`);
    this.places[cluster] = place;
    this.masks[cluster] = mask;
  }

  find(cluster: number): { place: number; mask: number } | undefined {
    const place = this.places[cluster] ?? 0;
    return place === 0 ? undefined : { place, mask: this.masks[cluster]! };
  }
}

interface Layer {
  file: { fd: number; close(): void };
  name: string;
  disks: Map<string, Clusters>;
}

export class ChainIndex {
  private constructor(
    private readonly host: Host,
    private readonly layers: readonly Layer[],
    /** Disks of the newest archive; size in bytes. */
    readonly disks: readonly { name: string; size: number }[],
  ) {}

  /**
   * `paths`: the newest archive first. A packed one is unpacked to the folder `scratch` first, if
   * there is room, into a file that has no name any more; `unpacking` is told.
   * @throws PaveError with the place where an archive is damaged
   */
  static async open(
    host: Host,
    paths: readonly string[],
    scratch: string,
    unpacking: (path: string) => void,
  ): Promise<ChainIndex> {
    const layers: Layer[] = [];
    let disks: { name: string; size: number }[] = [];
    try {
      for (const path of paths) {
        const file = await plainFile(host, path, scratch, unpacking);
        const layer: Layer = { file, name: host.path(path), disks: new Map() };
        layers.push(layer);
        const header = await readLayer(host, layer);
        if (layers.length === 1)
          disks = header.devices
            .filter(({ name }) => layer.disks.has(name))
            .map(({ name, size }) => ({ name, size }));
      }
    } catch (error) {
      for (const { file } of layers) file.close();
      throw error;
    }
    return new ChainIndex(host, layers, disks);
  }

  /** Bytes of a disk. */
  async read(disk: string, offset: number, length: number): Promise<Buffer> {
    const data = Buffer.alloc(length);
    const last = Math.floor((offset + length - 1) / CLUSTER);
    for (let cluster = Math.floor(offset / CLUSTER); cluster <= last; cluster++) {
      const whole = await this.cluster(disk, cluster);
      if (whole === undefined) continue;
      const at = cluster * CLUSTER;
      const from = Math.max(offset, at);
      const to = Math.min(offset + length, at + CLUSTER);
      whole.copy(data, from - offset, from - at, to - at);
    }
    return data;
  }

  /** How far from `offset` on, `length` at most, all clusters hold data, or none does. */
  extent(disk: string, offset: number, length: number): { length: number; zero: boolean } {
    const first = Math.floor(offset / CLUSTER);
    const last = Math.floor((offset + length - 1) / CLUSTER);
    const zero = this.find(disk, first).mask === 0;
    let end = first + 1;
    while (end <= last && (this.find(disk, end).mask === 0) === zero) end++;
    return { length: Math.min(offset + length, end * CLUSTER) - offset, zero };
  }

  close(): void {
    for (const { file } of this.layers) file.close();
  }

  /** Out of the newest archive that has it; undefined where it is all zeroes. */
  private async cluster(disk: string, cluster: number): Promise<Buffer | undefined> {
    const { file, place, mask } = this.find(disk, cluster);
    if (mask === 0) return undefined;
    const packed = Buffer.alloc(CLUSTER);
    await this.host.bulk.readFull(file.fd, packed, place);
    return spread(packed, mask);
  }

  /** @throws PaveError where no archive of the chain has it */
  private find(
    disk: string,
    cluster: number,
  ): { file: Layer['file']; place: number; mask: number } {
    for (const { file, disks } of this.layers) {
      const found = disks.get(disk)?.find(cluster);
      if (found !== undefined) return { file, ...found };
    }
    throw new PaveError(
      `'${this.layers[0]!.name}' lacks cluster ${cluster} of ${disk}, and so do its parents`,
    );
  }
}

/** Blocks that are not zero, one after the other, put in their places. */
function spread(packed: Buffer, mask: number): Buffer {
  if (mask === 0xffff) return packed;
  const whole = Buffer.alloc(CLUSTER);
  let from = 0;
  for (let block = 0; block < BLOCKS_PER_CLUSTER; block++) {
    if (((mask >>> block) & 1) === 0) continue;
    packed.copy(whole, block * BLOCK, from, from + BLOCK);
    from += BLOCK;
  }
  return whole;
}

async function plainFile(
  host: Host,
  path: string,
  scratch: string,
  unpacking: (path: string) => void,
): Promise<Layer['file']> {
  const archive = host.open(path, 'r');
  const start = Buffer.alloc(8);
  await host.bulk.readFull(archive.fd, start, 0);
  if (packerOf(start) === undefined) return archive;
  archive.close();
  await requireRoom(host, {
    folder: scratch,
    atMost: await mostUnpacked(host, path),
    what: `to unpack '${host.path(path)}'`,
    count: (limit) => unpackedSize(host, path, limit),
  });
  unpacking(path);
  const copy = `${scratch}/.pave-unpacked-${host.processes.self}`;
  host.files.write(copy, '', { mode: 0o600 });
  const file = host.open(copy, 'r+');
  host.files.unlink(copy);
  try {
    await withArchive(await openArchive(host, path), async (source) => {
      const piece = Buffer.allocUnsafe(1 << 20);
      for (let at = 0; ; ) {
        const got = await source.read(piece);
        if (got === 0) return;
        await host.bulk.write(file.fd, piece.subarray(0, got), at);
        at += got;
      }
    });
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** By the header alone: all disks full of data, and the extents around it. */
async function mostUnpacked(host: Host, path: string): Promise<number> {
  return await withArchive(await openArchive(host, path), async (source) => {
    const { header } = await VmaReader.open(source, { partial: true });
    if (header.devices.some(({ name }) => name === VMSTATE)) return Number.POSITIVE_INFINITY;
    const data = header.devices.reduce((sum, { size }) => sum + size + CLUSTER, 0);
    return header.length + data + EXTENT_HEADER * (data / CLUSTER);
  });
}

/** Reads it all: a packed stream does not tell how long it is. */
async function unpackedSize(host: Host, path: string, limit: number): Promise<number> {
  return await withArchive(await openArchive(host, path), async (source) => {
    const piece = Buffer.allocUnsafe(1 << 20);
    let size = 0;
    for (let got = 1; got > 0 && size <= limit; size += got) got = await source.read(piece);
    return size;
  });
}

async function readLayer(host: Host, layer: Layer): Promise<VmaHeader> {
  const { fd } = layer.file;
  const start = Buffer.alloc(FIXED_HEADER);
  await host.bulk.readFull(fd, start, 0);
  const full = Buffer.alloc(headerLength(start));
  await host.bulk.readFull(fd, full, 0);
  const header = parseHeader(full);
  const byId: (typeof header.devices)[number][] = [];
  for (const device of header.devices) {
    byId[device.id] = device;
    if (device.name.startsWith('drive-')) layer.disks.set(device.name, new Clusters(device.size));
  }
  const uuid = uuidBytes(header.uuid);
  const extent = new Extent();
  const head = Buffer.alloc(EXTENT_HEADER);
  for (let at = header.length; ; ) {
    const got = await host.bulk.readFull(fd, head, at);
    if (got === 0) return header;
    try {
      if (got < EXTENT_HEADER) throw new ExtentFault('the archive ends in an extent');
      parseExtent(head, uuid, byId, extent);
      for (let index = 0; index < extent.count; index++)
        layer.disks
          .get(extent.devices[index]!.name)
          ?.add(
            extent.clusters[index]!,
            at + EXTENT_HEADER + extent.starts[index]!,
            extent.masks[index]!,
          );
    } catch (error) {
      if (!(error instanceof ExtentFault)) throw error;
      throw new PaveError(`'${layer.name}' is damaged at byte ${at}: ${error.message}`);
    }
    at += EXTENT_HEADER + extent.length;
  }
}
