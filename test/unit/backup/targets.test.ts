/** Where a restored disk goes: it is set to work early, and no failure of it is lost. */
import { expect, it } from 'vitest';
import { type DiskTarget, flushedEarly } from '../../../src/backup/restore/targets.js';

const PIECE = Buffer.alloc(32 << 20);

/** Tells what it was asked; each flush ends as the test says. */
function target(flush: () => Promise<void>) {
  const calls: string[] = [];
  const disk: DiskTarget = {
    write: async (offset) => void calls.push(`write ${offset}`),
    zero: async () => void calls.push('zero'),
    flush: () => {
      calls.push('flush');
      return flush();
    },
  };
  return { calls, disk: flushedEarly(disk) };
}

it('flushes on the way, once at a time, and again when all is written', async () => {
  let end: () => void = () => {};
  const { calls, disk } = target(
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  for (let n = 0; n < 12; n++) await disk.write(n, PIECE);
  expect(calls.filter((call) => call === 'flush')).toHaveLength(1);
  const over = disk.flush();
  expect(calls.at(-1)).toBe('write 11');
  end();
  // The last one begins when the one under way has ended.
  while (calls.at(-1) !== 'flush') await new Promise((done) => setImmediate(done));
  end();
  await over;
  expect(calls.filter((call) => call === 'flush')).toHaveLength(2);
});

it('keeps a failure that came on the way', async () => {
  let first = true;
  const { disk } = target(async () => {
    if (first) {
      first = false;
      throw new Error('disk full');
    }
  });
  for (let n = 0; n < 4; n++) await disk.write(n, PIECE);
  await expect(disk.flush()).rejects.toThrow('disk full');
  await expect(disk.write(0, PIECE)).rejects.toThrow('disk full');
});
