/** `pvesm` killed at each of its changes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atEveryChange, volumes } from './faults.js';
import { type Sandbox, sandbox } from './sandbox.js';

describe('pvesm, killed', { timeout: 600_000 }, () => {
  let box: Sandbox;
  const cfg = () => join(box.root, 'etc/pve/storage.cfg');
  const before = 'dir: old\n\tpath /old\n\tcontent images\n\n';
  const ok = async (...args: string[]) => {
    const { code, stderr } = await box.run('pvesm', ...args);
    expect(`${code} ${stderr}`, args.join(' ')).toBe('0 ');
  };

  beforeAll(async () => {
    box = sandbox();
    mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
    await ok('alloc', 'local', '100', '', '1M');
    await ok('free', 'local:100/vm-100-disk-0.raw');
  });
  afterAll(() => box.dispose());

  it('add: the section is there or not, and the lock keeps nobody waiting', async () => {
    writeFileSync(cfg(), before);
    await atEveryChange(
      box,
      'SIGKILL',
      ['pvesm', 'add', 'dir', 'new', '--path', '/new', '--content', 'iso'],
      async () => {
        const after = `${before}dir: new\n\tpath /new\n\tcontent iso\n\n`;
        expect([before, after]).toContain(readFileSync(cfg(), 'utf8'));
        // Who has to wait says so on stderr.
        await ok('set', 'old', '--content', 'images,iso');
        writeFileSync(cfg(), before);
      },
    );
  });

  it('alloc and free: a volume is whole or not there', async () => {
    const volid = 'local:100/vm-100-disk-0.qcow2';
    const alloc = ['pvesm', 'alloc', 'local', '100', '', '4M', '--format', 'qcow2'];
    await atEveryChange(box, 'SIGKILL', alloc, async () => {
      if (volumes(box).length > 0) {
        expect(volumes(box)).toEqual([volid]);
        const shown = await box.run('pvesm', 'list', 'local', '--vmid', '100');
        expect(shown.stdout).toMatch(/qcow2 +images +4194304 100/);
      } else await ok('alloc', 'local', '100', '', '4M', '--format', 'qcow2');
      await ok('free', volid);
      expect(existsSync(join(box.root, 'var/lib/vz/images/100'))).toBe(false);
    });
    await ok('alloc', 'local', '100', '', '4M', '--format', 'qcow2');
    await atEveryChange(box, 'SIGKILL', ['pvesm', 'free', volid], async () => {
      if (volumes(box).length > 0) await ok('free', volid);
      expect(volumes(box)).toEqual([]);
      await ok('alloc', 'local', '100', '', '4M', '--format', 'qcow2');
    });
    await ok('free', volid);
  });
});
