/** A full disk, files of random bytes, and many changes at once. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../unit/random.js';
import { namedVolumes, volumes } from './faults.js';
import { type Sandbox, sandbox } from './sandbox.js';

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.dispose());

/** Exit code and words of a command that must not fall over. */
async function said(tool: string, ...args: string[]) {
  const result = await box.run(tool, ...args);
  const text = result.stderr;
  expect(text, `${tool} ${args.join(' ')}`).not.toMatch(
    /internal error|\n {4}at |TypeError|Unhandled/,
  );
  return { ...result, text };
}

describe('a full disk', { timeout: 600_000 }, () => {
  const vz = () => join(box.root, 'var/lib/vz');
  beforeEach(() => {
    mkdirSync(vz(), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'pave-test', vz()]);
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', join(box.root, 'source.raw'), '32M']);
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 7 0 24M', join(box.root, 'source.raw')]);
  });
  afterEach(() => execFileSync('umount', [vz()]));

  it('during an import: says so, and leaves nothing', async () => {
    const create = [
      'create',
      '100',
      '--scsi0',
      'local:0.001',
      '--scsi1',
      'local:0,import-from=/source.raw',
    ];
    const { code, text } = await said('qm', ...create);
    expect(code).not.toBe(0);
    expect(text).toMatch(/^unable to create VM 100 - .*No space left on device/);
    expect(box.config(100)).toBeUndefined();
    expect(box.images()).toEqual([]);
    expect(existsSync(join(vz(), 'images/100'))).toBe(false);
    // The same for a VM that is there.
    await box.ok('create', '100', '--scsi0', 'local:0.001');
    const before = box.config(100);
    const set = await said('qm', 'set', '100', '--scsi1', 'local:0,import-from=/source.raw');
    expect(set.code).not.toBe(0);
    expect(set.text).toContain('No space left on device');
    expect(box.config(100)).toBe(before);
    expect(volumes(box)).toEqual(namedVolumes(before));
    // What fits still works.
    await box.ok('set', '100', '--scsi1', 'local:0.001');
  });

  it('during an allocation that takes its space at once', async () => {
    mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
    writeFileSync(
      join(box.root, 'etc/pve/storage.cfg'),
      'dir: local\n\tpath /var/lib/vz\n\tcontent images\n\tpreallocation full\n',
    );
    const { code, text } = await said('qm', 'create', '100', '--scsi0', 'local:1');
    expect(code).not.toBe(0);
    expect(text).toMatch(/No space left on device/);
    expect(box.config(100)).toBeUndefined();
    expect(box.images()).toEqual([]);
    const alloc = await said('pvesm', 'alloc', 'local', '100', '', '1G');
    expect(alloc.code).not.toBe(0);
    expect(alloc.text).toMatch(/No space left on device/);
    expect(box.images()).toEqual([]);
  });
});

describe('a full /etc/pve', { timeout: 600_000 }, () => {
  it('a config that cannot be written stays as it is', async () => {
    await box.ok('create', '100', '--scsi0', 'local:0.001', '--name', 'old');
    const before = box.config(100)!;
    const pve = join(box.root, 'etc/pve');
    const saved = join(box.root, 'saved');
    execFileSync('cp', ['-a', pve, saved]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'pave-test', pve]);
    try {
      execFileSync('cp', ['-a', `${saved}/.`, pve]);
      try {
        writeFileSync(join(pve, 'filler'), Buffer.alloc(1 << 20));
      } catch {
        // As full as it gets.
      }
      const set = await said('qm', 'set', '100', '--name', 'new', '--scsi1', 'local:0.001');
      expect(set.code).not.toBe(0);
      expect(set.text).toMatch(/no space left on device/i);
      expect(box.config(100)).toBe(before);
      expect(volumes(box)).toEqual(namedVolumes(before));
      const create = await said('qm', 'create', '101', '--scsi0', 'local:0.001');
      expect(create.code).not.toBe(0);
      expect(create.text).toMatch(/no space left on device/i);
      expect(box.config(101)).toBeUndefined();
      expect(volumes(box)).toEqual(namedVolumes(before));
      rmSync(join(pve, 'filler'));
      await box.ok('set', '100', '--name', 'new');
      expect(box.config(100)).toMatch(/^name: new$/m);
      // Removing is what makes room, so it needs none.
      expect(() => writeFileSync(join(pve, 'filler'), Buffer.alloc(1 << 20))).toThrow('ENOSPC');
      const destroy = await said('qm', 'destroy', '100');
      expect(destroy.code, destroy.text).toBe(0);
      expect(box.config(100)).toBeUndefined();
      expect(volumes(box)).toEqual([]);
    } finally {
      execFileSync('umount', [pve]);
    }
  });
});

