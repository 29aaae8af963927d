import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockGraph, checkData, Writer, writerVm } from './backup-guest.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

const VM = 100;

describe('backup of a guest that writes all the time', () => {
  let box: Sandbox;
  let writer: Writer;
  let graph: string[];
  let dump: string;

  const archives = () => readdirSync(dump).filter((name) => /\.(vma|dat|tmp)/.test(name));
  /** The data disk out of a full archive. */
  const extract = async (archive: string): Promise<string> => {
    const to = `/restored-${Math.random().toString(36).slice(2)}`;
    const result = await box.run('vma', 'extract', `/var/lib/vz/dump/${archive}`, to);
    expect(result).toMatchObject({ code: 0 });
    return join(box.root, to, 'disk-drive-virtio1.raw');
  };
  const clean = async () => {
    expect(await blockGraph(box, VM)).toEqual(graph);
    expect(box.images().filter((name) => name.includes('fleece'))).toEqual([]);
    expect(box.config(VM)).not.toMatch(/^lock:|fleecing/m);
    expect(archives().filter((name) => /\.(dat|tmp)/.test(name))).toEqual([]);
  };

  beforeAll(async () => {
    box = sandbox();
    dump = join(box.root, 'var/lib/vz/dump');
    mkdirSync(dump, { recursive: true });
    await writerVm(box, VM);
    await box.ok('start', String(VM));
    writer = new Writer(box, VM);
    await writer.start();
    graph = await blockGraph(box, VM);
  }, 300_000);

  afterAll(() => {
    writer?.close();
    box?.dispose();
  });

  it('is of one instant, with frozen file systems, and the guest goes on', async () => {
    const before = writer.synced;
    const result = await box.run('vzdump', String(VM), '--compress', 'zstd');
    expect(result.stdout + result.stderr).toContain("issuing guest-agent 'fs-freeze' command");
    expect(result.code).toBe(0);
    await writer.goesOn();
    await clean();
    const [archive] = archives();
    const image = await extract(archive!);
    expect(readdirSync(join(image, '..'))).not.toContain('disk-drive-scsi2.raw');
    expect(checkData(image, true)).toBeGreaterThanOrEqual(before - 1);
    rmSync(join(image, '..'), { recursive: true });
  }, 200_000);

  it('killed at any moment leaves the guest running; the next run takes away what it left', async () => {
    const other = `${VM}`;
    for (const delay of [150, 300, 450, 700, 1100, 1800]) {
      const child = box.startTool('vzdump', other, '--fleecing', 'enabled=1,storage=local');
      await new Promise((done) => setTimeout(done, delay));
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      await writer.goesOn();
    }
    for (const name of archives()) if (/\.vma$/.test(name)) rmSync(join(dump, name));
    const before = writer.synced;
    const result = await box.run('vzdump', other, '--fleecing', 'enabled=1,storage=local');
    expect(result).toMatchObject({ code: 0 });
    await clean();
    const image = await extract(archives().find((name) => name.endsWith('.vma'))!);
    expect(checkData(image, true)).toBeGreaterThanOrEqual(before - 1);
    rmSync(join(image, '..'), { recursive: true });
  }, 400_000);

  it('told to end, cleans up itself', async () => {
    const child = box.startTool('vzdump', String(VM), '--bwlimit', '2000');
    await until(() => archives().some((name) => name.endsWith('.dat')), 60, 'the backup to begin');
    await new Promise((done) => setTimeout(done, 1500));
    child.kill('SIGTERM');
    const code = await new Promise((done) => child.once('close', done));
    expect(code).not.toBe(0);
    await clean();
    await writer.goesOn();
  }, 200_000);

  it('a full target fails the backup, not the guest', async () => {
    const small = join(box.root, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6M', 'none', small]);
    try {
      const result = await box.run('vzdump', String(VM), '--dumpdir', '/small');
      expect(result.code).not.toBe(0);
      expect(result.stdout + result.stderr).toMatch(/No space left|ENOSPC/i);
      expect(readdirSync(small).filter((name) => !name.endsWith('.log'))).toEqual([]);
      await clean();
      await writer.goesOn();
    } finally {
      execFileSync('umount', [small]);
    }
  }, 200_000);

  it('a QEMU that dies fails the backup', async () => {
    const child = box.startTool('vzdump', String(VM), '--bwlimit', '2000');
    await until(() => archives().some((name) => name.endsWith('.dat')), 60, 'the backup to begin');
    await new Promise((done) => setTimeout(done, 2000));
    process.kill(box.pid(VM)!, 'SIGKILL');
    const code = await new Promise((done) => child.once('close', done));
    expect(code).not.toBe(0);
    expect(box.config(VM)).not.toMatch(/^lock:/m);
    expect(archives().filter((name) => /\.(dat|tmp)/.test(name))).toEqual([]);
  }, 200_000);
});
