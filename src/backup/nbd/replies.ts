/** The server's answers, in whatever order they come. */
import { PaveError } from '../../errors.js';
import type { Agreement } from './handshake.js';
import type { Inbox } from './inbox.js';
import { CHUNK_DONE, Chunk, errorText, SIMPLE_REPLY, STRUCTURED_REPLY } from './protocol.js';

/** A request under way. */
export interface Request {
  offset: number;
  /** Where what is read goes, and how many bytes of it have come. */
  into?: Buffer;
  filled?: number;
  /** Parts that have come, as offset and end within `into`; they do not overlap. */
  parts?: [from: number, to: number][];
  /** Where the block status goes: number of a context -> pairs of length and flags. */
  status?: Map<number, Uint32Array>;
  /** The first error the server told. */
  error?: string;
  resolve: () => void;
  reject: (reason: string) => void;
}

/** Answers without bulk data are never larger: an extent for each cluster of a long range. */
const MAX_PAYLOAD = 64 << 20;

export class Replies {
  private readonly head = Buffer.alloc(16);
  private readonly rest = Buffer.alloc(4);
  private readonly place = Buffer.alloc(12);

  constructor(
    private readonly inbox: Inbox,
    private readonly waiting: Map<number, Request>,
    private readonly agreed: Pick<Agreement, 'structured'>,
  ) {}

  start(): void {
    this.inbox.take(this.head, () => this.reply());
  }

  private reply(): void {
    const magic = this.head.readUInt32BE(0);
    const cookie = this.head.readUInt32BE(12);
    const request = this.waiting.get(cookie);
    if (this.head.readUInt32BE(8) !== 0 || request === undefined)
      throw new PaveError('the server answers what it was not asked');
    if (magic === SIMPLE_REPLY) this.simple(cookie, request);
    else if (magic === STRUCTURED_REPLY && this.agreed.structured)
      this.inbox.take(this.rest, () => this.chunk(cookie, request));
    else throw new PaveError('the server sends something that is no reply');
  }

  private simple(cookie: number, request: Request): void {
    const code = this.head.readUInt32BE(4);
    if (code !== 0) request.error ??= errorText(code);
    if (code !== 0 || request.into === undefined) {
      this.finish(cookie, request);
      this.start();
    } else if (this.agreed.structured) throw new PaveError('the server mixes up kinds of replies');
    else this.data(cookie, request, request.into, true);
  }

  private chunk(cookie: number, request: Request): void {
    const last = (this.head.readUInt16BE(4) & CHUNK_DONE) !== 0;
    const type = this.head.readUInt16BE(6);
    const length = this.rest.readUInt32BE(0);
    if (type === Chunk.offsetData && request.into !== undefined && length > 8) {
      const at = this.place.subarray(0, 8);
      this.inbox.take(at, () =>
        this.data(cookie, request, this.room(request, at, length - 8), last),
      );
    } else if (type === Chunk.offsetHole && request.into !== undefined && length === 12) {
      this.inbox.take(this.place, () => {
        this.room(request, this.place, this.place.readUInt32BE(8)).fill(0);
        this.next(cookie, request, last);
      });
    } else if (type === Chunk.none && length === 0 && last) this.next(cookie, request, last);
    else if (length > MAX_PAYLOAD || length === 0)
      throw new PaveError('the server sends a damaged reply');
    else this.other(cookie, request, type, length, last);
  }

  /** Block status and errors: small, and copied. */
  private other(cookie: number, request: Request, type: number, length: number, last: boolean) {
    const payload = Buffer.alloc(length);
    this.inbox.take(payload, () => {
      if (type === Chunk.blockStatus && request.status !== undefined) {
        const [context, extents] = statusOf(payload);
        if (request.status.has(context))
          throw new PaveError('the server sends the same block status twice');
        request.status.set(context, extents);
      } else if ((type & 0x8000) !== 0 && length >= 6) {
        const said = payload.toString('utf8', 6, 6 + payload.readUInt16BE(4));
        request.error ??= said || errorText(payload.readUInt32BE(0));
      } else throw new PaveError(`the server sends a reply of unknown type ${type}`);
      this.next(cookie, request, last);
    });
  }

  private data(cookie: number, request: Request, into: Buffer, last: boolean): void {
    this.inbox.take(into, () => {
      if (!this.agreed.structured) request.filled = into.length;
      this.next(cookie, request, last);
    });
  }

  /** The part of a read's buffer that a chunk is for. */
  private room(request: Request, place: Buffer, length: number): Buffer {
    const into = request.into!;
    const start = place.readUInt32BE(0) * 0x100000000 + place.readUInt32BE(4) - request.offset;
    if (start < 0 || start + length > into.length || length === 0)
      throw new PaveError('the server sends data that was not asked for');
    request.parts ??= [];
    const { parts } = request;
    const end = parts.at(-1)?.[1] ?? 0;
    if (start < end && parts.some(([from, to]) => start < to && from < start + length))
      throw new PaveError('the server sends the same data twice');
    if (start >= end) parts.push([start, start + length]);
    else parts.unshift([start, start + length]);
    request.filled = (request.filled ?? 0) + length;
    return into.subarray(start, start + length);
  }

  private next(cookie: number, request: Request, last: boolean): void {
    if (last) this.finish(cookie, request);
    this.start();
  }

  private finish(cookie: number, request: Request): void {
    this.waiting.delete(cookie);
    if (request.error !== undefined) request.reject(request.error);
    else if (request.into !== undefined && request.filled !== request.into.length)
      request.reject('the server sent only part of it');
    else request.resolve();
  }
}

function statusOf(payload: Buffer): [context: number, extents: Uint32Array] {
  const count = (payload.length - 4) / 8;
  if (!Number.isInteger(count) || count < 1)
    throw new PaveError('the server sends a damaged block status');
  const extents = new Uint32Array(2 * count);
  for (let i = 0; i < extents.length; i++) extents[i] = payload.readUInt32BE(4 + 4 * i);
  return [payload.readUInt32BE(0), extents];
}
