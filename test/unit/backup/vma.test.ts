/** VMA archives: what is written is what the format says, and nothing damaged is taken. */
import { describe, expect, it } from 'vitest';
import { contentOf, contentText } from '../../../src/backup/tool/content.js';
import { parseMap } from '../../../src/backup/tool/map.js';
import { clusterRuns, onlyChanged } from '../../../src/backup/vma/clusters.js';
import { Extent } from '../../../src/backup/vma/extent.js';
import { buildHeader, parseHeader } from '../../../src/backup/vma/header.js';
import { type ByteSource, clustersOf, VmaReader } from '../../../src/backup/vma/read.js';
import { createVmaStream } from '../../../src/backup/vma/stream.js';
import { createHost } from '../../../src/host/local.js';
import { random as seeded } from '../random.js';
import { readBySpec, resum } from './vma-spec.js';

/** 0 up to and without 1. */
const random = (seed: number) => {
  const source = seeded(seed);
  return () => source.below(1 << 30) / (1 << 30);
};

const host = createHost({ root: '' });
const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const CLUSTER = 65536;

function sourceOf(bytes: Buffer): ByteSource {
  let at = 0;
  return {
    name: 'test.vma',
    async read(into) {
      const count = bytes.copy(into, 0, at, at + into.length);
      at += count;
      return count;
    },
  };
}

interface Disk {
  device: string;
  data: Buffer;
}

/** Disks with data, zero clusters and zero blocks, of odd lengths. */
function someDisks(rand: () => number, count: number): Disk[] {
  return Array.from({ length: count }, (_, index) => {
    const data = Buffer.alloc(
      (1 + Math.floor(rand() * 150)) * CLUSTER + 512 * Math.floor(rand() * 128),
    );
    for (let at = 0; at < data.length; at += CLUSTER) {
      const kind = rand();
      if (kind < 0.3) continue;
      for (let block = at; block < Math.min(at + CLUSTER, data.length); block += 4096) {
        // Some blocks begin with zeroes and are none.
        if (kind < 0.6 && rand() < 0.5) continue;
        const from = rand() < 0.2 ? Math.min(block + 4000, data.length - 1) : block;
        data.fill(1 + Math.floor(rand() * 255), from, Math.min(block + 4096, data.length));
      }
    }
    return { device: `drive-scsi${index}`, data };
  });
}

/** Written in random order, a few clusters at a time. */
async function archiveOf(disks: readonly Disk[], rand: () => number = () => 0.5): Promise<Buffer> {
  const parts: Buffer[] = [];
  const stream = await createVmaStream(host, {
    devices: disks.map(({ device, data }) => ({ device, size: data.length })),
    configs: [
      { name: 'qemu-server.conf', data: 'memory: 512\n# ä\n' },
      { name: 'qemu-server.fw', data: '' },
    ],
    uuid: UUID,
    ctime: 1700000000,
    output: { write: async (bytes) => void parts.push(Buffer.from(bytes)) },
  });
  const pieces = disks.flatMap(({ data }, index) => {
    const found: { index: number; cluster: number; bytes: Buffer }[] = [];
    for (let at = 0; at < data.length; ) {
      const length = (1 + Math.floor(rand() * 20)) * CLUSTER;
      found.push({ index, cluster: at / CLUSTER, bytes: data.subarray(at, at + length) });
      at += length;
    }
    return found;
  });
  pieces.sort(() => rand() - 0.5);
  for (const { index, cluster, bytes } of pieces) {
    if (bytes.every((byte) => byte === 0) && rand() < 0.5)
      await stream.addZeroes(index, cluster, Math.ceil(bytes.length / CLUSTER));
    else await stream.add(index, cluster, bytes);
  }
  await stream.finish();
  return Buffer.concat(parts);
}

