/**
 * Reading an archive, front to back, in constant memory. Every header is checked, and that what they
 * say fits together; what is refused is refused with its place.
 */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { ClusterSet } from './cluster-set.js';
import { Extent, ExtentFault, parseExtent, reachesPast } from './extent.js';
import { CLUSTER, EXTENT_HEADER, MAGIC, uuidBytes, VMSTATE } from './format.js';
import {
  FIXED_HEADER,
  headerLength,
  parseHeader,
  type VmaDevice,
  type VmaHeader,
} from './header.js';

/** Bytes in order. */
export interface ByteSource {
  /** What the errors call it. */
  readonly name: string;
  /** Fills `into`; gives fewer bytes only at the end. */
  read(into: Buffer): Promise<number>;
}

/** Less than this is read ahead: extents of zeroes are headers only, thousands of them in a row. */
const SMALL = 128 << 10;

/**
 * An open descriptor: a file from its current position, a pipe, standard input. It may have been
 * read further than what was asked for.
 */
export function fdSource(host: Host, fd: number, name: string): ByteSource {
  let ahead: Buffer = Buffer.alloc(0);
  let room: Buffer | undefined;
  const small = async (into: Buffer) => {
    for (let done = 0; done < into.length; ) {
      if (ahead.length === 0) {
        room ??= Buffer.allocUnsafeSlow(SMALL);
        // As much as there is: a pipe is not waited for longer than needed.
        ahead = room.subarray(0, await host.bulk.read(fd, room));
        if (ahead.length === 0) return done;
      }
      const count = ahead.copy(into, done);
      ahead = ahead.subarray(count);
      done += count;
    }
    return into.length;
  };
  return {
    name,
    async read(into) {
      if (into.length < SMALL) return await small(into);
      const count = ahead.copy(into);
      ahead = ahead.subarray(count);
      return count + (await host.bulk.readFull(fd, into.subarray(count)));
    },
  };
}

export interface ReadOptions {
  /** Disks that may have clusters missing, as those of an increment; true: all of them. */
  partial?: boolean;
}

export class VmaReader {
  /** Bytes read so far. */
  offset: number;
  private next = Buffer.alloc(EXTENT_HEADER);
  private more: boolean | undefined;
  private readonly byId: (VmaDevice | undefined)[] = [];
  private readonly seen: (ClusterSet | undefined)[] = [];
  private readonly uuid: Buffer;
  private stateClusters = 0;
  private last = '';

  private constructor(
    private readonly source: ByteSource,
    readonly header: VmaHeader,
    private readonly options: ReadOptions,
  ) {
    this.offset = header.length;
    this.uuid = uuidBytes(header.uuid);
    for (const device of header.devices) {
      this.byId[device.id] = device;
      if (device.name !== VMSTATE) this.seen[device.id] = new ClusterSet(device.size);
    }
  }

  /** Reads the header. @throws PaveError where it is none, or damaged */
  static async open(source: ByteSource, options: ReadOptions = {}): Promise<VmaReader> {
    const start = Buffer.alloc(FIXED_HEADER);
    const got = await source.read(start);
    try {
      if (got >= 4 && got < FIXED_HEADER && start.readUInt32BE(0) === MAGIC)
        throw new PaveError(`VMA archive ends in its header, at byte ${got}`);
      const rest = Buffer.alloc(headerLength(start.subarray(0, got)) - FIXED_HEADER);
      const more = await source.read(rest);
      const header = parseHeader(Buffer.concat([start, rest.subarray(0, more)]));
      return new VmaReader(source, header, options);
    } catch (error) {
      if (!(error instanceof PaveError)) throw error;
      throw new PaveError(`'${source.name}': ${error.message}`, { cause: error });
    }
  }

