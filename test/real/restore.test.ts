/** Restores that go wrong: damage, a full disk, a kill at every change. The guest that was there stays. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atEveryChange, namedVolumes, volumes } from './faults.js';
import { type Sandbox, sandbox } from './sandbox.js';

let box: Sandbox;
const ARCHIVE = '/var/lib/vz/dump/vzdump-qemu-100-2024_01_31-02_00_00.vma';
const image = (name: string) => join(box.root, 'var/lib/vz/images', name);
const same = (a: string, format: string, b: string) =>
  execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', format, a, b], { stdio: 'pipe' });

/** An archive of a raw and a qcow2 disk, and a guest of that id with a disk of its own. */
beforeEach(async () => {
  box = sandbox();
  mkdirSync(join(box.root, 'var/lib/vz/dump'), { recursive: true });
  const raw = join(box.root, 'a.raw');
  execFileSync('qemu-img', ['create', '-q', '-f', 'raw', raw, '32M']);
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 7 3M 9M', '-c', 'write -P 9 31M 4k', raw]);
  execFileSync('qemu-img', ['convert', '-O', 'qcow2', raw, join(box.root, 'b.qcow2')]);
  writeFileSync(
    join(box.root, 'qemu-server.conf'),
    'memory: 64\nname: back\nscsi0: local:100/vm-100-disk-0.raw,size=32M\nscsi1: local:100/vm-100-disk-1.qcow2,size=32M\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n#qmdump#map:scsi1:drive-scsi1:local:qcow2:\n',
  );
  const disks = ['-d', 'format=raw:drive-scsi0=/a.raw', '-d', 'format=qcow2:drive-scsi1=/b.qcow2'];
  const made = await box.run('vma', 'create', ARCHIVE, '-c', '/qemu-server.conf', ...disks);
  expect(`${made.code} ${made.stderr}`).toBe('0 ');
}, 900_000);
afterEach(() => box.dispose());

async function withGuest(): Promise<string> {
  await box.ok('create', '100', '--name', 'old', '--memory', '64', '--scsi0', 'local:0.01');
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 3 0 1M', image('100/vm-100-disk-0.raw')]);
  return box.config(100)!;
}

