/** Images into an archive: a raw file is read directly, any other through an NBD server, alike. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readBySpec } from '../unit/backup/vma-spec.js';
import { type Sandbox, sandbox } from './sandbox.js';

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.dispose());

/** Data, holes, written zeroes, and an end in the middle of a cluster, a block and a sector. */
function image(path: string): Buffer {
  const file = openSync(path, 'w');
  const size = 9 * 1024 * 1024 + 65536 + 4096 + 700;
  truncateSync(path, size);
  writeSync(file, randomBytes(5 * 1024 * 1024 + 123), 0, undefined, 1024 * 1024 - 77);
  writeSync(file, Buffer.alloc(300_000), 0, undefined, 2_000_000);
  writeSync(file, randomBytes(900), 0, undefined, size - 900);
  closeSync(file);
  return readFileSync(path);
}

it('a raw file and the same as qcow2 give the same archive', { timeout: 900_000 }, async () => {
  const content = image(join(box.root, 'a.raw'));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', 'a.raw', 'a.qcow2'], {
    cwd: box.root,
  });
  const disks = ['-d', 'format=raw:one=/a.raw', '-d', 'format=qcow2:two=/a.qcow2'];
  expect(await box.run('vma', 'create', '/a.vma', ...disks)).toMatchObject({ code: 0, stderr: '' });
  const { devices, data } = readBySpec(readFileSync(join(box.root, 'a.vma')));
  // QEMU counts in whole sectors.
  const size = Math.ceil(content.length / 512) * 512;
  expect([...devices.values()]).toEqual([
    { name: 'one', size },
    { name: 'two', size },
  ]);
  for (const disk of data.values()) {
    expect(disk.subarray(0, content.length).equals(content)).toBe(true);
    expect(disk.subarray(content.length).every((byte) => byte === 0)).toBe(true);
  }
});