  /**
   * Reads the next extent into `extent`; false at the archive's end, which is only reached where no
   * cluster is missing. Calls must not overlap.
   * @throws PaveError
   */
  async read(extent: Extent): Promise<boolean> {
    if (this.more === undefined) this.more = await this.firstHeader();
    if (!this.more) {
      this.checkComplete();
      return false;
    }
    extent.offset = this.offset - EXTENT_HEADER;
    try {
      parseExtent(this.next, this.uuid, this.byId, extent);
      this.checkClusters(extent);
    } catch (error) {
      if (error instanceof ExtentFault) throw this.damaged(extent.offset, error.message);
      throw error;
    }
    // The data and the next extent's header come in one go.
    const wanted = extent.data.subarray(0, extent.length + EXTENT_HEADER);
    const got = await this.source.read(wanted);
    if (got < extent.length) throw this.cutShort(extent, got);
    this.offset += got;
    this.more = this.isHeader(got - extent.length);
    wanted.copy(this.next, 0, extent.length, got);
    return true;
  }

  private async firstHeader(): Promise<boolean> {
    const got = await this.source.read(this.next);
    this.offset += got;
    return this.isHeader(got);
  }

  private isHeader(length: number): boolean {
    if (length === 0 || length === EXTENT_HEADER) return length > 0;
    throw this.damaged(this.offset - length, `the archive ends in an extent's header`);
  }

  private checkClusters(extent: Extent): void {
    for (let index = 0; index < extent.count; index++) {
      const device = extent.devices[index]!;
      const cluster = extent.clusters[index]!;
      const seen = this.seen[device.id];
      if (seen === undefined) {
        if (cluster !== this.stateClusters++)
          throw new ExtentFault(`${device.name}: cluster ${cluster} is not in order`);
      } else if (cluster >= seen.total || reachesPast(device.size, cluster, extent.masks[index]!))
        throw new ExtentFault(`${device.name}: cluster ${cluster} lies behind the disk's end`);
      else if (!seen.add(cluster))
        throw new ExtentFault(`${device.name}: cluster ${cluster} comes twice`);
    }
    const end = extent.count - 1;
    if (end >= 0) this.last = placeOf(extent.devices[end]!, extent.clusters[end]!);
  }

  private checkComplete(): void {
    if (this.options.partial) return;
    for (const device of this.header.devices) {
      const seen = this.seen[device.id];
      if (seen === undefined || seen.count === seen.total) continue;
      const lacking = seen.total - seen.count;
      throw this.damaged(
        this.offset,
        `the archive ends and lacks ${lacking} of ${seen.total} clusters of ${device.name}, the first of them ${placeOf(device, seen.firstMissing()!)}`,
      );
    }
  }

  private cutShort(extent: Extent, got: number): PaveError {
    let index = 0;
    while (index + 1 < extent.count && extent.starts[index + 1]! <= got) index++;
    const place = placeOf(extent.devices[index]!, extent.clusters[index]!);
    return this.damaged(this.offset + got, `the archive ends in the data of ${place}`);
  }

  private damaged(offset: number, what: string): PaveError {
    const after = this.last === '' ? '' : ` (last read: ${this.last})`;
    return new PaveError(`'${this.source.name}' is damaged at byte ${offset}: ${what}${after}`);
  }
}

function placeOf(device: VmaDevice, cluster: number): string {
  return `${device.name}, cluster ${cluster} (offset ${cluster * CLUSTER})`;
}

export interface VmaCluster {
  device: VmaDevice;
  cluster: number;
  mask: number;
  /** The blocks of 4 KiB that `mask` names, one after the other; valid until the next cluster is asked for. */
  data: Buffer;
}

/** Cluster by cluster. */
export async function* clustersOf(reader: VmaReader): AsyncGenerator<VmaCluster> {
  const extent = new Extent();
  while (await reader.read(extent)) {
    for (let index = 0; index < extent.count; index++) {
      yield {
        device: extent.devices[index]!,
        cluster: extent.clusters[index]!,
        mask: extent.masks[index]!,
        data: extent.blocks(index),
      };
    }
  }
}
