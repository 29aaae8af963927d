/** The bitmap of allocated clusters as a file, read back by QEMU's own tools. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bitmapImage, ClusterBits } from '../../../src/backup/source/bitmap-image.js';
import { ClusterSet } from '../../../src/backup/vma/cluster-set.js';

const CLUSTER = 65536;

it.each([
  [512, [[0, 1]]],
  [10 * CLUSTER + 512, [[2, 9]]],
  [
    1024 ** 4 + 70_144,
    [
      [3, 1],
      [1000, 77],
      [16_777_215, 3],
    ],
  ],
  [8 * 1024 ** 4, [[100_000_000, 600_000]]],
  [1024 ** 3, []],
])('of %i bytes: QEMU finds what was set', (size, runs) => {
  const folder = mkdtempSync(join(tmpdir(), 'pave-bitmap-'));
  try {
    const path = join(folder, 'bitmap.qcow2');
    const bits = new ClusterBits(size);
    for (const [first, count] of runs) bits.set(first!, count!);
    writeFileSync(path, bitmapImage(bits));
    execFileSync('qemu-img', ['check', '-q', path]);
    // Merged into an empty bitmap of another image, it dirties just those clusters.
    const into = join(folder, 'into.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', into, String(size)]);
    execFileSync('qemu-img', ['bitmap', '--add', '-g', String(CLUSTER), into, 'all']);
    execFileSync('qemu-img', [
      ...['bitmap', '--merge', 'allocated', '-b', path, '-F', 'qcow2', into, 'all'],
    ]);
    const socket = join(folder, 'nbd');
    const server = ['-r', '-f', 'qcow2', '-B', 'all', '-x', 'e', '-k', socket, '--fork', into];
    execFileSync('qemu-nbd', server);
    const image = `driver=nbd,server.type=unix,server.path=${socket},export=e,x-dirty-bitmap=qemu:dirty-bitmap:all`;
    const map = execFileSync('qemu-img', ['map', '--output=json', '--image-opts', image], {
      encoding: 'utf8',
    });
    // There a dirty area passes for one that is not allocated.
    const dirty = (JSON.parse(map) as { start: number; length: number; data: boolean }[])
      .filter(({ data }) => !data)
      .map(({ start, length }) => [start / CLUSTER, Math.ceil(length / CLUSTER)]);
    expect(dirty).toEqual(runs);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  [[], [[0, 70]]],
  [[0, 69], [[1, 68]]],
  [
    [31, 32, 40],
    [
      [0, 31],
      [33, 7],
      [41, 29],
    ],
  ],
  [Array.from({ length: 70 }, (_, n) => n), []],
])('gaps of a set of clusters', (members, gaps) => {
  const set = new ClusterSet(70 * CLUSTER - 512);
  for (const cluster of members) set.add(cluster);
  expect([...set.gaps()].map(({ first, count }) => [first, count])).toEqual(gaps);
});
