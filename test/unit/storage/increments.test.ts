import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHost } from '../../../src/host/local.js';
import { doomedBackups, markBackups } from '../../../src/storage/core/prune.js';
import { archiveInfo } from '../../../src/storage/files/archive.js';
import { neededBy, parentsOf, verdictOf } from '../../../src/storage/files/increments.js';

const day = (n: number) => `vzdump-qemu-100-2024_01_0${n}-00_00_00`;
const full = (n: number) => `${day(n)}.vma.zst`;
const inc = (n: number) => `${day(n)}.vma-inc.zst`;

describe('increments among backups', () => {
  let root: string;
  const files = () => createHost({ root }).files;
  const put = (name: string, text = '') => writeFileSync(join(root, 'dump', name), text);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pave-inc-'));
    mkdirSync(join(root, 'dump'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are archives of their own kind', () => {
    expect(archiveInfo(inc(1))).toMatchObject({
      format: 'vma',
      compression: 'zst',
      increment: true,
      vmid: 100,
      is_std_name: 1,
    });
    expect(archiveInfo(full(1)).increment).toBeUndefined();
    // The original's patterns, which must not match.
    expect(inc(1)).not.toMatch(/\.(tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/);
    expect(`${day(1)}.vma-inc`).not.toMatch(/\.(tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/);
  });

  it('need what their list names', () => {
    for (const name of [full(1), full(2), inc(3)]) put(name);
    put(`${inc(3)}.parents`, `${full(2)}\n`);
    expect(parentsOf(files(), '/dump', inc(3))).toEqual([full(2)]);
    expect(parentsOf(files(), '/dump', full(2))).toEqual([]);
    expect(neededBy(files(), '/dump', full(2))).toBe(inc(3));
    expect(neededBy(files(), '/dump', full(1))).toBeUndefined();
  });

  it('need every older backup of their guest where the list is lost', () => {
    for (const name of [full(1), full(2), inc(3), full(4), full(1).replace('-100-', '-101-')])
      put(name);
    expect(parentsOf(files(), '/dump', inc(3)).sort()).toEqual([full(1), full(2)]);
  });

  it('keep what they need, transitively by their lists', () => {
    const backups = [
      { volid: `b:backup/${full(1)}` },
      { volid: `b:backup/${inc(2)}`, needs: [full(1)] },
      { volid: `b:backup/${inc(3)}`, needs: [full(1), inc(2)] },
      { volid: `b:backup/${full(4)}` },
    ];
    const marks = (keep: Record<string, number>) =>
      markBackups(backups, keep).map(({ mark }) => mark);
    expect(marks({ 'keep-last': 1 })).toEqual(['remove', 'remove', 'remove', 'keep']);
    expect(marks({ 'keep-last': 2 })).toEqual(['keep', 'keep', 'keep', 'keep']);
    const order = doomedBackups(markBackups(backups, { 'keep-last': 1 }));
    expect(order.map(({ volid }) => volid)).toEqual(
      [inc(3), inc(2), full(1)].map((name) => `b:backup/${name}`),
    );
  });

  it('have a verdict that must be readable', () => {
    put(full(1));
    expect(verdictOf(files(), `/dump/${full(1)}`)).toBeUndefined();
    put(`${full(1)}.verified`, '{"state":"ok","time":5,"what":"checksums"}');
    expect(verdictOf(files(), `/dump/${full(1)}`)).toEqual({
      state: 'ok',
      time: 5,
      what: 'checksums',
    });
    put(`${full(1)}.verified`, 'rubbish');
    expect(verdictOf(files(), `/dump/${full(1)}`)).toBeUndefined();
  });
});
