/** Where a restored disk goes. */
import type { Host } from '../../host/types.js';
import type { NbdClient } from '../nbd/client.js';

export interface DiskTarget {
  /** `data` must not change until it is done. */
  write(offset: number, data: Buffer): Promise<void>;
  /** The range reads as zeroes from now on. */
  zero(offset: number, length: number): Promise<void>;
  /** All that was written is on the disk. */
  flush(): Promise<void>;
}

const ZEROES = Buffer.alloc(1 << 20);
/** Bytes written before the disk is set to work. */
const EARLY = 128 << 20;

/**
 * The disk writes while more is read: left to itself the kernel keeps a tenth of the memory back, and
 * all of that would be waited for at the end.
 */
export function flushedEarly(target: DiskTarget): DiskTarget {
  let written = 0;
  let flushing: Promise<void> | undefined;
  // The kernel tells a failure once: it must not be lost.
  let failure: { error: unknown } | undefined;
  const begin = () => {
    written = 0;
    flushing = target
      .flush()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        flushing = undefined;
      });
  };
  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    async write(offset, data) {
      check();
      await target.write(offset, data);
      written += data.length;
      if (written >= EARLY && flushing === undefined) begin();
    },
    zero: (offset, length) => target.zero(offset, length),
    async flush() {
      await flushing;
      check();
      await target.flush();
    },
  };
}

/** A raw image or block device through a descriptor of ours; `blank`: it reads as zeroes already. */
export function rawTarget(host: Host, fd: number, blank: boolean): DiskTarget {
  return {
    write: (offset, data) => host.bulk.write(fd, data, offset),
    async zero(offset, length) {
      if (blank) return;
      for (let done = 0; done < length; done += ZEROES.length) {
        const part = ZEROES.subarray(0, Math.min(ZEROES.length, length - done));
        await host.bulk.write(fd, part, offset + done);
      }
    },
    flush: () => host.bulk.sync(fd),
  };
}

/** An image of any kind behind an NBD server; `blank`: it reads as zeroes already. */
export function nbdTarget(client: NbdClient, blank: boolean): DiskTarget {
  const limit = Math.min(client.agreed.maximumBlock, 2 << 20);
  return {
    async write(offset, data) {
      const parts: Promise<void>[] = [];
      for (let done = 0; done < data.length; done += limit)
        parts.push(client.write(offset + done, data.subarray(done, done + limit)));
      await Promise.all(parts);
    },
    async zero(offset, length) {
      if (blank) return;
      if (client.agreed.canWriteZeroes) return await client.writeZeroes(offset, length);
      for (let done = 0; done < length; done += ZEROES.length) {
        const part = ZEROES.subarray(0, Math.min(ZEROES.length, length - done));
        await client.write(offset + done, part);
      }
    },
    flush: () => client.flush(),
  };
}
