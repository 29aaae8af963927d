/** The NBD client against a server that does everything wrong: a named error each time, never a hang. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NbdClient } from '../../../src/backup/nbd/client.js';
import { extentsOf } from '../../../src/backup/nbd/extents.js';
import { createHost } from '../../../src/host/local.js';

const SIZE = 1 << 20;

let folder: string;
let server: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pave-nbd-'));
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const u16 = (n: number) => Buffer.from([n >> 8, n & 0xff]);
const u32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const u64 = (n: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(n);
  return bytes;
};
const GREETING = Buffer.concat([u64(0x4e42444d41474943n), u64(0x49484156454f5054n), u16(3)]);
const optReply = (option: number, type: number, data = Buffer.alloc(0)) =>
  Buffer.concat([u64(0x3e889045565a9n), u32(option), u32(type), u32(data.length), data]);
const exportInfo = (size: bigint) => optReply(7, 3, Buffer.concat([u16(0), u64(size), u16(0x4d)]));
const blockInfo = (min: number, max: number) =>
  optReply(7, 3, Buffer.concat([u16(3), u32(min), u32(4096), u32(max)]));
const simple = (cookie: Buffer, code = 0) => Buffer.concat([u32(0x67446698), u32(code), cookie]);
const chunk = (cookie: Buffer, type: number, data: Buffer, done = true) =>
  Buffer.concat([u32(0x668e33ef), u16(done ? 1 : 0), u16(type), cookie, u32(data.length), data]);
const dataChunk = (cookie: Buffer, offset: bigint, length: number, done = true) =>
  chunk(cookie, 1, Buffer.concat([u64(offset), Buffer.alloc(length, 7)]), done);

interface Behaviour {
  /** How long the client waits, ms. */
  greetingMs?: number;
  silenceMs?: number;
  greeting?: Buffer;
  structured?: boolean;
  /** In place of the answer to GO. */
  go?: Buffer;
  /** In place of all answers to options. */
  options?: (socket: Socket, option: number) => void;
  /** What a request gets: its cookie as it came. */
  request?: (socket: Socket, cookie: Buffer, type: number) => void;
}

/** A server that is right in everything that `behaviour` does not say. */
async function misbehaving(behaviour: Behaviour, contexts?: string[]): Promise<NbdClient> {
  const socket = join(folder, 'socket');
  server = createServer((connection) => {
    sockets.add(connection);
    connection.on('error', () => {});
    connection.write(behaviour.greeting ?? GREETING);
    let bytes = Buffer.alloc(0);
    let stage: 'flags' | 'options' | 'requests' = 'flags';
    connection.on('data', (data) => {
      bytes = Buffer.concat([bytes, data]);
      for (;;) {
        if (stage === 'flags') {
          if (bytes.length < 4) return;
          bytes = bytes.subarray(4);
          stage = 'options';
        } else if (stage === 'options') {
          if (bytes.length < 16 || bytes.length < 16 + bytes.readUInt32BE(12)) return;
          const option = bytes.readUInt32BE(8);
          bytes = bytes.subarray(16 + bytes.readUInt32BE(12));
          if (behaviour.options !== undefined) behaviour.options(connection, option);
          else if (option === 8)
            connection.write(optReply(8, behaviour.structured ? 1 : 0x80000001));
          else if (option === 10) {
            const context = Buffer.concat([u32(1), Buffer.from('base:allocation')]);
            connection.write(Buffer.concat([optReply(10, 4, context), optReply(10, 1)]));
          } else {
            connection.write(
              behaviour.go ??
                Buffer.concat([exportInfo(BigInt(SIZE)), blockInfo(1, 32 << 20), optReply(7, 1)]),
            );
            stage = 'requests';
          }
        } else {
          if (bytes.length < 28) return;
          const cookie = Buffer.from(bytes.subarray(8, 16));
          const type = bytes.readUInt16BE(6);
          const payload = type === 1 ? bytes.readUInt32BE(24) : 0;
          if (bytes.length < 28 + payload) return;
          bytes = bytes.subarray(28 + payload);
          behaviour.request?.(connection, cookie, type);
        }
      }
    });
  });
  await new Promise<void>((done) => server!.listen(socket, done));
  return await NbdClient.connect(createHost(), {
    socket,
    name: 'disk',
    ...(contexts === undefined ? {} : { contexts }),
    // Short only where the server is silent: a busy machine must not look so.
    timeoutMs: behaviour.greetingMs ?? 60_000,
    silenceMs: behaviour.silenceMs ?? 60_000,
  });
}

