/** vzdump ended at every file it makes, moves or removes: no archive that is none, nothing in the way. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { atEveryChange, expectUsable } from './faults.js';
import { type Sandbox, sandbox } from './sandbox.js';

let box: Sandbox;
let dump: string;
const files = () => readdirSync(dump);
const drafts = () => files().filter((name) => /\.(dat|tmp)$/.test(name));
const archives = () => files().filter((name) => name.endsWith('.vma'));
const isLocked = () => /^lock:/m.test(box.config(100)!);

beforeEach(() => {
  box = sandbox();
  dump = join(box.root, 'var/lib/vz/dump');
  mkdirSync(dump, { recursive: true });
  mkdirSync(join(box.root, 'var/lib/vz/images/100'), { recursive: true });
  writeFileSync(
    join(box.root, 'var/lib/vz/images/100/vm-100-disk-0.raw'),
    Buffer.alloc(1 << 20, 7),
  );
  box.writeConfig(100, 'kvm: 0\nmemory: 64\nscsi0: local:100/vm-100-disk-0.raw,size=1M\n');
});
afterEach(() => box.dispose());

async function expectWhole(): Promise<void> {
  for (const name of archives()) {
    const result = await box.run('vma', 'verify', join(dump, name));
    expect(`${name}: ${result.code} ${result.stderr}`).toBe(`${name}: 0 `);
  }
}

const COMMAND = ['vzdump', '100', '--storage', 'local', '--notes-template', 'n', '--protected'];

it('kill -9: what bears an archive’s name is whole, and the next run clears the rest', {
  timeout: 3_600_000,
}, async () => {
  const changes = await atEveryChange(box, 'SIGKILL', COMMAND, async () => {
    await expectUsable(box, 100);
    await expectWhole();
    if (drafts().length > 0 || isLocked() || existsSync(join(box.root, 'run/vzdump.pid'))) {
      const next = await box.run('vzdump', '100');
      expect(`${next.code} ${next.stdout}${next.stderr}`).toMatch(/^0 /);
      expect(drafts()).toEqual([]);
      expect(isLocked()).toBe(false);
      expect(existsSync(join(box.root, 'run/vzdump.pid'))).toBe(false);
    }
    for (const name of files()) rmSync(join(dump, name), { recursive: true });
  });
  expect(changes).toBeGreaterThan(20);
});

it('SIGTERM: nothing is left at once', { timeout: 3_600_000 }, async () => {
  const changes = await atEveryChange(box, 'SIGTERM', COMMAND, async ({ code, hit, stdout }) => {
    await expectUsable(box, 100);
    await expectWhole();
    const told = `${stdout}\n${readFileSync(join(box.root, 'etc/pve/nodes/n1/qemu-server/100.conf'))}`;
    expect(drafts(), told).toEqual([]);
    expect(isLocked(), told).toBe(false);
    expect(existsSync(join(box.root, 'run/vzdump.pid')), told).toBe(false);
    // One that came too late to stop anything leaves a whole backup.
    if (hit && code === 0) expect(archives()).toHaveLength(1);
    for (const name of files()) rmSync(join(dump, name), { recursive: true });
  });
  expect(changes).toBeGreaterThan(20);
});
