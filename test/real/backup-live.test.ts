import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockGraph, checkData, Writer, writerVm } from './backup-guest.js';
import { MonitorProxy } from './monitor-proxy.js';
import { qmp } from './qmp.js';
import { type Sandbox, Serial, sandbox, untilAsync } from './sandbox.js';

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
  }, 1_800_000);

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
  }, 1_800_000);

  it('killed at any step leaves the guest running; the next run takes away what it left', async () => {
    const command = ['vzdump', String(VM), '--fleecing', 'enabled=1,storage=local'];
    const whole = async () => {
      for (const name of archives()) rmSync(join(dump, name), { recursive: true });
      const before = writer.synced;
      const result = await box.run(command[0]!, ...command.slice(1));
      expect(`${result.code} ${result.stdout}${result.stderr}`).toMatch(/^0 /);
      await clean();
      return before;
    };
    const proxy = await MonitorProxy.between(box, VM);
    try {
      proxy.arm();
      await whole();
      // Before one is behind the one before it; what takes a while is also cut off in its midst.
      const steps = proxy.steps.filter(
        ({ command: name, nth, when }) =>
          when === 'after' ||
          process.env.PAVE_FAULTS === 'all' ||
          (nth === 1 && /^(transaction|block-dirty-bitmap-add|guest-fs)/.test(name)),
      );
      const met = new Set<string>();
      for (const [n, step] of steps.entries()) {
        const child = box.startTool(command[0]!, ...command.slice(1));
        const closed = new Promise((done) => child.once('close', done));
        proxy.arm(step, () => {
          met.add(step.command);
          child.kill('SIGKILL');
        });
        await closed;
        await writer.goesOn();
        proxy.arm();
        // The others are cleared away by a run that is killed itself.
        if (n % 4 === 3) await whole();
      }
      // The others depend on which disk is done first.
      expect([...met]).toEqual(
        expect.arrayContaining([
          ...['blockdev-add', 'guest-fsfreeze-freeze', 'transaction', 'guest-fsfreeze-thaw'],
          ...['block-dirty-bitmap-add', 'block-dirty-bitmap-merge', 'job-dismiss', 'blockdev-del'],
        ]),
      );
    } finally {
      await proxy.close();
    }
    const before = await whole();
    const image = await extract(archives().find((name) => name.endsWith('.vma'))!);
    expect(checkData(image, true)).toBeGreaterThanOrEqual(before - 1);
    rmSync(join(image, '..'), { recursive: true });
  }, 1_800_000);

  it('told to end, cleans up itself', async () => {
    const child = box.startTool('vzdump', String(VM), '--bwlimit', '1');
    const closed = new Promise((done) => child.once('close', done));
    await untilAsync(
      async () => ((await qmp(box, VM, 'query-jobs')) as unknown[]).length > 0,
      600,
      'the backup to begin',
    );
    child.kill('SIGTERM');
    const code = await closed;
    expect(code).not.toBe(0);
    await clean();
    await writer.goesOn();
  }, 1_800_000);

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
  }, 1_800_000);

  it('increments hold what changed; any point of the chain comes back, and parents stay', async () => {
    for (const name of readdirSync(dump)) rmSync(join(dump, name));
    const points: { archive: string; synced: number }[] = [];
    for (let n = 0; n < 3; n++) {
      const synced = writer.synced;
      const result = await box.run('vzdump', String(VM), '--compress', 'zstd', '--fullbackup', '3');
      expect(result.code, result.stdout + result.stderr).toBe(0);
      if (n > 0) {
        expect(result.stdout).toMatch(/virtio1: dirty-bitmap status: OK \(\d/);
        // Nobody has written to the boot disk since: nothing of it is in the increment.
        expect(result.stdout).toContain('scsi0: dirty-bitmap status: OK (drive clean)');
      }
      const archive = archives()
        .filter((name) => !name.endsWith('.parents'))
        .sort()
        .at(-1)!;
      expect(archive).toMatch(n === 0 ? /\.vma\.zst$/ : /\.vma-inc\.zst$/);
      points.push({ archive, synced });
      await writer.goesOn();
    }
    const verified = await box.run('pave', 'backup', 'verify', '--all', '--output-format', 'json');
    expect(JSON.parse(verified.stdout)).toHaveLength(3);
    expect(verified).toMatchObject({ code: 0 });
    expect((await box.run('pvesm', 'list', 'local', '--content', 'backup')).stdout).toMatch(
      /vma-inc\.zst.* verified\(checksums\)$/m,
    );
    const freed = await box.run('pvesm', 'free', `local:backup/${points[0]!.archive}`);
    expect(freed.code).not.toBe(0);
    expect(freed.stderr).toContain(points[1]!.archive);
    for (const [n, { archive, synced }] of points.entries()) {
      if (n === 1) continue;
      const restored = await box.run('qmrestore', `local:backup/${archive}`, '200', '--unique');
      expect(restored).toMatchObject({ code: 0 });
      const volume = /^virtio1: local:(\S+?),/m.exec(box.config(200)!)![1]!;
      const raw = join(box.root, 'chain.raw');
      const qcow2 = join(box.root, 'var/lib/vz/images', volume);
      execFileSync('qemu-img', ['convert', '-O', 'raw', qcow2, raw]);
      expect(checkData(raw, true)).toBeGreaterThanOrEqual(synced - 1);
      await box.ok('destroy', '200');
    }
    // The same while it runs: it boots from the archive, which is gone from below it afterwards.
    const live = await box.run(
      'qmrestore',
      `local:backup/${points[2]!.archive}`,
      '201',
      ...['--live-restore', '1', '--unique'],
    );
    expect(live.code, live.stdout + live.stderr).toBe(0);
    expect(box.config(201)).not.toMatch(/^lock:/m);
    const other = new Serial(box, 201);
    await other.shell(600);
    other.close();
    expect((await blockGraph(box, 201)).filter((name) => /restore/.test(name))).toEqual([]);
    await box.ok('stop', '201');
    const liveVolume = /^virtio1: local:(\S+?),/m.exec(box.config(201)!)![1]!;
    const liveRaw = join(box.root, 'live.raw');
    const liveImage = join(box.root, 'var/lib/vz/images', liveVolume);
    execFileSync('qemu-img', ['convert', '-O', 'raw', liveImage, liveRaw]);
    expect(checkData(liveRaw, true)).toBeGreaterThanOrEqual(points[2]!.synced - 1);
    await box.ok('destroy', '201');
    // A parent that is gone: nothing is restored, and the next backup is a full one.
    rmSync(join(dump, points[1]!.archive));
    const broken = await box.run('qmrestore', `local:backup/${points[2]!.archive}`, '200');
    expect(broken.code).not.toBe(0);
    expect(broken.stderr).toMatch(/cannot be restored without its parents/);
    expect(box.config(200)).toBeUndefined();
  }, 1_800_000);

  it('an increment of a guest that was off in between is found by comparison', async () => {
    for (const name of readdirSync(dump)) rmSync(join(dump, name));
    const run = () => box.run('vzdump', String(VM), '--fullbackup', '3');
    expect(await run()).toMatchObject({ code: 0 });
    writer.close();
    await box.ok('stop', String(VM));
    const stopped = await run();
    expect(stopped).toMatchObject({ code: 0 });
    expect(stopped.stdout).toContain('comparing with the last backup');
    await box.ok('start', String(VM));
    writer = new Writer(box, VM);
    await writer.start();
    const synced = writer.synced;
    const running = await run();
    expect(running).toMatchObject({ code: 0 });
    expect(running.stdout).toContain('no dirty bitmap of the last backup: comparing');
    const last = archives()
      .filter((name) => /vma-inc$/.test(name))
      .sort()
      .at(-1)!;
    expect(await box.run('qmrestore', `local:backup/${last}`, '200', '--unique')).toMatchObject({
      code: 0,
    });
    const restored = /^virtio1: local:(\S+?),/m.exec(box.config(200)!)![1]!;
    const raw = join(box.root, 'compared.raw');
    const qcow2 = join(box.root, 'var/lib/vz/images', restored);
    execFileSync('qemu-img', ['convert', '-O', 'raw', qcow2, raw]);
    expect(checkData(raw, true)).toBeGreaterThanOrEqual(synced - 1);
    await box.ok('destroy', '200');
    graph = await blockGraph(box, VM);
  }, 1_800_000);

  it('a QEMU that dies fails the backup', async () => {
    const backup = box.run('vzdump', String(VM), '--bwlimit', '1');
    await untilAsync(
      async () => ((await qmp(box, VM, 'query-jobs')) as unknown[]).length > 0,
      600,
      'the backup to begin',
    );
    process.kill(box.pid(VM)!, 'SIGKILL');
    const { code, stdout, stderr } = await backup;
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(
      `VM ${VM} failed - VM ${VM}: its QEMU ended during the backup: it was killed, or crashed`,
    );
    expect(box.config(VM)).not.toMatch(/^lock:/m);
    expect(archives().filter((name) => /\.(dat|tmp)/.test(name))).toEqual([]);
  }, 1_800_000);
});
