import { PaveError } from '../../errors.js';
import type { Receiver } from '../../host/types.js';

/** A server may be ahead by an answer, not more. */
const MAX_EARLY = 1 << 17;

/**
 * What a connection receives, piece by piece: each piece is asked for with its place and length, and
 * the next is asked for when it is complete. So bulk data lands where it belongs without a copy.
 */
export class Inbox implements Receiver {
  /** Counts what comes, to tell a slow server from one that says nothing. */
  heard = 0;
  private want: Buffer = Buffer.alloc(0);
  private got = 0;
  private whole: () => void = () => {};
  /** What came before it was asked for. */
  private early: Buffer = Buffer.alloc(0);
  private readonly spare = Buffer.alloc(4096);
  private toSpare = false;

  constructor(private readonly fail: (error: Error) => void) {}

  /** `then` runs when `into`, which is not empty, is full. */
  take(into: Buffer, then: () => void): void {
    this.want = into;
    this.got = 0;
    this.whole = then;
  }

  /** The next bytes, in memory of their own. */
  bytes(count: number): Promise<Buffer> {
    const into = Buffer.alloc(count);
    if (count === 0) return Promise.resolve(into);
    return new Promise((resolve) => {
      this.take(into, () => resolve(into));
      const { early } = this;
      this.early = Buffer.alloc(0);
      this.feed(early);
    });
  }

  room(): Buffer {
    this.toSpare = this.got >= this.want.length;
    if (this.toSpare) return this.spare;
    return this.got === 0 ? this.want : this.want.subarray(this.got);
  }

  received(count: number): void {
    this.heard += count;
    try {
      if (this.toSpare) this.feed(this.spare.subarray(0, count));
      else {
        this.got += count;
        if (this.got === this.want.length) this.whole();
      }
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private feed(bytes: Buffer): void {
    let left = bytes;
    while (left.length > 0 && this.got < this.want.length) {
      const count = left.copy(this.want, this.got);
      left = left.subarray(count);
      this.got += count;
      if (this.got === this.want.length) this.whole();
    }
    if (left.length === 0) return;
    this.early = Buffer.concat([this.early, left]);
    if (this.early.length > MAX_EARLY)
      throw new PaveError('the server sends what nobody asked for');
  }
}
