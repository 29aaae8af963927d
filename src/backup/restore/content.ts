/**
 * What a chain of archives holds, readable anywhere while it is still being unpacked: an archive is
 * a stream, so what it gives is kept in a scratch file, and who asks for a part that has not come yet
 * waits for it.
 */
import type { Context } from '../../commands/define.js';
import { InterruptedError } from '../../host/errors.js';
import type { Bulk } from '../../host/types.js';
import { ClusterSet } from '../vma/cluster-set.js';
import { BLOCK, BLOCKS_PER_CLUSTER, CLUSTER } from '../vma/format.js';
import { clustersOf, type VmaReader } from '../vma/read.js';

interface Part {
  size: number;
  file: { fd: number; close(): void };
  /** Clusters that have come. */
  given: ClusterSet;
  /** Of these: without data. */
  empty: ClusterSet;
  waiting: Map<number, (() => void)[]>;
}

export class UnpackedContent {
  private readonly parts = new Map<string, Part>();
  private over = false;
  private failure: { error: unknown } | undefined;
  private readonly bulk: Bulk;

  /** Scratch files below `folder`, which have no name any more once they are open. */
  constructor(
    private readonly ctx: Context,
    folder: string,
    devices: readonly { name: string; size: number }[],
  ) {
    const { host } = ctx;
    this.bulk = host.bulk;
    // In a folder that others write to somebody may have made it before, to put links into it.
    host.files.mkdir(folder, { mode: 0o700, exclusive: true });
    for (const [index, { name, size }] of devices.entries()) {
      // Not by the device's name, which is the archive's word.
      const path = `${folder}/disk-${index}`;
      host.files.write(path, '', { mode: 0o600 });
      host.files.truncate(path, Math.ceil(size / CLUSTER) * CLUSTER);
      const file = host.open(path, 'r+');
      host.files.unlink(path);
      this.parts.set(name, {
        size,
        file,
        given: new ClusterSet(size),
        empty: new ClusterSet(size),
        waiting: new Map(),
      });
    }
    host.files.rmdir(folder);
  }

  /** Unpacks all of it, the newest archive first; whoever waits gets the failure too. */
  async unpack(archives: readonly VmaReader[], done: (bytes: number) => void): Promise<void> {
    try {
      for (const archive of archives) {
        let count = 0;
        for await (const { device, cluster, mask, data } of clustersOf(archive)) {
          if ((count++ & 0xff) === 0 && this.ctx.signal.aborted) throw new InterruptedError();
          const part = this.parts.get(device.name);
          if (part === undefined || cluster >= part.given.total) continue;
          if (part.given.has(cluster)) continue;
          await this.keep(part, cluster, mask, data);
          if (mask === 0) part.empty.add(cluster);
          part.given.add(cluster);
          this.wake(part, cluster);
          done(CLUSTER);
        }
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    } finally {
      this.over = true;
      for (const part of this.parts.values())
        for (const cluster of [...part.waiting.keys()]) this.wake(part, cluster);
    }
  }

  /** Bytes of a disk; waits until they have come. */
  async read(device: string, offset: number, length: number): Promise<Buffer> {
    const part = this.parts.get(device)!;
    const last = Math.floor((offset + length - 1) / CLUSTER);
    for (let cluster = Math.floor(offset / CLUSTER); cluster <= last; cluster++)
      await this.come(part, cluster);
    const data = Buffer.alloc(length);
    await this.bulk.readFull(part.file.fd, data, offset);
    return data;
  }

  /** As of ChainIndex; waits until the first of it has come, and ends where something has not. */
  async extent(
    device: string,
    offset: number,
    length: number,
  ): Promise<{ length: number; zero: boolean }> {
    const part = this.parts.get(device)!;
    const { given, empty } = part;
    const first = Math.floor(offset / CLUSTER);
    const last = Math.floor((offset + length - 1) / CLUSTER);
    await this.come(part, first);
    const zero = empty.has(first);
    let end = first + 1;
    while (end <= last && given.has(end) && empty.has(end) === zero) end++;
    return { length: Math.min(offset + length, end * CLUSTER) - offset, zero };
  }

  close(): void {
    for (const { file } of this.parts.values()) file.close();
  }

  private async come(part: Part, cluster: number): Promise<void> {
    while (!this.over && !part.given.has(cluster))
      await new Promise<void>((resolve) => {
        const list = part.waiting.get(cluster) ?? [];
        part.waiting.set(cluster, [...list, resolve]);
      });
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async keep(part: Part, cluster: number, mask: number, data: Buffer): Promise<void> {
    if (mask === 0) return;
    let from = 0;
    for (let block = 0; block < BLOCKS_PER_CLUSTER; ) {
      let next = block;
      while (next < BLOCKS_PER_CLUSTER && (mask >>> next) & 1) next++;
      if (next > block) {
        const length = (next - block) * BLOCK;
        const at = cluster * CLUSTER + block * BLOCK;
        await this.bulk.write(part.file.fd, data.subarray(from, from + length), at);
        from += length;
      }
      block = next + 1;
    }
  }

  private wake(part: Part, cluster: number): void {
    const list = part.waiting.get(cluster) ?? [];
    part.waiting.delete(cluster);
    for (const resolve of list) resolve();
  }
}