/** All disks of an archive as our reader gives them. */
async function readAll(bytes: Buffer, partial = false): Promise<Map<string, Buffer>> {
  const reader = await VmaReader.open(sourceOf(bytes), { partial });
  const disks = new Map(
    reader.header.devices.map(({ name, size }) => [name, Buffer.alloc(size, 0xee)]),
  );
  for await (const { device, cluster, mask, data } of clustersOf(reader)) {
    const target = disks.get(device.name)!;
    let from = 0;
    for (let block = 0; block < 16; block++) {
      const to = cluster * CLUSTER + block * 4096;
      if (to >= target.length) break;
      if ((mask >> block) & 1) {
        data.copy(target, to, from, from + 4096);
        from += 4096;
      } else target.fill(0, to, Math.min(to + 4096, target.length));
    }
  }
  return disks;
}

async function refusal(bytes: Buffer): Promise<string> {
  try {
    await readAll(bytes);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it was taken';
}

describe('a VMA archive', () => {
  it('is what the specification says, for any disks in any order', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const rand = random(seed);
      const disks = someDisks(rand, 1 + Math.floor(rand() * 3));
      const bytes = await archiveOf(disks, rand);
      const archive = readBySpec(bytes);
      expect(archive.uuid).toBe(UUID.replaceAll('-', ''));
      expect(archive.ctime).toBe(1700000000);
      expect([...archive.configs]).toEqual([
        ['qemu-server.conf', 'memory: 512\n# ä\n'],
        ['qemu-server.fw', ''],
      ]);
      const read = await readAll(bytes);
      for (const [index, { device, data }] of disks.entries()) {
        expect(archive.devices.get(index + 1)).toEqual({ name: device, size: data.length });
        const stored = archive.data.get(index + 1)!;
        expect(stored.subarray(0, data.length).equals(data), `seed ${seed}`).toBe(true);
        expect(stored.subarray(data.length).every((byte) => byte === 0)).toBe(true);
        expect(read.get(device)!.equals(data), `seed ${seed}`).toBe(true);
      }
    }
  });

  it('holds no block of zeroes', async () => {
    const data = Buffer.alloc(3 * CLUSTER);
    data[CLUSTER + 5000] = 1;
    const bytes = await archiveOf([{ device: 'drive-ide0', data }]);
    const { length } = parseHeader(bytes);
    expect(bytes.length).toBe(length + 512 + 4096);
  });

  it('refuses to be written with a cluster missing, twice or too short', async () => {
    const open = () =>
      createVmaStream(host, {
        devices: [{ device: 'drive-ide0', size: 2 * CLUSTER }],
        configs: [],
        uuid: UUID,
        ctime: 0,
        output: { write: async () => {} },
      });
    const missing = await open();
    await missing.addZeroes(0, 1, 1);
    await expect(missing.finish()).rejects.toThrow("disk 'drive-ide0' is incomplete: cluster 0");
    const twice = await open();
    await twice.addZeroes(0, 0, 1);
    await expect(twice.addZeroes(0, 0, 1)).rejects.toThrow('cluster 0 came twice');
    const short = await open();
    await expect(short.add(0, 0, Buffer.alloc(100))).rejects.toThrow('has not its length');
  });

  it('tells a header that is too large for the format', () => {
    const make = (request: object) =>
      buildHeader({ uuid: UUID, ctime: 0, devices: [], configs: [], ...request });
    expect(() => make({ configs: [{ name: 'big', data: Buffer.alloc(65536) }] })).toThrow(
      "'big' is too large",
    );
    const devices = Array.from({ length: 255 }, (_, i) => ({ name: `d${i}`, size: 512 }));
    expect(() => make({ devices })).toThrow('at most 254 disks');
    expect(() => make({ devices: [{ name: 'none', size: 0 }] })).toThrow("disk 'none' is empty");
    expect(parseHeader(make({ devices: devices.slice(1) })).devices).toHaveLength(254);
  });
});

