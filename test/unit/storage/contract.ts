/**
 * What every storage plugin must hold to, run for one storage of a type: what it says it can do it
 * can do, what it does not say it refuses, and names, paths and sizes agree with each other.
 * A plugin's own test file calls `storageContract` once per kind of storage.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectoryStore } from '../../../src/cluster/directory.js';
import { PaveError } from '../../../src/errors.js';
import { createHost } from '../../../src/host/local.js';
import {
  activateStorage,
  allocVolume,
  cloneVolume,
  createBaseVolume,
  deleteVolumeSnapshot,
  freeVolume,
  isBaseInUse,
  listVolumes,
  loadStorages,
  parseVolid,
  parseVolume,
  pluginOf,
  renameVolume,
  resizeVolume,
  rollbackVolume,
  snapshotVolume,
  storageStatus,
  volidOfPath,
  volumeHasFeature,
  volumePath,
  volumeSizeInfo,
  volumeSnapshots,
} from '../../../src/storage/index.js';
import type {
  Feature,
  ImageFormat,
  StorageContext,
  StoragePlugin,
  StorageSection,
} from '../../../src/storage/types.js';

export interface ContractCase {
  /** What the suite is called, e.g. `dir with content-dirs`. */
  name: string;
  storeid: string;
  formats: readonly ImageFormat[];
  /**
   * Makes an empty machine whose storage.cfg has the storage; `dispose` takes everything away.
   * Undefined with a reason where this machine cannot.
   */
  open(): Promise<{ root: string; dispose(): void | Promise<void> }>;
}

const MIB = 1024 * 1024;
const FEATURES: readonly Feature[] = [
  'clone',
  'copy',
  'snapshot',
  'sparseinit',
  'template',
  'rename',
  'replicate',
  'resize',
];

/** Which methods a feature needs. */
const METHODS: Partial<Record<Feature, readonly (keyof StoragePlugin)[]>> = {
  clone: ['clone'],
  snapshot: ['snapshot', 'snapshotDelete', 'snapshotRollback', 'snapshotList'],
  template: ['createBase'],
  rename: ['rename'],
  resize: ['resize'],
};