describe('a restore', { timeout: 1_800_000 }, () => {
  it('gives every disk as it was, from a file, packed, and from a pipe', async () => {
    const check = (vmid: number) => {
      same(join(box.root, 'a.raw'), 'raw', image(`${vmid}/vm-${vmid}-disk-0.raw`));
      same(join(box.root, 'a.raw'), 'qcow2', image(`${vmid}/vm-${vmid}-disk-1.qcow2`));
    };
    expect(await box.run('qmrestore', ARCHIVE, '101')).toMatchObject({ code: 0, stderr: '' });
    check(101);
    const archive = join(box.root, ARCHIVE);
    execFileSync('zstd', ['-q', archive]);
    expect(await box.run('qmrestore', `${ARCHIVE}.zst`, '102')).toMatchObject({ code: 0 });
    check(102);
    const tool = new URL('../../bin/qmrestore', import.meta.url).pathname;
    const script = `zstd -dc ${archive}.zst | ${tool} - 103`;
    execFileSync('bash', ['-c', script], { env: box.env, stdio: 'pipe' });
    check(103);
    const config = 'memory: 64\nname: back\n';
    expect(box.config(103)).toContain(config);
  });

  it('of a damaged archive is refused with the place, and leaves what was there', async () => {
    const before = await withGuest();
    const path = join(box.root, ARCHIVE);
    const at = readFileSync(path).lastIndexOf('VMAE');
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from([0xff]), 0, 1, at + 50);
    closeSync(fd);
    for (const words of [['100', '--force'], ['101']]) {
      const { code, stderr } = await box.run('qmrestore', ARCHIVE, ...words);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`is damaged at byte ${at}: `);
    }
    expect(box.config(100)).toBe(before);
    expect(box.config(101)).toBeUndefined();
    expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    const cut = readFileSync(path).subarray(0, at - 5);
    writeFileSync(path, cut);
    const short = await box.run('vma', 'verify', ARCHIVE);
    expect(short.stderr).toMatch(/the archive ends in .*drive-scsi\d, cluster \d+/);
  });

  it('of an archive whose names lead to other files is refused', async () => {
    const config = join(box.root, 'qemu-server.conf');
    writeFileSync(config, '#qmdump#map:../../../a:../../../a.raw:local:raw:\n');
    const odd = '/var/lib/vz/dump/odd.vma';
    const disk = 'format=raw:../../../a.raw=/b.qcow2';
    expect(
      await box.run('vma', 'create', odd, '-c', '/qemu-server.conf', '-d', disk),
    ).toMatchObject({ code: 0 });
    const before = readFileSync(join(box.root, 'a.raw'));
    const restored = await box.run('qmrestore', odd, '101');
    expect(restored.stderr).toContain("the archive names a drive '../../../a'");
    const extracted = await box.run('vma', 'extract', odd, '/x/y');
    expect(extracted.stderr).toContain("'../../../a.raw', which is no file name");
    expect([restored.code, extracted.code]).toEqual([255, 255]);
    expect(before.equals(readFileSync(join(box.root, 'a.raw')))).toBe(true);
    expect(box.images()).toEqual([]);
  });

  it('onto a full disk leaves what was there', async () => {
    const before = await withGuest();
    const vz = join(box.root, 'var/lib/vz/images');
    mkdirSync(join(box.root, 'keep'));
    execFileSync('mv', [join(vz, '100'), join(box.root, 'keep')]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'pave-test', vz]);
    try {
      execFileSync('cp', ['-a', '--sparse=always', join(box.root, 'keep/100'), vz]);
      for (const words of [['100', '--force'], ['101']]) {
        const { code, stderr } = await box.run('qmrestore', ARCHIVE, ...words);
        expect(code).not.toBe(0);
        expect(stderr).toMatch(/No space left on device/i);
      }
      expect(box.config(100)).toBe(before);
      expect(box.config(101)).toBeUndefined();
      expect(box.images()).toEqual(['100/vm-100-disk-0.raw']);
    } finally {
      execFileSync('umount', [vz]);
    }
  });

  it('killed at any change loses no volume and neither guest', async () => {
    const before = await withGuest();
    const old = readFileSync(image('100/vm-100-disk-0.raw'));
    let whole = 0;
    const command = ['qmrestore', ARCHIVE, '100', '--force'];
    const changes = await atEveryChange(box, 'SIGKILL', command, async () => {
      const config = box.config(100)!;
      // What the config does not name, nobody would ever find: only the last one may be so new.
      const named = namedVolumes(config);
      const nameless = volumes(box).filter((volid) => !named.includes(volid));
      expect(nameless.length, config).toBeLessThanOrEqual(1);
      if (/^name: old$/m.test(config)) {
        expect(readFileSync(image('100/vm-100-disk-0.raw')).equals(old)).toBe(true);
      } else {
        whole++;
        const [, first] = /^scsi0: local:(100\/\S+?),/m.exec(config)!;
        const [, second] = /^scsi1: local:(100\/\S+?),/m.exec(config)!;
        same(join(box.root, 'a.raw'), 'raw', image(first!));
        same(join(box.root, 'a.raw'), 'qcow2', image(second!));
      }
      // The way out of each of them.
      await box.ok('unlock', '100');
      expect(existsSync(join(box.root, 'var/lib/pave/restore/100.json'))).toBe(false);
      const settled = box.config(100)!;
      expect(settled).not.toMatch(/^lock:/m);
      if (/^name: old$/m.test(settled)) {
        expect(settled).toBe(before);
        expect(readFileSync(image('100/vm-100-disk-0.raw')).equals(old)).toBe(true);
        expect(volumes(box).length).toBeLessThanOrEqual(2);
      }
      execFileSync('rm', ['-rf', join(box.root, 'var/lib/vz/images')]);
      mkdirSync(image('100'), { recursive: true });
      writeFileSync(image('100/vm-100-disk-0.raw'), old);
      box.writeConfig(100, before);
    });
    expect(changes).toBeGreaterThan(5);
    expect(whole).toBeGreaterThan(0);
  });
});
