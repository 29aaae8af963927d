/** The NBD server for QEMU, asked by our own client: data, and where there is none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NbdClient } from '../../../src/backup/nbd/client.js';
import { extentsOf } from '../../../src/backup/nbd/extents.js';
import {
  listenForPushes,
  type PushServer,
  type PushTarget,
} from '../../../src/backup/source/push-server.js';
import { createHost } from '../../../src/host/local.js';

const HOLE = 1;
const ZERO = 2;
const SIZE = 1 << 20;
const host = createHost();

describe('an NBD server for QEMU', () => {
  let folder: string;
  let socket: string;
  let server: PushServer | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pave-push-'));
    socket = join(folder, 'socket');
  });
  afterEach(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Gives the list of what it tells as failed. */
  const serve = async (disk: PushTarget): Promise<string[]> => {
    const failures: string[] = [];
    const targets = new Map([['disk', disk]]);
    server = await listenForPushes(host, socket, targets, (error) => failures.push(String(error)));
    return failures;
  };
  const client = (contexts: string[]) =>
    NbdClient.connect(host, { socket, name: 'disk', contexts });

  /** Data in the first and the last 64 KiB. */
  const disk = (flags: number): PushTarget => ({
    size: SIZE,
    read: async (offset, length) => Buffer.alloc(length, offset >> 12),
    async status(offset, length) {
      const next = offset < 65536 ? 65536 : offset < SIZE - 65536 ? SIZE - 65536 : SIZE;
      const data = next !== SIZE - 65536;
      return { length: Math.min(length, next - offset), flags: data ? 0 : flags };
    },
  });

  it('tells where there is data, and gives it', async () => {
    await serve(disk(HOLE | ZERO));
    const nbd = await client(['base:allocation']);
    const found = [];
    for await (const { offset, length, zero } of extentsOf(nbd, undefined))
      found.push([offset, length, zero]);
    expect(found).toEqual([
      [0, 65536, false],
      [65536, SIZE - 131072, true],
      [SIZE - 65536, 65536, false],
    ]);
    const into = [4096, 8192].map((offset) => ({ offset, data: Buffer.alloc(4096) }));
    await Promise.all(into.map(({ offset, data }) => nbd.read(offset, data)));
    expect(into.map(({ data }) => [data[0], data[4095]])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    nbd.close();
  });

  it('says what failed, and goes on', async () => {
    const whole = disk(HOLE);
    const read: PushTarget['read'] = (offset, length) =>
      offset === 0 ? Promise.reject(new Error('torn')) : whole.read!(offset, length);
    const failures = await serve({ ...whole, read });
    const nbd = await client(['base:allocation']);
    await expect(nbd.read(0, Buffer.alloc(512))).rejects.toThrow(/Input\/output error/);
    const data = Buffer.alloc(512);
    await nbd.read(4096, data);
    expect(data[0]).toBe(1);
    expect(failures).toEqual(['Error: torn']);
    nbd.close();
  });

  it('keeps to plain replies where an export has no block status', async () => {
    const { size, read } = disk(0);
    await serve({ size, read: read! });
    const nbd = await client([]);
    const data = Buffer.alloc(512);
    await nbd.read(12288, data);
    expect(data[0]).toBe(3);
    nbd.close();
  });

  it('gives no status to who did not ask for the context', async () => {
    const failures = await serve(disk(HOLE));
    const words: Buffer[] = [];
    const raw = connect(socket);
    raw.on('data', (bytes) => words.push(bytes));
    const u32 = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n].map((b) => b & 0xff));
    const option = (number: number, data: Buffer) =>
      Buffer.concat([Buffer.from('IHAVEOPT'), u32(number), u32(data.length), data]);
    const go = Buffer.concat([u32(4), Buffer.from('disk'), Buffer.alloc(2)]);
    // A list of contexts whose lengths lead out of it, then the export, then its status.
    const torn = Buffer.concat([u32(4), Buffer.from('disk'), u32(1), u32(999)]);
    const request = Buffer.alloc(28);
    request.writeUInt32BE(0x25609513, 0);
    request.writeUInt16BE(7, 6);
    request.writeUInt32BE(4096, 24);
    raw.write(
      Buffer.concat([
        ...[u32(3), option(8, Buffer.alloc(0)), option(10, torn), option(7, go), request],
      ]),
    );
    // The reply to it is the last and a plain one.
    const text = () => Buffer.concat(words);
    const reply = () => text().indexOf('67446698', 0, 'hex');
    while (reply() < 0 || text().length < reply() + 16)
      await new Promise((done) => raw.once('data', done));
    expect(text().readUInt32BE(18 + 20 + 12)).toBe(0x80000003);
    expect(text().readUInt32BE(reply() + 4)).toBe(22);
    expect(failures).toHaveLength(1);
    raw.destroy();
  });
});
