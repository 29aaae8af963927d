/** Fingerprints of more clusters than fit into memory are as they were set. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ABSENT, PrintStore, ZERO } from '../../../src/backup/chain/prints.js';
import { createHost } from '../../../src/host/local.js';
import { random } from '../random.js';

const root = mkdtempSync(join(tmpdir(), 'pave-prints-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('come back from the file, and nothing is left of it', async () => {
  const store = new PrintStore(createHost({ root }), '/', 2);
  const clusters = [5 * 65536 + 7, 3 * 65536];
  const disks = clusters.map((count) => store.disk(count));
  const set = new Map<string, Buffer>();
  const source = random(7);
  const put = async (disk: number, cluster: number, print: Buffer) => {
    await disks[disk]!.bring(cluster);
    disks[disk]!.set(cluster, print);
    set.set(`${disk} ${cluster}`, print);
  };
  for (let i = 0; i < 300; i++) {
    const disk = source.below(2);
    const print = Buffer.alloc(16, source.below(250) + 1);
    await put(disk, source.below(clusters[disk]!), print);
  }
  await put(0, clusters[0]! - 1, Buffer.alloc(16, 9));
  // A piece full of zeroes takes no room.
  for (let cluster = 65536; cluster < 2 * 65536; cluster++) await put(1, cluster, ZERO);
  await put(1, 65536 + 5, Buffer.alloc(16, 8));
  for (const [disk, count] of clusters.entries()) {
    for (let cluster = 0; cluster < count; cluster++) {
      if (!disks[disk]!.has(cluster)) await disks[disk]!.bring(cluster);
      const expected = set.get(`${disk} ${cluster}`) ?? ABSENT;
      if (!disks[disk]!.at(cluster).equals(expected))
        throw new Error(`disk ${disk}, cluster ${cluster} is another`);
    }
  }
  expect(readdirSync(root)).toEqual([]);
  store.close();
});
