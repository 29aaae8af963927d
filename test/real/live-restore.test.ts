/**
 * Live restores: the machine runs and writes while its disks are restored, raw ones too; a kill of
 * the restore, or of all of it, loses nothing of what it wrote.
 */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockGraph, checkData, Writer, writerVm } from './backup-guest.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

describe('a live restore', { timeout: 1_800_000 }, () => {
  let box: Sandbox;
  let archive: string;
  const children: ChildProcess[] = [];

  const begin = (...words: string[]): ChildProcess => {
    const child = box.startTool('qmrestore', ...words);
    children.push(child);
    return child;
  };
  /** The machine was started by it. */
  const runs = (vmid: number, child: ChildProcess) =>
    until(
      () => {
        expect(child.exitCode).toBeNull();
        const text = existsSync(mark(vmid)) ? readFileSync(mark(vmid), 'utf8') : '';
        return box.pid(vmid) !== undefined && text.includes('"live"');
      },
      900,
      'the machine to run',
    );
  const killed = async (child: ChildProcess): Promise<void> => {
    expect(child.exitCode).toBeNull();
    const over = new Promise((done) => child.once('close', done));
    child.kill('SIGKILL');
    await over;
  };
  const image = (vmid: number, key: string) => {
    const volume = new RegExp(`^${key}: local:(\\S+?),`, 'm').exec(box.config(vmid)!)![1]!;
    return join(box.root, 'var/lib/vz/images', volume);
  };
  const scratch = () =>
    existsSync(join(box.root, 'var/tmp')) ? readdirSync(join(box.root, 'var/tmp')) : [];
  const mark = (vmid: number) => join(box.root, `var/lib/pave/restore/${vmid}.json`);

  beforeAll(async () => {
    box = sandbox();
    mkdirSync(join(box.root, 'var/lib/vz/dump'), { recursive: true });
    await writerVm(box, 100);
    const made = await box.run('vzdump', '100');
    expect(made.code, made.stdout + made.stderr).toBe(0);
    archive = readdirSync(join(box.root, 'var/lib/vz/dump')).find((name) => name.endsWith('.vma'))!;
  }, 1_800_000);

  afterAll(() => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    box?.dispose();
  });

  it('that is killed, and killed with its machine, goes on where it was', async () => {
    const words = [`local:backup/${archive}`, '150', '--live-restore', '1'];
    // So slow that it is never done before it is killed.
    const first = begin(...words, '--unique', '1', '--bwlimit', '20');
    await runs(150, first);
    const writer = new Writer(box, 150);
    await writer.start();
    await killed(first);
    expect(box.config(150)).toMatch(/^lock: create$/m);
    const refused = await box.qm('unlock', '150');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('VM 150 runs, and is restored only in part');
    expect(refused.stderr).toContain(`/${archive} 150 --live-restore 1`);
    const second = begin(...words, '--bwlimit', '20');
    await writer.goesOn();
    const synced = writer.synced;
    // A power cut.
    await killed(second);
    process.kill(box.pid(150)!, 'SIGKILL');
    writer.close();
    await until(() => box.pid(150) === undefined, 300, 'the machine to end');
    const started = await box.qm('start', '150');
    expect(started.stderr).toContain('VM is locked (create)');
    const third = await box.run('qmrestore', ...words, '--bwlimit', '0');
    expect(third.code, third.stdout + third.stderr).toBe(0);
    expect(box.config(150)).not.toMatch(/^lock:|^unused/m);
    expect((await blockGraph(box, 150)).filter((name) => /restore/.test(name))).toEqual([]);
    expect(scratch()).toEqual([]);
    expect(existsSync(mark(150))).toBe(false);
    // Each disk is of the kind it was.
    expect(image(150, 'scsi0')).toMatch(/\.raw$/);
    expect(image(150, 'virtio1')).toMatch(/\.qcow2$/);
    // It runs from the volumes alone, and again after a stop.
    const again = new Writer(box, 150);
    await again.start();
    await again.goesOn();
    await box.ok('stop', '150');
    const raw = join(box.root, 'data150.raw');
    execFileSync('qemu-img', ['convert', '-O', 'raw', image(150, 'virtio1'), raw]);
    const last = again.synced;
    again.close();
    // The journal of a machine that was switched off; there is nothing else to mend.
    expect([0, 1]).toContain(spawnSync('e2fsck', ['-p', raw]).status);
    expect(checkData(raw, true)).toBeGreaterThanOrEqual(last - 1);
    expect(synced).toBeGreaterThan(0);
  });

  it('of a disk that is mostly empty, on a node that has not run any machine, copies no zeroes', async () => {
    const fresh = sandbox();
    try {
      const disk = join(fresh.root, 'a.raw');
      execFileSync('qemu-img', ['create', '-q', '-f', 'raw', disk, '3G']);
      const writes = ['write -P 7 3M 9M', 'write -P 9 2G 4k', 'write -P 5 3071M 1M'];
      const words = writes.flatMap((write) => ['-c', write]);
      execFileSync('qemu-io', ['-f', 'raw', ...words, disk], { stdio: 'pipe' });
      writeFileSync(
        join(fresh.root, 'qemu-server.conf'),
        'memory: 64\nkvm: 0\nscsi0: local:1/vm-1-disk-0.raw,size=3G\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n',
      );
      const made = await fresh.run(
        ...(['vma', 'create', '/a.vma', '-c', '/qemu-server.conf'] as const),
        ...['-d', 'format=raw:drive-scsi0=/a.raw'],
      );
      expect(made.code, made.stderr).toBe(0);
      const { code, stdout, stderr } = await fresh.run(
        ...(['qmrestore', '/a.vma', '153', '--live-restore', '1'] as const),
      );
      expect(code, stdout + stderr).toBe(0);
      await fresh.ok('stop', '153');
      const image = join(fresh.root, 'var/lib/vz/images/153/vm-153-disk-0.raw');
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', disk, image]);
      expect(statSync(image).blocks * 512).toBeLessThan(64 << 20);
    } finally {
      fresh.dispose();
    }
  });

  it('that is given up brings back the machine it was to replace', async () => {
    await box.ok('create', '151', '--name', 'former', '--memory', '64', '--scsi0', 'local:0.01');
    const disk = join(box.root, 'var/lib/vz/images/151/vm-151-disk-0.raw');
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 3 0 1M', disk], { stdio: 'pipe' });
    const before = box.config(151)!;
    const content = readFileSync(disk);
    const words = [`local:backup/${archive}`, '151', '--live-restore', '1'];
    const child = begin(...words, '--force', '1', '--unique', '1', '--bwlimit', '20');
    await runs(151, child);
    await killed(child);
    const other = await box.run('qmrestore', `local:backup/${archive}`, '151');
    expect(other.stderr).toContain('a live restore of it was cut short');
    await box.ok('stop', '151', '--skiplock', '1');
    await box.ok('unlock', '151');
    expect(box.config(151)).toBe(before);
    expect(readFileSync(disk).equals(content)).toBe(true);
    expect(box.images().filter((name) => name.startsWith('151/'))).toEqual([
      '151/vm-151-disk-0.raw',
    ]);
    expect(scratch()).toEqual([]);
    expect(existsSync(mark(151))).toBe(false);
  });

  it('of a packed archive asks for the room before it begins', async () => {
    const small = join(box.root, 'small');
    mkdirSync(small);
    execFileSync('zstd', ['-q', '-k', join(box.root, 'var/lib/vz/dump', archive)]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'pave-test', small]);
    try {
      const { code, stderr } = await box.run(
        ...['qmrestore', `local:backup/${archive}.zst`, '152', '--live-restore', '1'],
        ...['--tmpdir', '/small'],
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(
        /no room in \S+\/small to unpack .*: it needs .*\d+ bytes, \d+ are free/,
      );
      expect(stderr).toContain('--tmpdir names another folder');
    } finally {
      execFileSync('umount', [small]);
    }
    expect(box.config(152)).toBeUndefined();
    expect(box.images().filter((name) => name.startsWith('152/'))).toEqual([]);
  });
});
