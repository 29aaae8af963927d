/** Cloud-init drives in a real guest, and how they follow the config. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox } from './sandbox.js';

describe('cloud-init', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let image: string;
  const volume = (vmid: number) =>
    join(box.root, `var/lib/vz/images/${vmid}/vm-${vmid}-cloudinit.qcow2`);

  /** A file of the drive's ISO. */
  function onDrive(vmid: number, file: string): string {
    const iso = join(box.root, 'drive.iso');
    const convert = ['convert', '-U', '-f', 'qcow2', '-O', 'raw', volume(vmid), iso];
    execFileSync('qemu-img', convert, { stdio: 'pipe' });
    return execFileSync('isoinfo', ['-i', iso, '-R', '-x', file], { encoding: 'utf8' });
  }

  beforeAll(() => {
    box = sandbox();
    mkdirSync(join(box.root, 'etc'));
    writeFileSync(join(box.root, 'etc/resolv.conf'), 'nameserver 192.0.2.53\n');
    image = guestImage(box);
  }, 600_000);
  afterAll(() => box.dispose());

  it('names the guest; the drive of a running one is changed like a CD', async () => {
    const created = await box.ok(
      'create',
      '100',
      '--name',
      'first',
      ...guestOptions(image),
      '--ide2',
      'local:cloudinit',
      '--cipassword',
      'secret$1',
      '--net0',
      'virtio',
      '--ipconfig0',
      'ip=10.9.8.7/24',
    );
    expect(created).toContain("ide2: successfully created disk 'local:100/vm-100-cloudinit.qcow2");
    expect(box.config(100)).toMatch(/^cipassword: \$5\$[./\w]{8}\$[./\w]{43}$/m);
    expect(box.config(100)).not.toContain('secret$1');
    const second = await box.qm('set', '100', '--ide0', 'local:cloudinit');
    expect(second.stderr).toContain("ide0 - cloud-init drive is already attached at 'ide2'");

    await box.ok('start', '100');
    const serial = new Serial(box, 100);
    await serial.ready(/host: {3}first, /);
    expect(onDrive(100, '/network-config')).toContain("- '192.0.2.53'");
    expect(existsSync(join(box.root, 'run/pve/cloudinit/100'))).toBe(false);

    await box.ok('set', '100', '--name', 'second', '--ciuser', 'alice');
    expect(await box.ok('cloudinit', 'pending', '100')).toContain('new ciuser: alice\n');
    expect(box.config(100)).toContain('[special:cloudinit]\nadded: ciuser\nname: first\n');
    await box.ok('cloudinit', 'update', '100');
    expect(box.config(100)).not.toContain('[special:cloudinit]');
    expect(onDrive(100, '/user-data')).toMatch(/^hostname: second$[\s\S]*^user: alice$/m);
    // The first look at a changed CD tells the kernel no more than that it was changed.
    const mount = 'mount -t iso9660 -o ro /dev/sr0 /mnt 2>/dev/null';
    serial.type(`until ${mount}; do sleep 1; done; grep hostname: /mnt/user-data`);
    await serial.waitFor(/\nhostname: second/);
    serial.close();
    await box.ok('stop', '100');
    await box.ok('set', '100', '--delete', 'ide2');
    expect(existsSync(volume(100))).toBe(false);
    await box.ok('destroy', '100');
  });

  it("holds the admin's files; is made again where it was lost; says no in time", async () => {
    mkdirSync(join(box.root, 'var/lib/vz/snippets'), { recursive: true });
    const snippet = join(box.root, 'var/lib/vz/snippets/user.yaml');
    writeFileSync(snippet, '#cloud-config\nhostname: mine\n');
    const options = ['--memory', '64', '--kvm', '0', '--ide2', 'local:cloudinit,format=qcow2'];
    const custom = ['--citype', 'configdrive2', '--cicustom', 'user=local:snippets/user.yaml'];
    await box.ok('create', '101', ...options, ...custom);
    execFileSync('rm', [volume(101)]);
    await box.ok('start', '101');
    expect(onDrive(101, '/openstack/latest/user_data')).toBe(readFileSync(snippet, 'utf8'));
    await box.ok('stop', '101');

    const wrong = await box.qm('set', '101', '--cicustom', 'user=local:snippets/none.yaml');
    expect(wrong.stderr).toContain("cicustom: snippet 'local:snippets/none.yaml' does not exist");
    const gateway = await box.qm('set', '101', '--ipconfig0', 'ip=dhcp,gw=10.0.0.1');
    expect(gateway.stderr).toContain('ipconfig0: gateway specified together with DHCP');
    execFileSync('rm', [snippet]);
    const start = await box.qm('start', '101');
    expect(start.stderr).toContain("snippet 'local:snippets/user.yaml' does not exist");
    expect(box.leftovers(101)).toEqual([]);
    expect(readdirSync(join(box.root, 'run/pve/cloudinit'))).toEqual([]);
    await box.ok('destroy', '101');
    expect(existsSync(volume(101))).toBe(false);
  });
});