describe('files of random bytes', { timeout: 600_000 }, () => {
  const conf = () => join(box.root, 'etc/pve/nodes/n1/qemu-server/100.conf');
  const seed = Number(process.env.PAVE_SEED ?? 20260101);

  /** Bytes, and lines that look like a config with bytes among them. */
  function junk(n: number): Buffer {
    const dice = random(seed + n);
    if (n % 2 === 0) return Buffer.from(dice.bytes(1 + dice.below(2000)));
    const lines = [
      'name: x',
      'memory: 512',
      'scsi0: local:100/vm-100-disk-0.raw,size=1G',
      '[PENDING]',
      '[snap]',
      '#note',
    ];
    const parts: Buffer[] = [];
    for (let i = 0; i < 12; i++) {
      parts.push(Buffer.from(`${dice.pick(lines)}\n`));
      if (dice.chance(0.5)) parts.push(Buffer.from(dice.bytes(20)), Buffer.from('\n'));
    }
    return Buffer.concat(parts);
  }

  it('as a VM config: every command says what is wrong and changes nothing', async () => {
    await box.ok('create', '100');
    await box.ok('create', '101', '--name', 'sound');
    for (let n = 0; n < 6; n++) {
      const bytes = junk(n);
      writeFileSync(conf(), bytes);
      for (const words of [
        ['config', '100'],
        ['set', '100', '--name', 'new'],
        ['start', '100', '--timeout', '1'],
        ['destroy', '100'],
      ]) {
        const { code, text } = await said('qm', ...words);
        if (words[0] !== 'config') {
          expect(code, words.join(' ')).not.toBe(0);
          expect(text).toMatch(/line \d+|unable to parse|UTF-8/);
        }
        expect(readFileSync(conf()).equals(bytes)).toBe(true);
      }
      // The others are not touched by it.
      const list = await said('qm', 'list');
      expect(list.code).toBe(0);
      expect(list.stdout).toMatch(/101 sound/);
      expect((await said('qm', 'set', '101', '--memory', String(256 + n))).code).toBe(0);
    }
  });

  it('an empty config, as the original makes them: a VM with defaults', async () => {
    await box.ok('create', '100');
    writeFileSync(conf(), '');
    expect(await box.ok('list')).toMatch(/100 VM 100 +stopped/);
    await box.ok('set', '100', '--name', 'alive');
    expect(box.config(100)).toBe('name: alive\n');
    await box.ok('destroy', '100');
  });

  it('bytes that are no text are never rewritten', async () => {
    await box.ok('create', '100');
    const bytes = Buffer.from('name: x\n#caf\xe9\nmemory: 512\n', 'latin1');
    writeFileSync(conf(), bytes);
    const { code, text } = await said('qm', 'set', '100', '--name', 'new');
    expect(code).not.toBe(0);
    expect(text).toMatch(/line 2 is no UTF-8 text\nhint: .*iconv/);
    expect(readFileSync(conf()).equals(bytes)).toBe(true);
  });

  it('as storage.cfg: commands warn, and change no byte that they do not understand', async () => {
    mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
    const path = join(box.root, 'etc/pve/storage.cfg');
    for (let n = 0; n < 4; n++) {
      const bytes = junk(n);
      writeFileSync(path, bytes);
      const status = await said('pvesm', 'status');
      expect(status.code).toBe(0);
      expect(status.stdout).toMatch(/^local +dir +active/m);
      expect(status.text).toMatch(/WARN: file storage.cfg line \d+/);
      const add = await said('pvesm', 'add', 'dir', 'extra', '--path', '/extra');
      const now = readFileSync(path);
      if (add.code === 0) expect(now.subarray(0, bytes.length - 1)).toEqual(bytes.subarray(0, -1));
      else expect(now.equals(bytes)).toBe(true);
    }
  });
});

describe('many at once', { timeout: 600_000 }, () => {
  it('ten qm set lose no change', async () => {
    await box.ok('create', '100');
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        box.qm(
          'set',
          '100',
          `--net${n}`,
          `virtio=02:00:00:00:00:0${n},bridge=vmbr${n}`,
          '--name',
          `n${n}`,
        ),
      ),
    );
    expect(results.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(Array(10).fill('0'));
    for (let n = 0; n < 10; n++)
      expect(box.config(100)).toContain(`net${n}: virtio=02:00:00:00:00:0${n},bridge=vmbr${n}\n`);
    expect(box.config(100)!.match(/^name: n\d$/gm)).toHaveLength(1);
  });

  it('qm set with disks and qm create of the same id', async () => {
    const created = await Promise.all(
      [1, 2, 3].map((n) => box.qm('create', '100', '--name', `n${n}`, '--scsi0', 'local:0.001')),
    );
    expect(created.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const { code, stderr } of created)
      if (code !== 0) expect(stderr).toMatch(/already exists|can't lock/);
    expect(volumes(box)).toEqual(namedVolumes(box.config(100)));
    await Promise.all([1, 2, 3, 4].map((n) => box.ok('set', '100', `--scsi${n}`, 'local:0.001')));
    expect(volumes(box)).toHaveLength(5);
    expect(volumes(box)).toEqual(namedVolumes(box.config(100)));
  });
});
