/** What QEMU pushes, on its way into the archive: counted, in whole clusters. */
import { PaveError } from '../../errors.js';
import { ClusterSet } from '../vma/cluster-set.js';
import { bytesOfClusters, CLUSTER } from '../vma/format.js';
import type { PushTarget } from './push-server.js';

/** Takes clusters of all disks in any order. */
export interface ClusterSink {
  add(disk: number, cluster: number, data: Buffer): Promise<void>;
  addZeroes(disk: number, cluster: number, count: number): Promise<void>;
}

export interface FeedCounts {
  /** Bytes that arrived, zeroes included. */
  done: number;
  /** Of these, as data. */
  read: number;
}

export interface FeedDisk {
  /** Key in the config. */
  key: string;
  /** Bytes. */
  size: number;
}

/** Clusters of zeroes handed on at once. */
const ZEROES = 1 << 16;

/** One way into the archive for all disks of a guest. */
export class Feed {
  readonly counts: FeedCounts = { done: 0, read: 0 };
  private readonly arrivedBytes: number[];
  /** Of disks that do not push all: what came, and the bytes that were counted ahead. */
  private readonly partial = new Map<number, { came: ClusterSet; ahead: number }>();
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: ClusterSink,
    private readonly disks: readonly FeedDisk[],
  ) {
    this.arrivedBytes = disks.map(() => 0);
  }

  /** Where the pushes of a disk (by its place in the list) go. */
  target(index: number): PushTarget {
    const { size } = this.disks[index]!;
    return {
      size,
      write: (offset, data) => {
        this.note(index, offset, data.length);
        this.counts.read += data.length;
        return this.keep(this.sink.add(index, offset / CLUSTER, data));
      },
      zero: (offset, length) => {
        this.note(index, offset, length);
        return this.keep(this.sink.addZeroes(index, offset / CLUSTER, Math.ceil(length / CLUSTER)));
      },
    };
  }

  /** Bytes of a disk that have arrived, by whole clusters. */
  arrived(index: number): number {
    return this.arrivedBytes[index]!;
  }

  /** Not all of this disk will be pushed; the rest is zero. To be called before anything comes. */
  partly(index: number): void {
    this.partial.set(index, { came: new ClusterSet(this.disks[index]!.size), ahead: 0 });
  }

  /** So many bytes of a disk that is `partly` pushed will not come: they count as done. */
  expectMissing(index: number, bytes: number): void {
    const ahead = Math.max(0, bytes);
    this.partial.get(index)!.ahead = ahead;
    this.counts.done += ahead;
  }

  /** What of a disk that is `partly` pushed did not come, as zeroes. */
  async fillUp(index: number): Promise<void> {
    const { came, ahead } = this.partial.get(index)!;
    const { size } = this.disks[index]!;
    this.counts.done -= ahead;
    for (const { first, count } of came.gaps()) {
      for (let done = 0; done < count; done += ZEROES) {
        const part = Math.min(ZEROES, count - done);
        await this.keep(this.sink.addZeroes(index, first + done, part));
        this.counts.done += bytesOfClusters(first + done, part, size);
      }
    }
  }

  /** What came so far is in the archive. */
  settled(): Promise<void> {
    return this.last;
  }

  private keep(work: Promise<void>): Promise<void> {
    this.last = work;
    return work;
  }

  private note(index: number, offset: number, length: number): void {
    const { size, key } = this.disks[index]!;
    if (offset % CLUSTER !== 0 || (length % CLUSTER !== 0 && offset + length !== size))
      throw new PaveError(`${key}: QEMU wrote parts of clusters at ${offset}`);
    const clusters = Math.ceil(length / CLUSTER);
    this.arrivedBytes[index]! += clusters * CLUSTER;
    const came = this.partial.get(index)?.came;
    for (let n = 0; came !== undefined && n < clusters; n++) came.add(offset / CLUSTER + n);
    this.counts.done += length;
  }
}
