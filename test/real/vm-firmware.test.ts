/** UEFI and TPM with real QEMU: what the guest sees of them, and that nothing of them is left or lost. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qmp } from './qmp.js';
import { guestImage, guestOptions, type Sandbox, Serial, sandbox, until } from './sandbox.js';

const OVMF = '/usr/share/OVMF';

describe('firmware and TPM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  let image: string;
  const volume = (vmid: number, n: number, format = 'raw') =>
    join(box.root, `var/lib/vz/images/${vmid}/vm-${vmid}-disk-${n}.${format}`);
  /** swtpm processes of this sandbox. */
  const emulators = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
          const program = argv[0]!.replace(/^.*\//, '');
          return (
            ['swtpm', 'qemu-storage-daemon'].includes(program) &&
            argv.some((word) => word.includes(box.root))
          );
        } catch {
          return false;
        }
      });

  beforeAll(() => {
    box = sandbox();
    image = guestImage(box);
  }, 600_000);
  afterAll(() => box.dispose());

  it('boots a disk with secure boot; the guest has a TPM 2.0; the state is kept', async () => {
    const made = await box.ok(
      ...['create', '200', ...guestOptions(image), '--memory', '512', '--machine', 'q35'],
      ...['--bios', 'ovmf', '--efidisk0', 'local:1,efitype=4m,pre-enrolled-keys=1'],
      ...['--tpmstate0', 'local:1,version=v2.0'],
    );
    expect(made).toContain(
      "efidisk0: successfully created disk 'local:200/vm-200-disk-0.raw,efitype=4m,",
    );
    const template = readFileSync(`${OVMF}/OVMF_VARS_4M.ms.fd`);
    expect(readFileSync(volume(200, 0)).equals(template)).toBe(true);
    expect(box.config(200)).toMatch(/^efidisk0: .*,pre-enrolled-keys=1,size=528K$/m);
    expect(box.config(200)).toMatch(/^tpmstate0: .*,size=4M,version=v2.0$/m);

    await box.ok('start', '200');
    expect(emulators()).toHaveLength(1);
    const serial = new Serial(box, 200);
    await serial.ready();
    serial.type(
      'dmesg | grep -i "secure boot"; cat /sys/class/tpm/tpm0/tpm_version_major; echo done',
    );
    await serial.waitFor(/Secure boot enabled[\s\S]*\n2\s[\s\S]*done/i);
    serial.close();
    await box.ok('shutdown', '200', '--timeout', '240');
    await until(() => emulators().length === 0, 120, 'swtpm to end with QEMU');
    expect(box.leftovers(200)).toEqual([]);
    expect(
      readdirSync(join(box.root, 'run/qemu-server')).filter((n) => /swtpm(\.pid)?$/.test(n)),
    ).toEqual([]);
    // The firmware wrote its boot entries, swtpm its state; both files keep their size.
    expect(readFileSync(volume(200, 0)).equals(template)).toBe(false);
    expect(statSync(volume(200, 2)).size).toBe(4 * 1024 ** 2);
    const again = await box.ok('start', '200');
    expect(again).toContain('Not overwriting existing state file');
    const changed = await box.qm(
      'set',
      '200',
      '--tpmstate0',
      'local:200/vm-200-disk-2.raw,version=v1.2',
    );
    expect(changed.stderr).toContain('cannot change TPM state version after creation');

    process.kill(box.pid(200)!, 'SIGKILL');
    await until(() => emulators().length === 0, 120, 'swtpm to be ended after QEMU was killed');
    await until(() => box.leftovers(200).length === 0, 120, 'the clean-up');
    await box.ok('destroy', '200');
    expect(box.images()).toEqual([]);
  });

  it('boots without an EFI disk, with a warning, and keeps nothing', async () => {
    await box.ok('create', '201', ...guestOptions(image), '--bios', 'ovmf');
    const shown = await box.qm('showcmd', '201');
    expect(shown.stderr).toContain('no efidisk configured! Using temporary efivars disk.');
    const vars = join(box.root, 'run/qemu-server/efidisk/201-ovmf.fd');
    expect(existsSync(vars)).toBe(false);
    const started = await box.qm('start', '201');
    expect(started.stderr).toContain('no efidisk configured! Using temporary efivars disk.');
    expect(statSync(vars).size).toBe(statSync(`${OVMF}/OVMF_VARS.fd`).size);
    const serial = new Serial(box, 201);
    await serial.ready();
    serial.close();
    await box.ok('stop', '201');
    expect(existsSync(vars)).toBe(false);
    await box.ok('destroy', '201');
  });

  it('gives a TPM 1.2, in a raw, a qcow2 and an own file; none is left after a failed start', async () => {
    const own = join(box.root, 'own.state');
    execFileSync('truncate', ['-s', '4M', own]);
    for (const [vmid, value] of [
      [210, 'local:1,version=v1.2'],
      [211, 'local:1,version=v2.0,format=qcow2'],
      [212, '/own.state,version=v2.0'],
    ] as const) {
      await box.ok('create', String(vmid), '--memory', '32', '--kvm', '0', '--tpmstate0', value);
      await box.ok('start', String(vmid));
      expect(await qmp(box, vmid, 'query-tpm')).toMatchObject([
        { id: 'tpmdev', model: 'tpm-tis', options: { type: 'emulator' } },
      ]);
      await box.ok('stop', String(vmid));
      expect(emulators()).toEqual([]);
      await box.ok('set', String(vmid), '--args', '-device nonsense');
      const failed = await box.qm('start', String(vmid));
      expect(failed.code).not.toBe(0);
      expect(failed.stderr).toContain("'nonsense' is not a valid device model name");
      expect(emulators()).toEqual([]);
      expect(box.leftovers(vmid)).toEqual([]);
      expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(box.root);
      await box.ok('destroy', String(vmid));
    }
    expect(statSync(own).size).toBeGreaterThan(0);
  });

  it('runs an ARM guest up to its UEFI shell', async () => {
    await box.ok(
      ...[
        'create',
        '220',
        '--arch',
        'aarch64',
        '--memory',
        '256',
        '--kvm',
        '0',
        '--serial0',
        'socket',
      ],
      ...['--bios', 'ovmf', '--efidisk0', 'local:1,efitype=4m', '--vga', 'none'],
    );
    expect(box.config(220)).not.toContain('vmgenid');
    await box.ok('start', '220');
    const serial = new Serial(box, 220);
    await serial.waitFor(/UEFI Interactive Shell|Shell>|EFI Internal Shell/, 300);
    serial.close();
    const x86 = await box.qm('set', '220', '--machine', 'q35');
    expect(x86.code).toBe(0);
    await box.ok('stop', '220');
    const refused = await box.qm('start', '220');
    expect(refused.stderr).toContain("machine 'q35' is for x86 guests, this one is aarch64");
    await box.ok('destroy', '220');
  });
});
