/**
 * A client of an NBD server on a unix socket: many requests in flight, each answered where its data
 * shall be. Source: doc/proto.md of the NBD project.
 */
import { messageOf, PaveError } from '../../errors.js';
import type { Connection, Host } from '../../host/types.js';
import { type Agreement, shakeHands } from './handshake.js';
import { Inbox } from './inbox.js';
import { Cmd, NO_HOLE, REQUEST } from './protocol.js';
import { Replies, type Request } from './replies.js';

export interface ConnectTo {
  /** Unix socket, as a path of the Host. */
  socket: string;
  /** Export name. */
  name: string;
  /** Metadata contexts to ask for; those the server has not are missing in `agreed.contexts`. */
  contexts?: readonly string[];
  /** For the connection and the first words; default 30 s. */
  timeoutMs?: number;
  /** How long the server may be silent while a request waits; default 10 minutes: disks can hang. */
  silenceMs?: number;
}

const GREETING_MS = 30_000;
const SILENCE_MS = 600_000;

/** Length that goes into one request about many blocks: the field has 32 bits. */
const MAX_LENGTH = 0xffff0000;

/** Extents of one context: pairs of length and flags, in order. */
export type StatusExtents = Uint32Array;

export class NbdClient {
  private readonly waiting = new Map<number, Request>();
  private nextCookie = 1;
  private failure: PaveError | undefined;
  private closing = false;
  private watch: NodeJS.Timeout | undefined;

  private constructor(
    private readonly link: Connection,
    private readonly inbox: Inbox,
    private readonly where: string,
    readonly agreed: Agreement,
    private readonly silenceMs: number,
  ) {}

  /** @throws PaveError, FileError */
  static async connect(host: Host, to: ConnectTo): Promise<NbdClient> {
    const where = `NBD export '${to.name}' of ${host.path(to.socket)}`;
    let fail: (error: Error) => void = () => {};
    const inbox = new Inbox((error) => fail(error));
    const link = await host.net.connectUnix(to.socket, {
      receiver: inbox,
      ...(to.timeoutMs === undefined ? {} : { timeoutMs: to.timeoutMs }),
    });
    const timeoutMs = to.timeoutMs ?? GREETING_MS;
    const late = setTimeout(
      () => fail(new PaveError(`the server does not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const broken = new Promise<never>((_, reject) => {
      fail = reject;
      link.onClose((error) => fail(error ?? new PaveError('the server closed the connection')));
    });
    try {
      const hands = shakeHands(inbox, (bytes) => link.write(bytes), {
        name: to.name,
        contexts: to.contexts ?? [],
      });
      const agreed = await Promise.race([hands, broken]);
      const client = new NbdClient(link, inbox, where, agreed, to.silenceMs ?? SILENCE_MS);
      fail = (error) => client.break(error);
      broken.catch(() => {});
      new Replies(inbox, client.waiting, client.agreed).start();
      return client;
    } catch (error) {
      link.destroy();
      throw new PaveError(`${where}: ${messageOf(error)}`, { cause: error });
    } finally {
      clearTimeout(late);
    }
  }

  /** Bytes of the export. */
  get size(): number {
    return this.agreed.size;
  }

  /** Fills `into` with what stands at the offset. */
  read(offset: number, into: Buffer): Promise<void> {
    return this.ask(Cmd.read, 0, offset, into.length, { into, filled: 0 });
  }

  /** `data` must not change until it is done. */
  write(offset: number, data: Uint8Array): Promise<void> {
    return this.ask(Cmd.write, 0, offset, data.length, {}, data);
  }

  /** The range reads as zeroes; its blocks are given back where the image can. */
  async writeZeroes(offset: number, length: number, options: { keepBlocks?: boolean } = {}) {
    const flags = options.keepBlocks ? NO_HOLE : 0;
    for (let done = 0; done < length; done += MAX_LENGTH) {
      const part = Math.min(MAX_LENGTH, length - done);
      await this.ask(Cmd.writeZeroes, flags, offset + done, part, {});
    }
  }

  /** All that was written is on the disk. */
  flush(): Promise<void> {
    return this.agreed.canFlush ? this.ask(Cmd.flush, 0, 0, 0, {}) : Promise.resolve();
  }

  /**
   * What the server says of a range, for each context it knows: at least one extent, the last of
   * which may end earlier or later than the range.
   */
  async blockStatus(offset: number, length: number): Promise<Map<number, StatusExtents>> {
    const status = new Map<number, StatusExtents>();
    const part = Math.min(length, MAX_LENGTH);
    await this.ask(Cmd.blockStatus, 0, offset, part, { status });
    return status;
  }

  /** Says goodbye; requests under way fail. */
  close(): void {
    if (this.closing) return;
    this.closing = true;
    if (this.failure === undefined) this.send(Cmd.disconnect, 0, 0, 0, 0);
    this.link.end();
    this.break(new PaveError('the connection was closed'));
  }

  private ask(
    command: number,
    flags: number,
    offset: number,
    length: number,
    what: Pick<Request, 'into' | 'filled' | 'status'>,
    payload?: Uint8Array,
  ): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const cookie = this.nextCookie;
    this.nextCookie = cookie === 0xffffffff ? 1 : cookie + 1;
    if (this.waiting.size === 0) this.listen();
    return new Promise((resolve, reject) => {
      this.waiting.set(cookie, {
        ...what,
        offset,
        resolve,
        reject: (reason) =>
          reject(new PaveError(`${this.where}: ${nameOf(command)} at ${offset}: ${reason}`)),
      });
      this.send(command, flags, cookie, offset, length);
      if (payload !== undefined) this.link.write(payload);
    });
  }

  /** While requests wait: the server must say something in time. */
  private listen(): void {
    clearInterval(this.watch);
    let heard = -1;
    this.watch = setInterval(() => {
      if (this.waiting.size === 0) clearInterval(this.watch);
      else if (this.inbox.heard === heard)
        this.break(new PaveError(`the server has been silent for ${this.silenceMs / 1000} s`));
      heard = this.inbox.heard;
    }, this.silenceMs);
    this.watch.unref();
  }

  private send(command: number, flags: number, cookie: number, offset: number, length: number) {
    const head = Buffer.allocUnsafe(28);
    head.writeUInt32BE(REQUEST, 0);
    head.writeUInt16BE(flags, 4);
    head.writeUInt16BE(command, 6);
    head.writeUInt32BE(0, 8);
    head.writeUInt32BE(cookie, 12);
    head.writeUInt32BE(Math.floor(offset / 0x100000000), 16);
    head.writeUInt32BE(offset >>> 0, 20);
    head.writeUInt32BE(length, 24);
    this.link.write(head);
  }

  private break(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = new PaveError(`${this.where}: ${messageOf(error)}`, { cause: error });
    clearInterval(this.watch);
    if (!this.closing) this.link.destroy();
    const left = [...this.waiting.values()];
    this.waiting.clear();
    for (const request of left) request.reject(messageOf(error));
  }
}

function nameOf(command: number): string {
  const names: Record<number, string> = {
    [Cmd.read]: 'reading',
    [Cmd.write]: 'writing',
    [Cmd.flush]: 'flushing',
    [Cmd.writeZeroes]: 'writing zeroes',
    [Cmd.blockStatus]: 'asking for the block status',
  };
  return names[command] ?? `command ${command}`;
}
