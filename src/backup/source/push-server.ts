/**
 * An NBD server for a guest's QEMU. Its backup jobs write the disks of a running guest to it, in
 * whatever order guest writes and the background copy make; a live restore reads from it. Source of the protocol: doc/proto.md of
 * the NBD project (fixed newstyle, simple replies).
 */
import type { Connection, Host } from '../../host/types.js';

/** What one export does with what it is given; resolves when the memory may be used again. */
export interface PushTarget {
  /** Bytes. */
  size: number;
  write?(offset: number, data: Buffer): Promise<void>;
  zero?(offset: number, length: number): Promise<void>;
  /** An export that can be read cannot be written. */
  read?(offset: number, length: number): Promise<Buffer>;
}

export interface PushServer {
  /** Waits for nobody. */
  close(): void;
}

const GREETING = Buffer.from('4e42444d4147494349484156454f50540003', 'hex');
const OPTION_MAGIC = 0x49484156454f5054n;
const OPTION_REPLY = 0x0003e889045565a9n;
const REQUEST = 0x25609513;
const SIMPLE_REPLY = 0x67446698;
const OPT = { abort: 2, info: 6, go: 7 } as const;
const REP = { ack: 1, info: 3, unsupported: 0x80000001, unknown: 0x80000006 } as const;
const CMD = { read: 0, write: 1, disconnect: 2, flush: 3, writeZeroes: 6 } as const;
/** Flags, flush, write zeroes; flags, read-only. */
const WRITE_FLAGS = 1 | (1 << 2) | (1 << 6);
const READ_FLAGS = 1 | (1 << 1);
const EIO = 5;
const EINVAL = 22;
const MAX_REQUEST = 32 << 20;
/** Buffers of this size are used again; QEMU's background copy writes this much at a time. */
const POOLED = 1 << 20;

/**
 * Listens at a unix socket (a Host path). `failed` is told once of the first thing that goes wrong:
 * what a target threw, or a connection that ended without saying goodbye.
 */
export async function listenForPushes(
  host: Host,
  socket: string,
  targets: ReadonlyMap<string, PushTarget>,
  failed: (error: unknown) => void,
): Promise<PushServer> {
  const open = new Set<Connection>();
  const server = await host.net.listenUnix(socket, (connection) => {
    open.add(connection);
    const session = new Session(connection, targets, failed);
    connection.onData((chunk) => session.receive(chunk));
    connection.onClose((error) => {
      open.delete(connection);
      session.ended(error);
    });
  });
  return {
    close() {
      server.close();
      for (const connection of open) connection.destroy();
    },
  };
}

interface Request {
  type: number;
  handle: bigint;
  offset: number;
  length: number;
}

/** One client, from greeting to goodbye: the bytes it needs next decide what they mean. */
class Session {
  /** What is being filled, and what is done with it then. */
  private buffer: Buffer = Buffer.alloc(4);
  private filled = 0;
  private whenFull: (bytes: Buffer) => void = () => this.expectOption();
  private target: PushTarget | undefined;
  private goodbye = false;
  private readonly pool: Buffer[] = [];
  private readonly header = Buffer.alloc(28);

  constructor(
    private readonly connection: Connection,
    private readonly targets: ReadonlyMap<string, PushTarget>,
    private readonly failed: (error: unknown) => void,
  ) {
    connection.write(GREETING);
  }

