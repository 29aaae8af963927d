/** `qm create`, `set` and `destroy` killed or interrupted at each of their changes. */
import { execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atEveryChange, expectUsable, hinted, namedVolumes, temps, volumes } from './faults.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

describe('a command that changes a VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = sandbox();
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(box.root, 'source.qcow2'), '8M']);
    execFileSync('qemu-io', ['-c', 'write -P 7 0 4M', join(box.root, 'source.qcow2')]);
    // Folders and logs that only the first command makes.
    await box.ok('create', '199', '--scsi0', 'local:0.01');
    await box.ok('destroy', '199');
  });
  afterAll(() => box.dispose());

  const endedAt = (
    signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT',
    words: readonly string[],
    round: Parameters<typeof atEveryChange>[3],
  ) => atEveryChange(box, signal, ['qm', ...words], round, 14);

  const create = [
    'create',
    '100',
    '--name',
    'new',
    '--scsi0',
    'local:0.01',
    '--scsi1',
    'local:0,import-from=/source.qcow2',
  ];
  const nothing = () => {
    expect(box.config(100)).toBeUndefined();
    expect(volumes(box)).toEqual([]);
  };
  const complete = () => {
    expect(box.config(100)).toMatch(/^name: new$/m);
    expect(box.config(100)).not.toMatch(/^lock:/m);
    expect(namedVolumes(box.config(100))).toEqual(volumes(box));
    expect(volumes(box)).toHaveLength(2);
  };

  it('create, killed: nothing is there, or a lock says how to go on', async () => {
    const changes = await endedAt('SIGKILL', create, async ({ hit, code }) => {
      await expectUsable(box, 100);
      if (box.config(100) === undefined) {
        expect(code).not.toBe(0);
        nothing();
        return;
      }
      if (/^lock: create$/m.test(box.config(100)!)) {
        expect(hit).toBe(true);
        const again = await box.qm(...create);
        expect(again.code).not.toBe(0);
        expect(again.stderr).toContain('VM 100 already exists');
        const start = await box.qm('start', '100');
        expect(start.stderr).toContain('VM is locked (create)');
        expect(hinted(start.stderr)).toEqual(hinted(again.stderr));
        for (const [, ...words] of hinted(again.stderr)) await box.ok(...words);
      } else {
        complete();
        await box.ok('destroy', '100');
      }
      nothing();
    });
    expect(changes).toBeGreaterThan(5);
    // What was half made the next commands took away; half-written configs go when they are old.
    expect(box.images()).toEqual([]);
    expect(temps(box).length).toBeGreaterThan(0);
    for (const name of temps(box)) utimesSync(join(box.root, 'etc/pve', name), 1e9, 1e9);
    await box.ok('create', '100');
    expect(temps(box)).toEqual([]);
    await box.ok('destroy', '100');
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'create, ended by %s while it copies: the copying ends too',
    async (signal) => {
      const big = join(box.root, 'big.raw');
      execFileSync('qemu-img', ['create', '-q', '-f', 'raw', big, '256M']);
      execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 3 0 256M', big]);
      // At 1 MiB a second it ends because it is told to, or long after we have given up.
      const bin = join(box.root, 'bin');
      const real = execFileSync('which', ['qemu-img'], { encoding: 'utf8' }).trim();
      const slow = `[ "$1" != convert ] || { shift; exec ${real} convert -r 1M "$@"; }`;
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'qemu-img'), `#!/bin/sh\n${slow}\nexec ${real} "$@"\n`, {
        mode: 0o755,
      });
      const env = { ...box.env, PATH: `${bin}:${box.env.PATH}` };
      /** The qemu-img that writes into the sandbox. */
      const copying = () =>
        readdirSync('/proc').filter((pid) => {
          try {
            const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
            return (
              /^\d+$/.test(pid) &&
              words.includes('convert') &&
              words.includes(`${box.root}/big.raw`)
            );
          } catch {
            return false;
          }
        });
      const create = ['create', '100', '--scsi0', 'local:0,import-from=/big.raw'];
      const child = spawn(join(import.meta.dirname, '../../bin/qm'), create, {
        env,
        stdio: 'ignore',
      });
      const ended = new Promise((done) => child.once('exit', done));
      await until(() => copying().length > 0, 120, 'the copying');
      child.kill(signal);
      await ended;
      await until(() => copying().length === 0, 60, 'the copying to end');
      if (signal === 'SIGKILL') {
        // The disk is written down already: destroying the VM finds it.
        expect(box.config(100)).toMatch(/^lock: create\nscsi0: local:100\/vm-100-disk-0.raw/);
        await box.ok('destroy', '100', '--skiplock', '1');
      }
      nothing();
      expect(box.images()).toEqual([]);
      rmSync(big);
    },
  );

  it('create, ended by SIGINT: all or nothing', async () => {
    await endedAt('SIGINT', create, async ({ code, stderr }) => {
      await expectUsable(box, 100);
      expect(temps(box)).toEqual([]);
      if (code === 0) {
        complete();
        await box.ok('destroy', '100');
      } else expect(stderr).toMatch(/received interrupt/);
      nothing();
      expect(box.images()).toEqual([]);
    });
  });

  const before =
    'boot: order=scsi0\nmemory: 256\nname: old\nscsi0: local:100/vm-100-disk-0.raw,size=10M\n';
  const change = [
    'set',
    '100',
    '--name',
    'new',
    '--scsi1',
    'local:0,import-from=/source.qcow2',
    '--delete',
    'memory',
  ];
  /** The VM with so many disks, without going through the tools. */
  const lay = (config = before, disks = 1) => {
    const folder = join(box.root, 'var/lib/vz/images/100');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (let n = 0; n < disks; n++) {
      writeFileSync(join(folder, `vm-100-disk-${n}.raw`), '');
      truncateSync(join(folder, `vm-100-disk-${n}.raw`), 10 << 20);
    }
    box.writeConfig(100, config);
  };
  const after =
    'boot: order=scsi0\nname: new\nscsi0: local:100/vm-100-disk-0.raw,size=10M\nscsi1: local:100/vm-100-disk-1.raw,size=8M\n';

  it('set, killed: as before or as asked, and every volume is found again', async () => {
    lay();
    await endedAt('SIGKILL', change, async () => {
      await expectUsable(box, 100);
      const noted = `${before}unused0: local:100/vm-100-disk-1.raw\n`;
      expect([before, noted, after]).toContain(box.config(100));
      if (namedVolumes(box.config(100)).length < volumes(box).length) {
        // Between making the volume and writing it down.
        expect(await box.ok('disk', 'rescan', '--vmid', '100')).toContain(
          "add unreferenced volume 'local:100/vm-100-disk-1.raw' as unused",
        );
      }
      expect(namedVolumes(box.config(100))).toEqual(volumes(box));
      await box.ok('set', '100', '--name', 'works');
      lay();
    });
  });

  it('set, ended by SIGTERM: as before or as asked', async () => {
    lay();
    await endedAt('SIGTERM', change, async ({ code }) => {
      await expectUsable(box, 100);
      expect(box.config(100)).toBe(code === 0 ? after : before);
      expect(namedVolumes(box.config(100))).toEqual(volumes(box));
      lay();
    });
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'destroy, ended by %s: doing it again ends it',
    async (signal) => {
      const build = () =>
        lay(
          `${before}scsi1: local:100/vm-100-disk-1.raw,size=10M\nunused0: local:100/vm-100-disk-2.raw\n`,
          3,
        );
      build();
      await endedAt(signal, ['destroy', '100'], async () => {
        await expectUsable(box, 100);
        if (box.config(100) !== undefined) {
          if (/^lock: destroyed$/m.test(box.config(100)!)) {
            const start = await box.qm('start', '100');
            expect(start.stderr).toContain('VM is locked (destroyed)');
            expect(hinted(start.stderr)).toEqual([['qm', 'destroy', '100']]);
          } else expect(namedVolumes(box.config(100))).toEqual(volumes(box));
          await box.ok('destroy', '100');
        }
        nothing();
        build();
      });
      await box.ok('destroy', '100');
    },
  );
});
