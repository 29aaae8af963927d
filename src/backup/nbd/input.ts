/** A disk that is read: its extents by NBD, its bytes from where they can be had with the fewest copies. */
import { PaveError } from '../../errors.js';
import type { Host } from '../../host/types.js';
import type { NbdExport } from '../types.js';
import { NbdClient } from './client.js';

/** Asked of a server: small enough to stay in the processor's caches on the way. */
const SERVER_READ = 512 << 10;

export class DiskInput {
  private constructor(
    private readonly host: Host,
    readonly client: NbdClient,
    private readonly from: NbdExport,
    private readonly raw: { fd: number; close(): void } | undefined,
  ) {}

  private underWay = 0;
  private closed = false;

  /** @throws PaveError, FileError */
  static async open(host: Host, from: NbdExport, contexts: readonly string[]): Promise<DiskInput> {
    const client = await NbdClient.connect(host, { ...from, contexts });
    try {
      if (client.size !== from.size)
        throw new PaveError(
          `NBD export '${from.name}' has ${client.size} bytes where ${from.size} were expected`,
        );
      return new DiskInput(
        host,
        client,
        from,
        from.raw === undefined ? undefined : host.open(from.raw, 'r'),
      );
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Bytes of the disk. */
  get size(): number {
    return this.from.size;
  }

  /** Bytes to read at once: from a file as many as there are, so that few threads run at a time. */
  get bestRead(): number {
    if (this.raw !== undefined) return Number.POSITIVE_INFINITY;
    return Math.min(SERVER_READ, this.client.agreed.maximumBlock);
  }

  /** Fills `into` with what stands at the offset. */
  async read(offset: number, into: Buffer): Promise<void> {
    if (this.raw === undefined) return await this.client.read(offset, into);
    const got = await this.readRaw(this.raw.fd, into, offset);
    if (got === into.length) return;
    // QEMU counts the last sector of a file as whole.
    if (into.length - got >= 512 || offset + into.length < this.size)
      throw new PaveError(`'${this.from.raw}' ends at byte ${offset + got} of ${this.size}`);
    into.fill(0, got);
  }

  private async readRaw(fd: number, into: Buffer, offset: number): Promise<number> {
    if (this.closed) throw new PaveError('the disk was closed');
    this.underWay++;
    try {
      return await this.host.bulk.readFull(fd, into, offset);
    } finally {
      this.underWay--;
      this.settle();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.client.close();
    this.settle();
  }

  /** The descriptor's number must not become another file's while somebody reads from it. */
  private settle(): void {
    if (this.closed && this.underWay === 0) this.raw?.close();
  }
}