  receive(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const n = Math.min(this.buffer.length - this.filled, chunk.length - at);
      chunk.copy(this.buffer, this.filled, at, at + n);
      this.filled += n;
      at += n;
      if (this.filled === this.buffer.length) this.whenFull(this.buffer);
      if (this.goodbye) return;
    }
  }

  ended(error: Error | undefined): void {
    if (this.target !== undefined && !this.goodbye)
      this.failed(error ?? new Error('QEMU closed the connection'));
    this.goodbye = true;
  }

  private expect(buffer: Buffer, whenFull: (bytes: Buffer) => void): void {
    this.buffer = buffer;
    this.filled = 0;
    this.whenFull = whenFull;
    if (buffer.length === 0) whenFull(buffer);
  }

  private expectOption(): void {
    this.expect(Buffer.alloc(16), (head) => {
      const length = head.readUInt32BE(12);
      if (head.readBigUInt64BE(0) !== OPTION_MAGIC || length > 65536) {
        this.connection.destroy();
        return;
      }
      const option = head.readUInt32BE(8);
      this.expect(Buffer.alloc(length), (data) => this.option(option, data));
    });
  }

  private option(option: number, data: Buffer): void {
    if (option === OPT.abort) {
      this.reply(option, REP.ack);
      this.connection.end();
      return;
    }
    if (option !== OPT.go && option !== OPT.info) {
      this.reply(option, REP.unsupported);
      this.expectOption();
      return;
    }
    const name = data.toString('utf8', 4, 4 + data.readUInt32BE(0));
    const target = this.targets.get(name);
    if (target === undefined) {
      this.reply(option, REP.unknown);
      this.expectOption();
      return;
    }
    const info = Buffer.alloc(12);
    info.writeBigUInt64BE(BigInt(target.size), 2);
    info.writeUInt16BE(target.read === undefined ? WRITE_FLAGS : READ_FLAGS, 10);
    this.reply(option, REP.info, info);
    const blocks = Buffer.alloc(14);
    blocks.writeUInt16BE(3, 0);
    blocks.writeUInt32BE(512, 2);
    blocks.writeUInt32BE(65536, 6);
    blocks.writeUInt32BE(MAX_REQUEST, 10);
    this.reply(option, REP.info, blocks);
    this.reply(option, REP.ack);
    if (option === OPT.info) {
      this.expectOption();
      return;
    }
    this.target = target;
    this.expectRequest();
  }

  private reply(option: number, type: number, data: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(20);
    head.writeBigUInt64BE(OPTION_REPLY, 0);
    head.writeUInt32BE(option, 8);
    head.writeUInt32BE(type, 12);
    head.writeUInt32BE(data.length, 16);
    this.connection.write(Buffer.concat([head, data]));
  }

  private expectRequest(): void {
    this.expect(this.header, (head) => {
      if (head.readUInt32BE(0) !== REQUEST) {
        this.failed(new Error('QEMU sent no NBD request'));
        this.connection.destroy();
        return;
      }
      this.request({
        type: head.readUInt16BE(6),
        handle: head.readBigUInt64BE(8),
        offset: Number(head.readBigUInt64BE(16)),
        length: head.readUInt32BE(24),
      });
    });
  }

  private request(request: Request): void {
    const target = this.target!;
    const { type, offset, length } = request;
    if (type === CMD.disconnect) {
      this.goodbye = true;
      this.connection.end();
      return;
    }
    if (type === CMD.write && length <= MAX_REQUEST) {
      this.expect(this.take(length), (data) => {
        this.expectRequest();
        const fits = offset + length <= target.size;
        const write = fits ? target.write?.bind(target) : undefined;
        this.answer(request, write && attempt(() => write(offset, data)), data);
      });
      return;
    }
    this.expectRequest();
    const fits = offset + length <= target.size;
    const { zero, read } = target;
    if (type === CMD.read && fits && length <= MAX_REQUEST && read !== undefined)
      this.give(request, read.call(target, offset, length));
    else if (type === CMD.writeZeroes && fits && zero !== undefined)
      this.answer(
        request,
        attempt(() => zero.call(target, offset, length)),
      );
    else if (type === CMD.flush) this.answer(request, Promise.resolve());
    else this.answer(request, undefined);
  }

  private take(length: number): Buffer {
    return (length === POOLED ? this.pool.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
  }

  /** Reading: the data follows the reply. */
  private give(request: Request, work: Promise<Buffer>): void {
    work.then(
      (data) => {
        this.connection.write(replyTo(request, 0));
        this.connection.write(data);
      },
      (error: unknown) => {
        this.failed(error);
        this.connection.write(replyTo(request, EIO));
      },
    );
  }

  private answer(request: Request, work: Promise<void> | undefined, data?: Buffer): void {
    const done = (error: number) => {
      if (data?.length === POOLED) this.pool.push(data);
      this.connection.write(replyTo(request, error));
    };
    if (work === undefined) {
      this.failed(new Error(`QEMU asked for what a backup does not need (${request.type})`));
      done(EINVAL);
      return;
    }
    work.then(
      () => done(0),
      (error: unknown) => {
        this.failed(error);
        done(EIO);
      },
    );
  }
}

function replyTo({ handle }: Request, error: number): Buffer {
  const reply = Buffer.alloc(16);
  reply.writeUInt32BE(SIMPLE_REPLY, 0);
  reply.writeUInt32BE(error, 4);
  reply.writeBigUInt64BE(handle, 8);
  return reply;
}

async function attempt(work: () => Promise<void>): Promise<void> {
  await work();
}
