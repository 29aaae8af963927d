/** Single files out of btrfs and a volume of LVM, through the real guestfish: it boots a machine each time. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, sandbox } from './sandbox.js';

const installed = existsSync('/usr/bin/guestfish');
/** It takes the kernel of the machine, which containers lack, or the one it is told of. */
const kernel =
  process.env.SUPERMIN_KERNEL !== undefined ||
  (existsSync('/boot') && readdirSync('/boot').some((name) => name.startsWith('vmlinuz-')));
const why = installed ? ' (skipped: no kernel in /boot for it)' : ' (skipped: not installed)';
const usable = installed && kernel;

describe.skipIf(!usable)(`guestfish${usable ? '' : why}`, { timeout: 3_600_000 }, () => {
  let box: Sandbox;
  const appliance = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('SUPERMIN_')),
  ) as Record<string, string>;
  const files = (...words: string[]) => box.run('pave', 'backup', 'files', '/a.vma', ...words);

  /** Partition 1: LVM with ext4 on vg/root; partition 2: btrfs. */
  beforeAll(async () => {
    box = sandbox();
    Object.assign(box.env, appliance);
    const disk = join(box.root, 'a.raw');
    execFileSync('truncate', ['-s', '300M', disk]);
    const tree = (device: string, text: string) => [
      ...[`mount ${device} /`, 'mkdir /etc', `write /etc/hostname ${text}`],
      ...['chmod 0640 /etc/hostname', 'ln-s hostname /etc/link', 'umount-all'],
    ];
    const script = [
      ...['run', 'part-init /dev/sda gpt', 'part-add /dev/sda p 2048 264191'],
      ...['part-add /dev/sda p 264192 526335', 'pvcreate /dev/sda1', 'vgcreate vg /dev/sda1'],
      ...['lvcreate root vg 64', 'mkfs ext4 /dev/vg/root', 'mkfs btrfs /dev/sda2'],
      ...[...tree('/dev/vg/root', 'volume'), ...tree('/dev/sda2', 'btrfs')],
    ];
    execFileSync('guestfish', ['--format=raw', '-a', disk], {
      input: `${script.join('\n')}\n`,
      env: {
        ...box.env,
        LIBGUESTFS_BACKEND: 'direct',
        LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg',
      },
      stdio: 'pipe',
    });
    const made = await box.run('vma', 'create', '/a.vma', '-d', 'format=raw:drive-scsi0=/a.raw');
    expect(made.code, made.stderr).toBe(0);
  }, 1_800_000);
  afterAll(() => box?.dispose());

  it('lists and extracts a folder of a volume', async () => {
    const listed = await files('scsi0/1/vg/root/etc', '--output-format', 'json');
    expect(listed.code, listed.stderr).toBe(0);
    const paths = (JSON.parse(listed.stdout) as { path: string }[]).map(({ path }) => path);
    expect(paths.sort()).toEqual([
      'drive-scsi0/1/vg/root/etc/hostname',
      'drive-scsi0/1/vg/root/etc/link',
    ]);
    const { code, stderr } = await files('scsi0/1/vg/root/etc', '--to', '/out');
    expect(code, stderr).toBe(0);
    const out = join(box.root, 'out/etc');
    expect(readFileSync(join(out, 'hostname'), 'utf8')).toBe('volume');
    expect(statSync(join(out, 'hostname')).mode & 0o7777).toBe(0o640);
    expect(readlinkSync(join(out, 'link'))).toBe('hostname');
  });

  it('extracts a file of btrfs', async () => {
    const { code, stderr } = await files('scsi0/2/etc/hostname', '--to', '/out2');
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(box.root, 'out2/hostname'), 'utf8')).toBe('btrfs');
  });
});
