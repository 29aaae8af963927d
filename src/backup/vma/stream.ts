/** An archive whose clusters are handed in, in any order: for sources that push their data. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { ByteSink, ConfigBlob } from '../types.js';
import { ClusterSet } from './cluster-set.js';
import { bytesOfClusters, CLUSTER, clusterCount } from './format.js';
import { buildHeader } from './header.js';
import { Loads } from './loads.js';

export interface VmaStreamOptions {
  devices: readonly { device: string; size: number }[];
  configs: readonly ConfigBlob[];
  uuid: string;
  /** Seconds since the epoch. */
  ctime: number;
  output: number | ByteSink;
  /** Clusters may be left out: they are as in the parent. */
  increment?: boolean;
}

export interface VmaStream {
  /**
   * Clusters in a row from `cluster` on; the last one of a disk is as short as the disk has it.
   * Zero blocks are found here. `data` may be used again when it resolves.
   */
  add(deviceIndex: number, cluster: number, data: Buffer): Promise<void>;
  addZeroes(deviceIndex: number, cluster: number, count: number): Promise<void>;
  /** @throws PaveError where clusters are missing, unless it is an increment */
  finish(): Promise<void>;
  /** Bytes of the archive so far. */
  readonly written: number;
  /** Bytes of the disks that are zero, by blocks of 4 KiB. */
  readonly zero: number;
}

/** Writes the header at once. @throws PaveError, FileError */
export async function createVmaStream(host: Host, options: VmaStreamOptions): Promise<VmaStream> {
  const devices = options.devices.map(({ device, size }) => ({ name: device, size }));
  const header = buildHeader({ ...options, devices });
  const loads = new Loads(host, options);
  await loads.emit(header);
  return new Stream(loads, devices, options.increment ?? false);
}

class Stream implements VmaStream {
  private readonly seen: ClusterSet[];
  /** Calls take turns. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly loads: Loads,
    private readonly devices: readonly { name: string; size: number }[],
    private readonly increment: boolean,
  ) {
    this.seen = devices.map(({ size }) => new ClusterSet(size));
  }

  get written(): number {
    return this.loads.state.written;
  }

  get zero(): number {
    return this.loads.state.zero;
  }

  add(index: number, cluster: number, data: Buffer): Promise<void> {
    return this.inTurn(() => this.put(index, cluster, clusterCount(data.length), data));
  }

  addZeroes(index: number, cluster: number, count: number): Promise<void> {
    return this.inTurn(() => this.put(index, cluster, count, undefined));
  }

  async finish(): Promise<void> {
    await this.turn;
    for (const [index, { name }] of this.devices.entries()) {
      const missing = this.seen[index]!.firstMissing();
      if (missing !== undefined && !this.increment)
        throw new PaveError(`disk '${name}' is incomplete: cluster ${missing} is missing`);
    }
    await this.loads.end();
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work);
    this.turn.catch(() => {});
    return this.turn;
  }

  private async put(index: number, first: number, total: number, data: Buffer | undefined) {
    const { name, size } = this.devices[index]!;
    if (data !== undefined && data.length !== bytesOfClusters(first, total, size))
      throw new PaveError(`disk '${name}': what stands at cluster ${first} has not its length`);
    for (let cluster = first; cluster < first + total; cluster++) {
      if (cluster >= this.seen[index]!.total || !this.seen[index]!.add(cluster))
        throw new PaveError(
          `disk '${name}': cluster ${cluster} came twice, or lies behind its end`,
        );
    }
    let done = 0;
    while (done < total) {
      const cluster = first + done;
      const { load, counts } = this.loads;
      let part: number;
      if (data === undefined) {
        part = load.addZero(index + 1, cluster, total - done);
        counts.zero += bytesOfClusters(cluster, part, size);
      } else {
        const placed = load.addData(index + 1, cluster, total - done);
        part = placed.count;
        this.copy(placed.at, data.subarray(done * CLUSTER, (done + part) * CLUSTER), part);
      }
      counts.done += bytesOfClusters(cluster, part, size);
      done += part;
      if (done < total) await this.loads.next();
    }
  }

  private copy(at: number, data: Buffer, clusters: number): void {
    const { buffer } = this.loads.load;
    data.copy(buffer, at);
    buffer.fill(0, at + data.length, at + clusters * CLUSTER);
  }
}
