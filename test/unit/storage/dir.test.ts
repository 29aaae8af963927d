import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectoryStore } from '../../../src/cluster/directory.js';
import { createHost } from '../../../src/host/local.js';
import {
  freeVolume,
  listVolumes,
  setVolumeAttribute,
  volumeAttribute,
} from '../../../src/storage/index.js';
import type { StorageContext } from '../../../src/storage/types.js';
import { type ContractCase, storageContract } from './contract.js';

const FORMATS = ['raw', 'qcow2', 'vmdk', 'subvol'] as const;

function dirCase(name: string, keys: readonly string[]): ContractCase {
  return {
    name,
    storeid: 'store',
    formats: FORMATS,
    async open() {
      const root = mkdtempSync(join(tmpdir(), 'pave-contract-'));
      mkdirSync(join(root, 'etc/pve'), { recursive: true });
      const content = keys.some((key) => key.startsWith('content '))
        ? []
        : ['content images,rootdir'];
      const lines = ['path /data', ...content, ...keys];
      writeFileSync(
        join(root, 'etc/pve/storage.cfg'),
        `dir: store\n${lines.map((line) => `\t${line}\n`).join('')}\n`,
      );
      return { root, dispose: () => rmSync(root, { recursive: true, force: true }) };
    },
  };
}

storageContract(dirCase('dir', []));
storageContract(
  dirCase('dir with folders of its own, shared', ['content-dirs images=vm/disks', 'shared 1']),
);

describe('backups of a dir storage', () => {
  const name = (day: number) => `backup/vzdump-qemu-100-2024_01_0${day}-00_00_00.vma`;
  let opened: Awaited<ReturnType<ContractCase['open']>>;
  let ctx: StorageContext;

  beforeEach(async () => {
    opened = await dirCase('backups', ['content backup', 'max-protected-backups 1']).open();
    const host = createHost({ root: opened.root, node: 'n1' });
    ctx = { host, store: createDirectoryStore(host) };
    mkdirSync(join(opened.root, 'data/dump'), { recursive: true });
    for (const day of [1, 2])
      writeFileSync(join(opened.root, 'data/dump', basename(name(day))), 'x');
  });
  afterEach(() => opened.dispose());

  it('have notes and a protection, so many of a guest as max-protected-backups says', async () => {
    const [one, two] = [`store:${name(1)}`, `store:${name(2)}`];
    await setVolumeAttribute(ctx, one, 'notes', 'before the upgrade\nline two');
    expect(await volumeAttribute(ctx, one, 'notes')).toBe('before the upgrade\nline two');
    await setVolumeAttribute(ctx, one, 'protected', true);
    await setVolumeAttribute(ctx, one, 'protected', true);
    const listed = await listVolumes(ctx, 'store', { content: ['backup'] });
    expect(listed).toMatchObject([
      { volid: one, notes: 'before the upgrade', protected: true, vmid: 100 },
      { volid: two },
    ]);
    await expect(setVolumeAttribute(ctx, two, 'protected', true)).rejects.toThrow(
      'The number of protected backups per guest is limited to 1',
    );
    expect(await volumeAttribute(ctx, two, 'protected')).toBe(false);
    await expect(freeVolume(ctx, one)).rejects.toThrow(/cannot remove protected volume/);
    await setVolumeAttribute(ctx, one, 'protected', false);
    await freeVolume(ctx, one);
    expect(readdirSync(join(opened.root, 'data/dump'))).toEqual([basename(name(2))]);
  });
});