describe('a damaged archive', async () => {
  const disks = someDisks(random(7), 2);
  const whole = await archiveOf(disks, random(8));
  const { length: headerLength } = parseHeader(whole);
  const { extents } = readBySpec(whole);
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  const flipped = (at: number, bit: number) =>
    changed((bytes) => {
      bytes[at] = bytes[at]! ^ (1 << bit);
    });

  it('is refused for any bit of its header', async () => {
    const rand = random(3);
    const places = [
      0,
      3,
      4,
      8,
      24,
      32,
      47,
      48,
      52,
      56,
      60,
      2044,
      3068,
      4128,
      12288,
      headerLength - 1,
    ];
    for (let i = 0; i < 60; i++) places.push(Math.floor(rand() * headerLength));
    for (const at of places)
      expect(await refusal(flipped(at, at % 8)), `byte ${at}`).toMatch(
        /^'test.vma': (no VMA archive|VMA archive of unknown version|damaged VMA header at byte|VMA archive ends in its header)/,
      );
  });

  it("is refused for any bit of an extent's header, with the place", async () => {
    const rand = random(4);
    for (const start of extents) {
      for (const within of [0, 4, 6, 8, 23, 24, 39, 40, 43, 47, 511, Math.floor(rand() * 512)]) {
        const text = await refusal(flipped(start + within, within % 8));
        expect(text, `byte ${start + within}`).toContain(`is damaged at byte ${start}: `);
      }
    }
  });

  it('is refused wherever it was cut', async () => {
    const rand = random(5);
    const cuts = [0, 1, 3, 100, 12288, headerLength - 1, headerLength];
    for (const start of extents) cuts.push(start, start + 1, start + 511, start + 512, start + 513);
    for (let i = 0; i < 20; i++) cuts.push(Math.floor(rand() * whole.length));
    cuts.push(whole.length - 1);
    for (const length of cuts) {
      const text = await refusal(whole.subarray(0, length));
      expect(text, `cut to ${length}`).toMatch(/no VMA archive|ends/);
      if (length > headerLength) expect(text, `cut to ${length}`).toMatch(/at byte \d+/);
      if (length > headerLength + 512) expect(text, `cut to ${length}`).toContain('drive-scsi');
    }
  });

  it('is refused with something behind its end', async () => {
    const text = await refusal(Buffer.concat([whole, Buffer.alloc(512)]));
    expect(text).toContain(`is damaged at byte ${whole.length}: no extent begins here`);
  });

  /** An entry of the first extent changed, and the checksum made to fit. */
  const consistent = (change: (head: Buffer) => void) =>
    changed((bytes) => {
      const start = extents[0]!;
      change(bytes.subarray(start, start + 512));
      resum(bytes, start, 512, 24);
    });

  it('is refused where its parts do not fit together, with device and cluster', async () => {
    const count = consistent((head) => head.writeUInt16BE(head.readUInt16BE(6) + 1, 6));
    expect(await refusal(count)).toMatch(/counts \d+ blocks and lists \d+/);
    const unknown = consistent((head) => head.writeUInt8(9, 43));
    expect(await refusal(unknown)).toContain('unknown device 9');
    const foreign = consistent((head) => head.writeUInt8(head[8]! ^ 1, 8));
    expect(await refusal(foreign)).toContain('belongs to another archive');
    const behind = consistent((head) => head.writeUInt32BE(0xffffff, 44));
    expect(await refusal(behind)).toMatch(
      /drive-scsi\d: cluster 16777215 lies behind the disk's end/,
    );
    const twice = consistent((head) => head.copy(head, 48 + 4, 44, 48).toString());
    const entry = whole.subarray(extents[0]! + 40, extents[0]! + 56);
    if (entry[3] === entry[11]) expect(await refusal(twice)).toMatch(/cluster \d+ comes twice/);
    const kind = consistent((head) => head.writeUInt16BE(1, 4));
    expect(await refusal(kind)).toContain('unknown kind');
  });

  it('may lack clusters where it is an increment', async () => {
    const last = extents.at(-1)!;
    await expect(readAll(whole.subarray(0, last), true)).resolves.toBeDefined();
    expect(await refusal(whole.subarray(0, last))).toMatch(
      /lacks \d+ of \d+ clusters of drive-scsi\d/,
    );
  });
});

