/** `qm start` killed at each of its changes: no helper program stays, and the next start works. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atEveryChange } from './faults.js';
import { type Sandbox, sandbox } from './sandbox.js';

describe('a start with a shared folder and a cloud-init drive, killed', {
  timeout: 600_000,
}, () => {
  let box: Sandbox;

  beforeAll(async () => {
    box = sandbox();
    mkdirSync(join(box.root, 'srv/docs'), { recursive: true });
    mkdirSync(join(box.root, 'etc/pve/mapping'), { recursive: true });
    const mapping = 'docs\n\tmap node=n1,path=/srv/docs\n';
    writeFileSync(join(box.root, 'etc/pve/mapping/directory.cfg'), mapping);
    const devices = ['--virtiofs0', 'docs', '--ide2', 'local:cloudinit', '--ciuser', 'me'];
    await box.ok('create', '100', '--memory', '64', '--kvm', '0', ...devices);
  });
  afterAll(() => box.dispose());

  /** A virtiofsd is two processes. */
  function servers(): number {
    const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
    return all.filter((line) => /^\S*\/virtiofsd /.test(line) && line.includes(`${box.root}/`))
      .length;
  }

  function left(folder: string): string[] {
    const path = join(box.root, folder);
    return existsSync(path) ? readdirSync(path) : [];
  }

  it('leaves nothing that the next start or stop does not take away', async () => {
    const points = await atEveryChange(box, 'SIGKILL', ['qm', 'start', '100'], async () => {
      if (box.pid(100) === undefined) await box.ok('start', '100');
      expect(servers()).toBe(2);
      await box.ok('stop', '100');
      expect(servers()).toBe(0);
      expect(left('run/qemu-server/virtiofsd')).toEqual([]);
      expect(left('run/pve/cloudinit')).toEqual([]);
      expect(box.leftovers(100)).toEqual([]);
    });
    expect(points).toBeGreaterThan(10);
  });
});
