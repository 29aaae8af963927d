/** Large, mostly empty disks of a running guest: only what they hold is copied, and all of that. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blockGraph } from './backup-guest.js';
import { MonitorProxy } from './monitor-proxy.js';
import { qmp } from './qmp.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

const SIZE = '3G';
/** A disk of each kind, as the guest and the archive call it. */
const DISKS = {
  scsi1: 'vm-100-disk-1.qcow2',
  scsi2: 'vm-100-disk-2.raw',
  scsi3: 'vm-100-disk-3.qcow2',
  scsi4: 'vm-100-disk-4.qcow2',
};

let box: Sandbox;
let serial: Serial | undefined;
const image = (name: string) => join(box.root, 'var/lib/vz/images/100', name);
const create = (...words: string[]) => execFileSync('qemu-img', ['create', '-q', ...words]);

beforeAll(async () => {
  box = sandbox();
  mkdirSync(join(box.root, 'var/lib/vz/dump'), { recursive: true });
  await box.ok('create', '100', ...guestOptions(guestImage(box)));
  create('-f', 'qcow2', image(DISKS.scsi1), SIZE);
  create('-f', 'raw', image(DISKS.scsi2), SIZE);
  create('-f', 'qcow2', '-o', 'preallocation=metadata', image(DISKS.scsi3), SIZE);
  // As a linked clone: what it has not written itself stands in the image below.
  const base = image('base,0.raw');
  create('-f', 'raw', base, SIZE);
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -q -P 77 1G 5M', base]);
  create('-f', 'qcow2', '-F', 'raw', '-b', base, image(DISKS.scsi4), SIZE);
  for (const [key, name] of Object.entries(DISKS))
    await box.ok('set', '100', `--${key}`, `local:100/${name}`);
  await box.ok('start', '100');
  serial = new Serial(box, 100);
  await serial.shell(600);
}, 1_800_000);
afterAll(() => {
  serial?.close();
  box.dispose();
});

/** Past the page cache, and never flushed: what QEMU knows of it is in its memory alone. */
async function write(at: number): Promise<void> {
  // Their order is not the config's; the small one is the boot disk.
  serial!.type(
    // Those that are found late would be left out.
    'until [ -e /sys/block/sde/size ] && [ $(ls -d /sys/block/sd[a-e] | wc -l) = 5 ]; do sleep 1; done;' +
      ' for d in a b c d e; do [ $(cat /sys/block/sd$d/size) -gt 1000000 ] &&' +
      ` dd if=/dev/urandom of=/dev/sd$d bs=64k count=3 seek=${at} oflag=direct 2>&1 &&` +
      ` echo WRIT''TEN-${at}; done; echo ALL''DONE-${at}`,
  );
  await serial!.waitFor(new RegExp(`ALLDONE-${at}`), 600);
  expect(serial!.text.match(new RegExp(`WRITTEN-${at}`, 'g'))).toHaveLength(4);
}

it('what was written and not flushed is in the archive; what is empty is not even copied', {
  timeout: 1_800_000,
}, async () => {
  await write(5000);
  await write(40_000);
  const graph = await blockGraph(box, 100);
  const proxy = await MonitorProxy.between(box, 100);
  try {
    proxy.arm();
    const result = await box.run('vzdump', '100');
    expect(`${result.code} ${result.stdout}${result.stderr}`).toMatch(/^0 /);
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/100% \(12\.1 GiB of 12\.1 GiB\)/);
    const jobs = proxy.given('transaction').flatMap((args) => args.actions as Action[]);
    for (const key of Object.keys(DISKS))
      expect(jobs.find(({ data }) => data['job-id'] === `pave-backup-${key}`)?.data).toMatchObject({
        sync: 'bitmap',
      });
  } finally {
    await proxy.close();
  }
  expect(await blockGraph(box, 100)).toEqual(graph);
  const nodes = JSON.stringify(await qmp(box, 100, 'query-named-block-nodes'));
  expect(/pave-(now|bk)[^"]*/.exec(nodes)).toBeNull();
  const [archive] = readdirSync(join(box.root, 'var/lib/vz/dump')).filter((name) =>
    name.endsWith('.vma'),
  );
  const extracted = await box.run('vma', 'extract', `/var/lib/vz/dump/${archive}`, '/out');
  expect(extracted).toMatchObject({ code: 0 });
  await box.ok('stop', '100');
  for (const [key, name] of Object.entries(DISKS)) {
    const raw = join(box.root, `out/disk-drive-${key}.raw`);
    const format = name.split('.').at(-1)!;
    const words = ['compare', '-f', 'raw', '-F', format, raw, image(name)];
    expect(execFileSync('qemu-img', words, { encoding: 'utf8' })).toBe('Images are identical.\n');
  }
});

it('an image that cannot be read beside the guest is copied whole', {
  timeout: 1_800_000,
}, async () => {
  const bin = join(box.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'qemu-nbd'), '#!/bin/sh\necho "no such luck" >&2\nexit 1\n', {
    mode: 0o755,
  });
  if (box.pid(100) !== undefined) await box.ok('stop', '100');
  await box.ok('set', '100', '--delete', 'scsi1,scsi3,scsi4');
  await box.ok('start', '100');
  const path = box.env.PATH!;
  box.env.PATH = `${bin}:${path}`;
  const result = await box.run('vzdump', '100', '--dumpdir', '/');
  box.env.PATH = path;
  expect(`${result.code} ${result.stdout}${result.stderr}`).toMatch(/^0 /);
  expect(result.stderr).toMatch(
    /scsi2: its empty areas cannot be told, all of it is read: (.|\n)*no such luck/,
  );
  const [archive] = readdirSync(box.root).filter((name) => name.endsWith('.vma'));
  const extracted = await box.run('vma', 'extract', `/${archive}`, '/whole');
  expect(extracted).toMatchObject({ code: 0 });
  await box.ok('stop', '100');
  const raw = join(box.root, 'whole/disk-drive-scsi2.raw');
  const words = ['compare', '-f', 'raw', '-F', 'raw', raw, image(DISKS.scsi2)];
  expect(execFileSync('qemu-img', words, { encoding: 'utf8' })).toBe('Images are identical.\n');
});

interface Action {
  data: Record<string, unknown>;
}