describe('what tools read of an archive', () => {
  it('has the lines of the original', () => {
    const header = parseHeader(
      buildHeader({
        uuid: UUID,
        // Local time, as it is shown.
        ctime: new Date(2026, 10, 3, 8, 5).getTime() / 1000,
        devices: [
          { name: 'vmstate', size: 4096 },
          { name: 'drive-virtio0', size: 1 << 30 },
        ],
        configs: [{ name: '/tmp/qemu-server.conf', data: 'a' }],
      }),
    );
    const lines = contentText(contentOf(header)).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'CFG: size: 1 name: qemu-server.conf',
      'VMSTATE: dev_id=1 memory: 4096',
      'DEV: dev_id=2 size: 1073741824 devname: drive-virtio0',
    ]);
    expect(lines[3]).toBe('CTIME: Tue Nov  3 08:05:00 2026');
  });

  it('reads the map of vma extract', () => {
    const text =
      'throttling.bps=1024:throttling.group=local:format=raw:0:drive-scsi0=/a=b.raw\nskip=drive-ide2\n1:x=/dev/y\ndone\nnot read\n';
    expect(parseMap(text)).toEqual([
      {
        device: 'drive-scsi0',
        skip: false,
        path: '/a=b.raw',
        format: 'raw',
        bps: 1024,
        group: 'local',
        writeZeroes: false,
      },
      { device: 'drive-ide2', skip: true, path: '', writeZeroes: false },
      { device: 'x', skip: false, path: '/dev/y', writeZeroes: true },
    ]);
    expect(() => parseMap('2:x=/y')).toThrow('parse error');
    expect(() => parseMap('format=raw')).toThrow("option 'format' not terminated");
    expect(() => parseMap('0:/y')).toThrow('no dev name specified');
  });
});

describe('extents by clusters', () => {
  const runsOf = async (extents: { length: number; zero: boolean; dirty: boolean }[]) => {
    let offset = 0;
    const placed = extents.map((extent) => {
      const one = { offset, ...extent };
      offset += extent.length;
      return one;
    });
    async function* stream() {
      yield* placed;
    }
    const kinds: string[] = [];
    for await (const { first, count, kind } of clusterRuns(stream(), offset)) {
      expect(first).toBe(kinds.length);
      for (let i = 0; i < count; i++) kinds.push(kind);
    }
    return { kinds, placed, size: offset };
  };

  it('are data where any of it is, zero where all is, unchanged where none is dirty', async () => {
    for (let seed = 1; seed < 60; seed++) {
      const rand = random(seed);
      const { kinds, placed, size } = await runsOf(
        Array.from({ length: 1 + Math.floor(rand() * 30) }, () => ({
          length: 512 * (1 + Math.floor(rand() * (rand() < 0.5 ? 20 : 600))),
          zero: rand() < 0.5,
          dirty: rand() < 0.6,
        })),
      );
      expect(kinds).toHaveLength(Math.ceil(size / CLUSTER));
      for (const [cluster, kind] of kinds.entries()) {
        const inside = placed.filter(
          (e) => e.offset < (cluster + 1) * CLUSTER && e.offset + e.length > cluster * CLUSTER,
        );
        const expected = !inside.some((e) => e.dirty)
          ? 'unchanged'
          : inside.every((e) => e.zero)
            ? 'zero'
            : 'data';
        expect(kind, `seed ${seed}, cluster ${cluster}`).toBe(expected);
      }
    }
  });

  it('are dirty only where ranges say so', async () => {
    async function* all() {
      yield { offset: 0, length: 100, zero: false, dirty: true };
      yield { offset: 100, length: 50, zero: true, dirty: true };
    }
    const found = [];
    const ranges = [
      { offset: 10, length: 20 },
      { offset: 90, length: 20 },
    ];
    for await (const { offset, length, zero, dirty } of onlyChanged(all(), ranges))
      found.push([offset, length, zero, dirty]);
    expect(found).toEqual([
      [0, 10, false, false],
      [10, 20, false, true],
      [30, 60, false, false],
      [90, 10, false, true],
      [100, 10, true, true],
      [110, 40, true, false],
    ]);
  });
});

it('an extent that was read keeps the place of each cluster', async () => {
  const data = Buffer.alloc(2 * CLUSTER, 1);
  const reader = await VmaReader.open(sourceOf(await archiveOf([{ device: 'd', data }])));
  const extent = new Extent();
  expect(await reader.read(extent)).toBe(true);
  expect([...extent.clusters.subarray(0, extent.count)]).toEqual([0, 1]);
  expect(extent.blocks(1)).toHaveLength(CLUSTER);
  expect(await reader.read(extent)).toBe(false);
});
