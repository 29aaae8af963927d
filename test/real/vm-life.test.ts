/** A virtual machine's life with real QEMU, through the command line. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootRecord,
  guestImage,
  guestOptions,
  type Sandbox,
  Serial,
  sandbox,
  until,
} from './sandbox.js';

describe('the life of a VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let image: string;
  const disk = (vmid: number) => join(box.root, `var/lib/vz/images/${vmid}/vm-${vmid}-disk-0.raw`);
  const status = async (vmid: number) => (await box.ok('status', String(vmid))).trim();

  beforeAll(() => {
    box = sandbox();
    image = guestImage(box);
  }, 600_000);
  afterAll(() => box.dispose());

  it('is created, boots, reboots, is reset, shut down and destroyed', async () => {
    const created = await box.ok('create', '100', '--name', 'life', ...guestOptions(image));
    expect(created).toContain(
      "scsi0: successfully created disk 'local:100/vm-100-disk-0.raw,size=64M'",
    );
    expect(await status(100)).toBe('status: stopped');
    await box.ok('start', '100');
    expect(await status(100)).toBe('status: running');
    const again = await box.qm('start', '100');
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('VM 100 already running');

    let serial = new Serial(box, 100);
    await serial.ready(/boots=1/);
    serial.close();
    const list = JSON.parse(await box.ok('list', '--output-format', 'json'));
    expect(list).toMatchObject([{ vmid: 100, name: 'life', status: 'running', pid: box.pid(100) }]);

    const before = box.pid(100);
    await box.ok('set', '100', '--memory', '300');
    expect(await box.ok('pending', '100')).toContain('cur memory: 256\nnew memory: 300\n');
    await box.ok('reboot', '100', '--timeout', '240');
    await until(
      () => box.pid(100) !== undefined && box.pid(100) !== before,
      120,
      'a new QEMU after the reboot',
    );
    expect(box.config(100)).toContain('memory: 300\n');
    serial = new Serial(box, 100);
    await serial.ready(/boots=2/);

    serial.text = '';
    await box.ok('reset', '100');
    await serial.ready(/boots=3/);
    serial.close();

    const running = await box.qm('destroy', '100');
    expect(running.stderr).toContain('VM 100 is running - destroy failed');
    await box.ok('shutdown', '100', '--timeout', '240');
    expect(await status(100)).toBe('status: stopped');
    expect(bootRecord(disk(100))).toEqual({ boots: 3, state: 'down' });
    expect(box.leftovers(100)).toEqual([]);
    await box.ok('destroy', '100');
    expect(box.config(100)).toBeUndefined();
    expect(box.images()).toEqual([]);
  });

  it('pauses and resumes; sleeps on disk and wakes up where it was', async () => {
    await box.ok('create', '101', ...guestOptions(image));
    await box.ok('start', '101');
    let serial = new Serial(box, 101);
    await serial.ready();
    serial.type('touch /run/was-here');
    await box.ok('suspend', '101');
    expect(await status(101)).toBe('status: paused');
    const paused = await box.qm('shutdown', '101', '--timeout', '5');
    expect(paused.stderr).toContain('VM is paused - cannot shutdown');
    await box.ok('resume', '101');
    expect(await status(101)).toBe('status: running');
    serial.type('ls /run/was-here');
    await serial.waitFor(/\n\/run\/was-here/);
    serial.close();

    await box.ok('suspend', '101', '--todisk', '1');
    expect(box.pid(101)).toBeUndefined();
    expect(box.config(101)).toMatch(/^lock: suspended$/m);
    expect(box.config(101)).toMatch(
      /^vmstate: local:101\/vm-101-state-suspend-\d{4}-\d\d-\d\d\.raw$/m,
    );
    expect((await box.qm('destroy', '101', '--dry-run')).code).toBe(0);

    await box.ok('start', '101');
    expect(box.config(101)).not.toMatch(/^(lock|vmstate|runningmachine):/m);
    expect(box.images()).toEqual(['101/vm-101-disk-0.raw']);
    serial = new Serial(box, 101);
    // The file lies in the guest's memory: it is there only if that memory came back.
    serial.type('');
    serial.type('ls /run/was-here && cat /run/boots');
    await serial.waitFor(/\n\/run\/was-here\s+1\s/);
    serial.close();
    await box.ok('stop', '101');
    expect(bootRecord(disk(101)).boots).toBe(1);
    await box.ok('destroy', '101');
  });

  it('is cleaned up when it powers itself off, and when QEMU is killed; hooks are called once each', async () => {
    const log = join(box.root, 'hook.log');
    mkdirSync(join(box.root, 'var/lib/vz/snippets'), { recursive: true });
    const hook = join(box.root, 'var/lib/vz/snippets/hook.sh');
    writeFileSync(hook, `#!/bin/sh\necho "$1 $2" >>${log}\n`);
    chmodSync(hook, 0o755);
    const phases = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
    await box.ok('create', '102', ...guestOptions(image), '--hookscript', 'local:snippets/hook.sh');
    await box.ok('start', '102');
    const serial = new Serial(box, 102);
    await serial.ready();
    serial.type('poweroff');
    await until(() => box.pid(102) === undefined, 240, 'QEMU to end');
    await until(() => phases().includes('102 post-stop'), 120, 'the post-stop hook');
    expect(box.leftovers(102)).toEqual([]);
    serial.close();
    expect(phases()).toEqual(['102 pre-start', '102 post-start', '102 post-stop']);

    await box.ok('start', '102');
    process.kill(box.pid(102)!, 'SIGKILL');
    await until(() => box.leftovers(102).length === 0, 120, 'the watcher to clean up');
    await until(() => phases().length === 6, 120, 'the post-stop hook');
    expect(await status(102)).toBe('status: stopped');
    await box.ok('start', '102');
    await box.ok('stop', '102');
    expect(phases().slice(6)).toEqual([
      '102 pre-start',
      '102 post-start',
      '102 pre-stop',
      '102 post-stop',
    ]);
    await box.ok('destroy', '102');
  });

  it('runs beside another one', async () => {
    await Promise.all(
      [103, 104].map((vmid) => box.ok('create', String(vmid), ...guestOptions(image))),
    );
    await Promise.all([103, 104].map((vmid) => box.ok('start', String(vmid))));
    const serials = [103, 104].map((vmid) => new Serial(box, vmid));
    await Promise.all(serials.map((serial) => serial.ready()));
    for (const serial of serials) serial.close();
    expect(box.pid(103)).not.toBe(box.pid(104));
    await Promise.all(
      [103, 104].map((vmid) => box.ok('shutdown', String(vmid), '--timeout', '240')),
    );
    for (const vmid of [103, 104])
      expect(bootRecord(disk(vmid))).toEqual({ boots: 1, state: 'down' });
    await Promise.all([103, 104].map((vmid) => box.ok('destroy', String(vmid))));
    expect(box.images()).toEqual([]);
  });
});
