/** From archives to disks: reading, checking and writing at the same time, in constant memory. */
import { PaveError } from '../../errors.js';
import { InterruptedError } from '../../host/errors.js';
import type { Host } from '../../host/types.js';
import { RateLimit } from '../rate.js';
import { ClusterSet } from '../vma/cluster-set.js';
import { Extent } from '../vma/extent.js';
import { BLOCK, BLOCKS_PER_CLUSTER, CLUSTER, FULL_MASK, VMSTATE } from '../vma/format.js';
import type { VmaDevice } from '../vma/header.js';
import type { VmaReader } from '../vma/read.js';
import { type DiskTarget, flushedEarly } from './targets.js';

/** Extents being read and written at the same time; 4 MiB each. */
const SLOTS = 5;
const PROGRESS_MS = 250;

export interface RestoreProgress {
  /** Bytes of all disks. */
  total: number;
  done: number;
  /** Of these: written. */
  written: number;
}

export interface RestoreDisksRequest {
  /** Newest first: an increment stands before its parent, and what it holds is not taken from there. */
  archives: readonly VmaReader[];
  /** By the device's name; a disk that is not named is checked and not written. */
  targets: ReadonlyMap<string, DiskTarget>;
  /** KiB a second written at most. */
  bwlimit?: number | undefined;
  onProgress?: ((progress: RestoreProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Writes every disk whole and flushes it. A damaged archive is found on the way: what was written
 * until then is of no use.
 * @throws PaveError, FileError; InterruptedError when the signal came
 */
export async function restoreDisks(
  host: Host,
  request: RestoreDisksRequest,
): Promise<RestoreProgress> {
  const devices = request.archives[0]!.header.devices;
  const run = new Run(host, request, devices);
  for (const archive of request.archives) await run.archive(archive);
  return await run.end();
}

class Run {
  private readonly disks = new Map<string, Disk>();
  private readonly progress: RestoreProgress;
  private readonly rate: RateLimit;
  private readonly slots = Array.from({ length: SLOTS }, () => ({
    extent: new Extent(),
    done: Promise.resolve(),
  }));
  private told: number;
  private interrupt = () => {};

  constructor(
    private readonly host: Host,
    private readonly request: RestoreDisksRequest,
    devices: readonly VmaDevice[],
  ) {
    const chain = request.archives.length > 1;
    let total = 0;
    for (const { name, size } of devices) {
      const target = request.targets.get(name);
      // Saved memory is a stream: its size is not known before its end.
      const state = name === VMSTATE;
      if (!state) total += size;
      if (target !== undefined)
        this.disks.set(
          name,
          state
            ? new Disk(target, Number.POSITIVE_INFINITY, false)
            : new Disk(flushedEarly(target), size, chain),
        );
    }
    this.progress = { total, done: 0, written: 0 };
    this.rate = new RateLimit(host.clock, request.bwlimit, request.signal);
    this.told = host.clock.monotonic();
  }

  async archive(reader: VmaReader): Promise<void> {
    const { signal } = this.request;
    const stop = () => this.interrupt();
    signal?.addEventListener('abort', stop);
    try {
      await this.all(reader);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  private async all(reader: VmaReader): Promise<void> {
    for (let at = 0; ; at = (at + 1) % SLOTS) {
      const slot = this.slots[at]!;
      await slot.done;
      if (!(await this.orInterrupt(reader.read(slot.extent)))) break;
      await this.rate.take(slot.extent.length);
      slot.done = this.put(slot.extent);
      slot.done.catch(() => {});
    }
    for (const slot of this.slots) await slot.done;
  }

  /** A pipe that gives nothing must not keep us from stopping. */
  private orInterrupt<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.request;
    if (signal === undefined) return work;
    return new Promise((resolve, reject) => {
      this.interrupt = () => reject(new InterruptedError());
      if (signal.aborted) this.interrupt();
      work.then(resolve, reject);
    });
  }

  async end(): Promise<RestoreProgress> {
    for (const [name, disk] of this.disks) {
      const missing = disk.missing();
      if (missing !== undefined)
        throw new PaveError(`the chain of backups lacks cluster ${missing} of ${name}`);
      await disk.end();
    }
    this.request.onProgress?.({ ...this.progress });
    return { ...this.progress };
  }

  private async put(extent: Extent): Promise<void> {
    const writes: Promise<void>[] = [];
    let bytes = 0;
    for (let index = 0; index < extent.count; ) {
      const disk = this.disks.get(extent.devices[index]!.name);
      if (disk === undefined) index++;
      else {
        const length = disk.alike(extent, index);
        disk.put(extent, index, length, writes);
        index += length;
        bytes += length * CLUSTER;
      }
    }
    await Promise.all(writes);
    this.progress.done = Math.min(this.progress.total, this.progress.done + bytes);
    this.progress.written += extent.length;
    const now = this.host.clock.monotonic();
    if (now - this.told < PROGRESS_MS) return;
    this.told = now;
    this.request.onProgress?.({ ...this.progress });
  }
}

class Disk {
  /** What a newer archive of the chain has given. */
  private readonly given: ClusterSet | undefined;
  private zeroFrom = 0;
  private zeroLength = 0;

  constructor(
    private readonly target: DiskTarget,
    private readonly size: number,
    chain: boolean,
  ) {
    this.given = chain ? new ClusterSet(size) : undefined;
  }

  /** How many clusters from this one on follow each other on the disk, all data or all zeroes. */
  alike(extent: Extent, index: number): number {
    const mask = extent.masks[index]!;
    if ((mask !== FULL_MASK && mask !== 0) || this.given !== undefined) return 1;
    let next = index + 1;
    while (
      next < extent.count &&
      extent.masks[next] === mask &&
      extent.devices[next] === extent.devices[index] &&
      extent.clusters[next] === extent.clusters[index]! + next - index
    )
      next++;
    return next - index;
  }

  put(extent: Extent, index: number, length: number, writes: Promise<void>[]): void {
    const cluster = extent.clusters[index]!;
    const mask = extent.masks[index]!;
    if (this.given !== undefined && (cluster >= this.given.total || !this.given.add(cluster)))
      return;
    const offset = cluster * CLUSTER;
    const at = extent.starts[index]!;
    if (mask === 0) this.zero(offset, length * CLUSTER, writes);
    else if (mask === FULL_MASK)
      writes.push(this.write(offset, extent.data.subarray(at, at + length * CLUSTER)));
    else this.blocks(offset, mask, extent.blocks(index), writes);
  }

  /** A cluster with zero blocks: runs of blocks that are alike. */
  private blocks(offset: number, mask: number, data: Buffer, writes: Promise<void>[]): void {
    let at = 0;
    for (let block = 0; block < BLOCKS_PER_CLUSTER; ) {
      const bit = (mask >>> block) & 1;
      let next = block + 1;
      while (next < BLOCKS_PER_CLUSTER && ((mask >>> next) & 1) === bit) next++;
      const length = (next - block) * BLOCK;
      if (bit === 0) this.zero(offset + block * BLOCK, length, writes);
      else {
        writes.push(this.write(offset + block * BLOCK, data.subarray(at, at + length)));
        at += length;
      }
      block = next;
    }
  }

  private write(offset: number, data: Buffer): Promise<void> {
    return this.target.write(offset, data.subarray(0, this.size - offset));
  }

  /** Zeroes are gathered: one call for a long run of them. */
  private zero(offset: number, length: number, writes: Promise<void>[]): void {
    if (offset === this.zeroFrom + this.zeroLength) this.zeroLength += length;
    else {
      const pending = this.zeroes();
      if (pending !== undefined) writes.push(pending);
      this.zeroFrom = offset;
      this.zeroLength = length;
    }
  }

  private zeroes(): Promise<void> | undefined {
    const length = Math.min(this.size - this.zeroFrom, this.zeroLength);
    this.zeroLength = 0;
    return length > 0 ? this.target.zero(this.zeroFrom, length) : undefined;
  }

  /** The first cluster that no archive of the chain has. */
  missing(): number | undefined {
    const { given } = this;
    return given === undefined || given.count === given.total ? undefined : given.firstMissing();
  }

  async end(): Promise<void> {
    await this.zeroes();
    await this.target.flush();
  }
}