const EXPORT = /NBD export 'disk' of .*\/socket: /;
const connecting = async (behaviour: Behaviour, reason: RegExp) =>
  await expect(misbehaving(behaviour)).rejects.toThrow(
    new RegExp(`${EXPORT.source}.*${reason.source}`, 's'),
  );
const reading = async (behaviour: Behaviour, reason: RegExp) => {
  const client = await misbehaving(behaviour);
  const buffers = [0, 1].map((n) => client.read(n * 4096, Buffer.alloc(4096)));
  const results = await Promise.allSettled(buffers);
  const first = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(String(first?.reason)).toMatch(new RegExp(`${EXPORT.source}.*${reason.source}`));
  client.close();
};

describe('the first words of an NBD server', () => {
  it.each<[string, Behaviour, RegExp]>([
    [
      'no NBD server',
      { greeting: Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian') },
      /no NBD server answers/,
    ],
    [
      'an old dialect',
      { greeting: Buffer.concat([GREETING.subarray(0, 16), u16(0)]) },
      /an old dialect/,
    ],
    [
      'half a greeting',
      { greeting: GREETING.subarray(0, 9), greetingMs: 500 },
      /the server does not answer within 0.5 s/,
    ],
    [
      'no answer to options',
      { options: () => {}, greetingMs: 500 },
      /the server does not answer within 0.5 s/,
    ],
    [
      'an answer to another option',
      { options: (s) => s.write(optReply(99, 1)) },
      /something else than it was asked/,
    ],
    [
      'a huge answer',
      {
        options: (s, o) =>
          s.write(Buffer.concat([optReply(o, 3).subarray(0, 16), u32(0x7fffffff)])),
      },
      /something else than it was asked/,
    ],
    ['the end in the middle', { options: (s) => s.destroy() }, /closed the connection|reset|EPIPE/],
    [
      'an endless answer',
      {
        options: (s, o) =>
          s.write(Buffer.concat(Array.from({ length: 3000 }, () => optReply(o, 3, u16(9))))),
      },
      /does not come to the end/,
    ],
    [
      'no such export',
      { go: optReply(7, 0x80000006, Buffer.from('gone')) },
      /refuses the export 'disk': no such export \(gone\)/,
    ],
    ['an unknown refusal', { go: optReply(7, 0x800000ff) }, /refuses the export 'disk': error 255/],
    ['no size', { go: optReply(7, 1) }, /does not tell the size/],
    [
      'an impossible size',
      { go: Buffer.concat([exportInfo(1n << 62n), optReply(7, 1)]) },
      /a size that cannot be/,
    ],
    [
      'no block size at all',
      { go: Buffer.concat([exportInfo(4096n), blockInfo(0, 0), optReply(7, 1)]) },
      /block sizes that cannot be/,
    ],
    [
      'an odd block size',
      { go: Buffer.concat([exportInfo(4096n), blockInfo(3, 1 << 20), optReply(7, 1)]) },
      /block sizes that cannot be/,
    ],
  ])('%s', async (_name, behaviour, reason) => {
    await connecting(behaviour, reason);
  });
});

describe('answers of an NBD server', () => {
  const all = (write: (cookie: Buffer) => Buffer, structured = false): Behaviour => ({
    structured,
    request: (socket, cookie) => {
      socket.write(write(cookie));
    },
  });
  const OTHER = Buffer.alloc(8, 0x55);

  it.each<[string, Behaviour, RegExp]>([
    ['noise', all(() => Buffer.alloc(64, 0xaa)), /reading at 0: the server/],
    ['a wrong magic', all((c) => Buffer.concat([u32(0x12345678), u32(0), c])), /is no reply/],
    ['an unknown handle', all(() => simple(OTHER)), /answers what it was not asked/],
    ['an error', all((c) => simple(c, 5)), /reading at 0: Input\/output error/],
    ['an unknown error', all((c) => simple(c, 4711)), /reading at 0: error 4711/],
    [
      'too little, then silence',
      { ...all((c) => Buffer.concat([simple(c), Buffer.alloc(100)])), silenceMs: 300 },
      /silent for 0.3 s/,
    ],
    ['nothing at all', { silenceMs: 300 }, /reading at 0: the server has been silent for 0.3 s/],
    ['the end', { request: (s) => s.end() }, /closed the connection/],
    [
      'the end in the middle of data',
      { request: (s, c) => s.end(Buffer.concat([simple(c), Buffer.alloc(9)])) },
      /closed the connection/,
    ],
    ['a structured reply nobody agreed on', all((c) => dataChunk(c, 0n, 4096)), /is no reply/],
    [
      'a simple reply where structured ones were agreed on',
      all((c) => Buffer.concat([simple(c), Buffer.alloc(4096)]), true),
      /mixes up kinds/,
    ],
    [
      'data of another place',
      all((c) => dataChunk(c, 1n << 40n, 4096), true),
      /data that was not asked for/,
    ],
    [
      'more data than asked for',
      all((c) => dataChunk(c, 0n, 8192), true),
      /data that was not asked for/,
    ],
    [
      'less data than asked for',
      all((c) => dataChunk(c, 0n, 512), true),
      /only part of it|not asked for/,
    ],
    [
      'the same data twice',
      all((c) => Buffer.concat([dataChunk(c, 0n, 2048, false), dataChunk(c, 0n, 2048)]), true),
      /twice/,
    ],
    [
      'a huge chunk',
      all(
        (c) =>
          Buffer.concat([chunk(c, 1, Buffer.alloc(0)).subarray(0, 16), u32(0xffffffff), u64(0n)]),
        true,
      ),
      /not asked for/,
    ],
    [
      'a huge hole',
      all((c) => chunk(c, 2, Buffer.concat([u64(0n), u32(0xffffffff)])), true),
      /not asked for/,
    ],
    [
      'a huge chunk of no kind',
      all(
        (c) => Buffer.concat([chunk(c, 77, Buffer.alloc(0)).subarray(0, 16), u32(0xffffffff)]),
        true,
      ),
      /damaged reply/,
    ],
    ['a chunk of no kind', all((c) => chunk(c, 77, Buffer.alloc(4)), true), /unknown type 77/],
    [
      'chunks of nothing without end',
      all(
        (c) =>
          Buffer.concat(Array.from({ length: 100 }, () => chunk(c, 0, Buffer.alloc(0), false))),
        true,
      ),
      /damaged reply/,
    ],
    [
      'an error with words',
      all((c) => chunk(c, 0x8001, Buffer.concat([u32(28), u16(4), Buffer.from('full')])), true),
      /reading at 0: full/,
    ],
    [
      'an error whose words are cut',
      all((c) => chunk(c, 0x8001, Buffer.concat([u32(28), u16(0xffff), Buffer.from('fu')])), true),
      /reading at 0: fu/,
    ],
    ['an error too short to be one', all((c) => chunk(c, 0x8001, u16(1)), true), /unknown type/],
  ])('%s', async (_name, behaviour, reason) => {
    await reading(behaviour, reason);
  });

  it('fail writes and flushes too, and every request after', async () => {
    const client = await misbehaving({
      request: (socket, cookie, type) => {
        socket.write(type === 3 ? Buffer.alloc(16, 1) : simple(cookie, 28));
      },
    });
    await expect(client.write(0, Buffer.alloc(512))).rejects.toThrow(/writing at 0: No space left/);
    await expect(client.flush()).rejects.toThrow(/flushing at 0: the server/);
    await expect(client.write(0, Buffer.alloc(512))).rejects.toThrow(EXPORT);
    await expect(client.writeZeroes(0, 512)).rejects.toThrow(EXPORT);
    client.close();
  });

  const status = (write: (cookie: Buffer) => Buffer) =>
    misbehaving(
      {
        structured: true,
        request: (socket, cookie) => {
          socket.write(write(cookie));
        },
      },
      ['base:allocation'],
    );
  const walk = async (client: NbdClient) => {
    for await (const extent of extentsOf(client, undefined)) void extent;
  };
  it.each<[string, (cookie: Buffer) => Buffer, RegExp]>([
    ['none', (c) => chunk(c, 0, Buffer.alloc(0)), /no block status/],
    ['an empty one', (c) => chunk(c, 5, u32(1)), /damaged block status/],
    ['a torn one', (c) => chunk(c, 5, Buffer.concat([u32(1), u32(9)])), /damaged block status/],
    [
      'extents of no length',
      (c) => chunk(c, 5, Buffer.concat([u32(1), u32(0), u32(0)])),
      /empty block status/,
    ],
    [
      'one of another context',
      (c) => chunk(c, 5, Buffer.concat([u32(9), u32(4096), u32(0)])),
      /no block status/,
    ],
    [
      'the same twice',
      (c) =>
        Buffer.concat(
          [false, true].map((done) =>
            chunk(c, 5, Buffer.concat([u32(1), u32(4096), u32(0)]), done),
          ),
        ),
      /same block status twice/,
    ],
  ])('block status: %s', async (_name, write, reason) => {
    const client = await status(write);
    await expect(walk(client)).rejects.toThrow(reason);
    client.close();
  });
});
