import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool } from '../../../src/backup/source/spool.js';
import { createHost } from '../../../src/host/local.js';

const MIB = 1 << 20;

describe('spool between a guest and a slow target', () => {
  let folder: string;
  let fd: number;
  const { bulk } = createHost();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pave-spool-'));
    fd = openSync(join(folder, 'spool'), 'w+');
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('takes far more than fits into memory at once, and hands it on whole and in order', async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const got: number[] = [];
    const pressure: boolean[] = [];
    const sink = {
      async add(_disk: number, cluster: number, data: Buffer) {
        await gate;
        expect(data.length).toBe(MIB);
        expect(data[0]).toBe(cluster & 0xff);
        expect(data[MIB - 1]).toBe(cluster & 0xff);
        got.push(cluster);
      },
      async addZeroes(_disk: number, cluster: number) {
        got.push(-cluster);
      },
    };
    const spool = new Spool(sink, bulk, fd, (on) => pressure.push(on));
    // The memory handed in is used again at once, as the server does.
    const buffer = Buffer.alloc(MIB);
    for (let n = 1; n <= 100; n++) {
      buffer.fill(n & 0xff);
      await spool.add(0, n, buffer);
    }
    await spool.addZeroes(0, 7, 1);
    expect(got).toEqual([]);
    expect(spool.peak).toBeGreaterThan(60 * MIB);
    expect(pressure).toEqual([true]);
    open();
    await spool.drained();
    expect(got).toEqual([...Array.from({ length: 100 }, (_, n) => n + 1), -7]);
    expect(pressure).toEqual([true, false]);
  });

  it('fails with what the target said, and takes nothing any more', async () => {
    const sink = {
      add: () => Promise.reject(new Error('disk full')),
      addZeroes: async () => {},
    };
    const spool = new Spool(sink, bulk, fd, () => {});
    await spool.add(0, 0, Buffer.alloc(MIB));
    await expect(spool.drained()).rejects.toThrow('disk full');
    await expect(spool.add(0, 1, Buffer.alloc(MIB))).rejects.toThrow('disk full');
  });
});
