/**
 * An NBD server for a guest's QEMU. Its backup jobs write the disks of a running guest to it, in
 * whatever order guest writes and the background copy make; a live restore reads from it, and asks
 * where there is nothing to read. Source of the protocol: doc/proto.md of the NBD project (fixed
 * newstyle; structured replies where exports have a block status).
 */
import type { Connection, Host } from '../../host/types.js';
import {
  CHUNK_DONE,
  Chunk,
  Cmd,
  REQUEST,
  SIMPLE_REPLY,
  STRUCTURED_REPLY,
} from '../nbd/protocol.js';
import { CONTEXT, MAX_REQUEST, Negotiation, OPTION_HEAD, optionHead } from './push-options.js';

/** What one export does with what it is given; resolves when the memory may be used again. */
export interface PushTarget {
  /** Bytes. */
  size: number;
  write?(offset: number, data: Buffer): Promise<void>;
  zero?(offset: number, length: number): Promise<void>;
  /** An export that can be read cannot be written. */
  read?(offset: number, length: number): Promise<Buffer>;
  /** How far, `length` at most, it is all alike; `flags`: of base:allocation. */
  status?(offset: number, length: number): Promise<{ length: number; flags: number }>;
}

export interface PushServer {
  /** Waits for nobody. */
  close(): void;
}

const GREETING = Buffer.from('4e42444d4147494349484156454f50540003', 'hex');
const EIO = 5;
const EINVAL = 22;
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
  private mayAskStatus = false;
  private readonly options: Negotiation;
  private goodbye = false;
  private readonly pool: Buffer[] = [];
  private readonly header = Buffer.alloc(28);

  constructor(
    private readonly connection: Connection,
    targets: ReadonlyMap<string, PushTarget>,
    private readonly failed: (error: unknown) => void,
  ) {
    this.options = new Negotiation(targets);
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
    this.expect(Buffer.alloc(OPTION_HEAD), (bytes) => {
      const head = optionHead(bytes);
      if (head === undefined) this.connection.destroy();
      else this.expect(Buffer.alloc(head.length), (data) => this.option(head.option, data));
    });
  }

  private option(option: number, data: Buffer): void {
    const { reply, over, target, status = false } = this.options.answer(option, data);
    this.connection.write(reply);
    this.target = target;
    this.mayAskStatus = status;
    if (over) this.connection.end();
    else if (target === undefined) this.expectOption();
    else this.expectRequest();
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
    if (type === Cmd.disconnect) {
      this.goodbye = true;
      this.connection.end();
      return;
    }
    if (type === Cmd.write && length <= MAX_REQUEST) {
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
    const { zero, read, status } = target;
    if (type === Cmd.read && fits && length <= MAX_REQUEST && read !== undefined)
      this.give(request, read.call(target, offset, length));
    else if (type === Cmd.blockStatus && this.mayAskStatus && fits && length > 0)
      this.tell(request, status!.call(target, offset, length));
    else if (type === Cmd.writeZeroes && fits && zero !== undefined)
      this.answer(
        request,
        attempt(() => zero.call(target, offset, length)),
      );
    else if (type === Cmd.flush) this.answer(request, Promise.resolve());
    else this.answer(request, undefined);
  }

  private take(length: number): Buffer {
    return (length === POOLED ? this.pool.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
  }

  /** Reading: the data follows the reply. */
  private give(request: Request, work: Promise<Buffer>): void {
    const { structured } = this.options;
    work.then(
      (data) => {
        this.connection.write(structured ? dataChunk(request, data.length) : replyTo(request, 0));
        this.connection.write(data);
      },
      (error: unknown) => this.fail(request, error),
    );
  }

  private tell(request: Request, work: Promise<{ length: number; flags: number }>): void {
    work.then(
      ({ length, flags }) => this.connection.write(statusChunk(request, length, flags)),
      (error: unknown) => this.fail(request, error),
    );
  }

  /** Of a request whose answer holds data. */
  private fail(request: Request, error: unknown): void {
    this.failed(error);
    this.connection.write(this.options.structured ? errorChunk(request) : replyTo(request, EIO));
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

/** The head of the only chunk of a structured reply; `length`: of what follows it. */
function chunkOf({ handle }: Request, type: number, length: number, own: number): Buffer {
  const chunk = Buffer.alloc(20 + own);
  chunk.writeUInt32BE(STRUCTURED_REPLY, 0);
  chunk.writeUInt16BE(CHUNK_DONE, 4);
  chunk.writeUInt16BE(type, 6);
  chunk.writeBigUInt64BE(handle, 8);
  chunk.writeUInt32BE(length, 16);
  return chunk;
}

function dataChunk(request: Request, length: number): Buffer {
  const chunk = chunkOf(request, Chunk.offsetData, 8 + length, 8);
  chunk.writeBigUInt64BE(BigInt(request.offset), 20);
  return chunk;
}

function statusChunk(request: Request, length: number, flags: number): Buffer {
  const chunk = chunkOf(request, Chunk.blockStatus, 12, 12);
  chunk.writeUInt32BE(CONTEXT, 20);
  chunk.writeUInt32BE(length, 24);
  chunk.writeUInt32BE(flags, 28);
  return chunk;
}

function errorChunk(request: Request): Buffer {
  const chunk = chunkOf(request, Chunk.error, 6, 6);
  chunk.writeUInt32BE(EIO, 20);
  return chunk;
}

async function attempt(work: () => Promise<void>): Promise<void> {
  await work();
}