export function storageContract(test: ContractCase): void {
  describe(`storage contract: ${test.name}`, { timeout: 60_000 }, () => {
    const { storeid } = test;
    let machine: Awaited<ReturnType<ContractCase['open']>>;
    let ctx: StorageContext;
    let storage: StorageSection;
    let plugin: StoragePlugin;

    beforeAll(async () => {
      machine = await test.open();
      const host = createHost({ root: machine.root, node: 'n1' });
      ctx = { host, store: createDirectoryStore(host) };
      storage = loadStorages(ctx).get(storeid)!;
      plugin = pluginOf(storage);
      await activateStorage(ctx, storeid);
    });
    afterAll(() => machine?.dispose());

    const images = async (vmid?: number) =>
      (await listVolumes(ctx, storeid, { vmid, content: ['images', 'rootdir'] })).map(
        ({ volid }) => volid,
      );
    const make = (vmid: number, format: ImageFormat, size = 2 * MIB) =>
      allocVolume(ctx, storeid, { vmid, format, size: format === 'subvol' ? 0 : size });
    const has = (feature: Feature, volid: string, snapshot?: string) =>
      volumeHasFeature(ctx, feature, volid, snapshot === undefined ? {} : { snapshot });
    /** Fills the first 64 KiB of an image with a byte, through QEMU as a guest would. */
    const fill = (volid: string, byte: number) => qemuIo(ctx, volid, `write -P ${byte} 0 64k`);
    const holds = (volid: string, byte: number) => {
      const text = qemuIo(ctx, volid, `read -P ${byte} 0 64k`);
      return !/verification failed/i.test(text);
    };

    it('names its type, and content and formats that agree', () => {
      expect(plugin.type).toBe(storage.type);
      expect(plugin.formats.length).toBeGreaterThan(0);
      for (const format of test.formats) expect(plugin.formats).toContain(format);
      for (const content of plugin.defaultContent) expect(plugin.content).toContain(content);
      for (const content of storage.content) expect(plugin.content).toContain(content);
    });

    it('is active with a size that adds up', async () => {
      const [info] = await storageStatus(ctx, { storeid });
      expect(info).toMatchObject({ storeid, active: true, enabled: true });
      expect(info!.total).toBeGreaterThan(0);
      expect(info!.used + info!.available).toBeLessThanOrEqual(info!.total);
    });

    it.each(['', '/', '..', '../x', 'a/b/c/d/e', 'images/x y', '100/', '100/x.exe'])(
      'takes %j for no volume name',
      (name) => {
        expect(() => plugin.parseVolname(name)).toThrow(PaveError);
        expect(() => plugin.parseVolname(name)).toThrow(/unable to parse/);
      },
    );

    describe.each(test.formats.map((format) => ({ format })))('format $format', ({ format }) => {
      it('declares what its methods can do', async () => {
        const volid = await make(100, format);
        const states = [volid];
        if (has('template', volid))
          states.push(await createBaseVolume(ctx, await make(100, format)));
        for (const state of states) {
          for (const feature of FEATURES) {
            if (!has(feature, state)) continue;
            for (const method of METHODS[feature] ?? [])
              expect(plugin[method], `${feature} needs ${method}`).toBeTypeOf('function');
          }
        }
        for (const state of states) await freeVolume(ctx, state);
        expect(await images()).toEqual([]);
      });

      it('makes, shows, finds and removes an image', async () => {
        const volid = await make(100, format);
        const { volname } = parseVolid(volid);
        expect(parseVolume(ctx, volid)).toMatchObject({ vtype: 'images', vmid: 100, format });
        expect(plugin.parseVolname(volname).isBase ?? false).toBe(false);
        const listed = await listVolumes(ctx, storeid, { vmid: 100, content: ['images'] });
        expect(listed).toHaveLength(1);
        expect(listed[0]).toMatchObject({ volid, vmid: 100, format, content: 'images' });
        const info = await volumeSizeInfo(ctx, volid);
        const size = format === 'subvol' ? 0 : 2 * MIB;
        expect(info).toMatchObject({ size, format });
        expect(listed[0]!.size).toBe(size);
        const path = volumePath(ctx, volid);
        expect(path.startsWith('/') || /^[a-z]+:/.test(path)).toBe(true);
        if (path.startsWith('/') && plugin.volnameOfPath !== undefined)
          expect(await volidOfPath(ctx, path)).toEqual({ vtype: 'images', volid });
        await plugin.activateVolume?.(ctx, storage, volname);
        await plugin.deactivateVolume?.(ctx, storage, volname);
        await freeVolume(ctx, volid);
        expect(await images()).toEqual([]);
        expect(await volumeSizeInfo(ctx, volid)).toBeUndefined();
        // Gone already: whoever cleans up may call it twice.
        await freeVolume(ctx, volid);
        if (plugin.activateVolume !== undefined)
          await expect(plugin.activateVolume(ctx, storage, volname)).rejects.toThrow(volid);
      });

      it('gives each image the lowest free name and never the same twice', async () => {
        const made = await Promise.all([1, 2, 3, 4].map(() => make(101, format)));
        expect(new Set(made).size).toBe(4);
        expect((await images(101)).sort()).toEqual([...made].sort());
        const second = [...made].sort()[1]!;
        await freeVolume(ctx, second);
        expect(await make(101, format)).toBe(second);
        const other = await make(102, format);
        expect(await images(102)).toEqual([other]);
        const only = await listVolumes(ctx, storeid, { volids: [other] });
        expect(only.map(({ volid }) => volid)).toEqual([other]);
        for (const volid of [...made, other]) await freeVolume(ctx, volid);
        expect(await images()).toEqual([]);
      });

      it('takes a name of its own and refuses one that is taken', async () => {
        const name = parseVolume(ctx, await make(103, format)).name.replace(/disk-0/, 'data');
        const request = { vmid: 103, format, name, size: format === 'subvol' ? 0 : MIB };
        const volid = await allocVolume(ctx, storeid, request);
        expect(parseVolume(ctx, volid).name).toBe(name);
        const before = await images(103);
        await expect(allocVolume(ctx, storeid, request)).rejects.toThrow(/already exists/);
        expect(await images(103)).toEqual(before);
        for (const image of before) await freeVolume(ctx, image);
      });

      it('grows where it says so, and refuses else', async () => {
        const volid = await make(104, format);
        if (has('resize', volid)) {
          fill(volid, 0x11);
          await resizeVolume(ctx, volid, 5 * MIB, false);
          expect(await volumeSizeInfo(ctx, volid)).toMatchObject({ size: 5 * MIB });
          expect(holds(volid, 0x11)).toBe(true);
        } else {
          await expect(resizeVolume(ctx, volid, 5 * MIB, false)).rejects.toThrow(PaveError);
          expect(await volumeSizeInfo(ctx, volid)).toMatchObject({
            size: format === 'subvol' ? 0 : 2 * MIB,
          });
        }
        await freeVolume(ctx, volid);
      });

      it('takes snapshots, rolls back and removes them where it says so, and refuses else', async () => {
        const volid = await make(105, format);
        if (!has('snapshot', volid)) {
          await expect(snapshotVolume(ctx, volid, 'one')).rejects.toThrow(PaveError);
          expect(await volumeSnapshots(ctx, volid)).toEqual([]);
          await freeVolume(ctx, volid);
          return;
        }
        fill(volid, 0x21);
        await snapshotVolume(ctx, volid, 'one');
        fill(volid, 0x22);
        await snapshotVolume(ctx, volid, 'two');
        fill(volid, 0x23);
        expect((await volumeSnapshots(ctx, volid)).map(({ name }) => name)).toEqual(['one', 'two']);
        for (const { ctime } of await volumeSnapshots(ctx, volid))
          expect(Math.abs(ctime - Date.now() / 1000)).toBeLessThan(300);
        expect(await images(105)).toEqual([volid]);
        await rollbackVolume(ctx, volid, 'two');
        expect(holds(volid, 0x22)).toBe(true);
        await deleteVolumeSnapshot(ctx, volid, 'two', false);
        await rollbackVolume(ctx, volid, 'one');
        expect(holds(volid, 0x21)).toBe(true);
        await deleteVolumeSnapshot(ctx, volid, 'one', false);
        expect(await volumeSnapshots(ctx, volid)).toEqual([]);
        expect(holds(volid, 0x21)).toBe(true);
        await expect(rollbackVolume(ctx, volid, 'one')).rejects.toThrow(PaveError);
        await freeVolume(ctx, volid);
        expect(await images()).toEqual([]);
      });

      it('makes base images and linked clones where it says so, and refuses else', async () => {
        const source = await make(106, format);
        if (!has('template', source)) {
          await expect(createBaseVolume(ctx, source)).rejects.toThrow(PaveError);
          expect(await images(106)).toEqual([source]);
          await freeVolume(ctx, source);
          return;
        }
        if (format !== 'subvol') fill(source, 0x31);
        await expect(cloneVolume(ctx, source, 107)).rejects.toThrow(PaveError);
        const base = await createBaseVolume(ctx, source);
        expect(parseVolume(ctx, base)).toMatchObject({ vmid: 106, format });
        expect(await images(106)).toEqual([base]);
        // Only what linked clones can stand on needs a name of its own.
        if (has('clone', base)) {
          expect(parseVolume(ctx, base).isBase).toBe(true);
          await expect(createBaseVolume(ctx, base)).rejects.toThrow(PaveError);
        }
        expect(await isBaseInUse(ctx, base)).toBe(false);
        if (has('clone', base)) {
          const clone = await cloneVolume(ctx, base, 107);
          const { basename, basevmid, vmid } = parseVolume(ctx, clone);
          // Types whose clones do not tell their base by name keep it busy in their own way.
          if (basename !== undefined) {
            expect({ basename, basevmid, vmid }).toEqual({
              basename: parseVolume(ctx, base).name,
              basevmid: 106,
              vmid: 107,
            });
            expect(await isBaseInUse(ctx, base)).toBe(true);
            await expect(freeVolume(ctx, base)).rejects.toThrow(/still in use by linked clones/);
          }
          expect(await images(107)).toEqual([clone]);
          expect(holds(clone, 0x31)).toBe(true);
          fill(clone, 0x32);
          expect(holds(base, 0x31)).toBe(true);
          await freeVolume(ctx, clone);
          expect(await isBaseInUse(ctx, base)).toBe(false);
        } else {
          await expect(cloneVolume(ctx, base, 107)).rejects.toThrow(PaveError);
          expect(await images(107)).toEqual([]);
        }
        await freeVolume(ctx, base);
        expect(await images()).toEqual([]);
      });

      it('hands an image to another guest where it says so, and refuses else', async () => {
        const volid = await make(108, format);
        if (!has('rename', volid)) {
          await expect(renameVolume(ctx, volid, 109)).rejects.toThrow(PaveError);
          expect(await images()).toEqual([volid]);
          await freeVolume(ctx, volid);
          return;
        }
        fill(volid, 0x41);
        const moved = await renameVolume(ctx, volid, 109);
        expect(parseVolume(ctx, moved).vmid).toBe(109);
        expect(await images()).toEqual([moved]);
        expect(holds(moved, 0x41)).toBe(true);
        const other = await make(109, format);
        const taken = parseVolume(ctx, other).name;
        await expect(renameVolume(ctx, moved, 109, taken)).rejects.toThrow(/already exists/);
        expect(holds(moved, 0x41)).toBe(true);
        for (const image of [moved, other]) await freeVolume(ctx, image);
      });

      it('refuses what is not there', async () => {
        const volid = await make(110, format);
        await freeVolume(ctx, volid);
        const checks: [Feature, () => Promise<unknown>][] = [
          ['resize', () => resizeVolume(ctx, volid, 5 * MIB, false)],
          ['snapshot', () => snapshotVolume(ctx, volid, 'one')],
          ['template', () => createBaseVolume(ctx, volid)],
          ['rename', () => renameVolume(ctx, volid, 111)],
        ];
        for (const [, act] of checks) await expect(act()).rejects.toThrow(PaveError);
        expect(await images()).toEqual([]);
      });
    });

    it('refuses formats it does not make', async () => {
      for (const format of (['raw', 'qcow2', 'vmdk', 'subvol'] as const).filter(
        (name) => !plugin.formats.includes(name),
      ))
        await expect(make(100, format)).rejects.toThrow(/does not support format/);
    });
  });
}

/** Runs a command of qemu-io on a volume; gives its output. */
function qemuIo(ctx: StorageContext, volid: string, command: string): string {
  const path = volumePath(ctx, volid);
  const { format } = parseVolume(ctx, volid);
  const readOnly = command.startsWith('read') ? ['-r'] : [];
  if (path.startsWith('/')) statSync(path);
  return execFileSync('qemu-io', [...readOnly, '-f', format ?? 'raw', '-c', command, path], {
    encoding: 'utf8',
  });
}
