/** What QEMU pushes, on its way into the archive: counted, in whole clusters. */
import { PaveError } from '../../errors.js';
import { CLUSTER } from '../vma/format.js';
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

/** One way into the archive for all disks of a guest. */
export class Feed {
  readonly counts: FeedCounts = { done: 0, read: 0 };
  private readonly arrivedBytes: number[];
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
    this.arrivedBytes[index]! += Math.ceil(length / CLUSTER) * CLUSTER;
    this.counts.done += length;
  }
}
