/** A running guest backed up in each mode: what it notices, and what the hooks see. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qmp } from './qmp.js';
import {
  bootRecord,
  guestImage,
  guestOptions,
  type Sandbox,
  Serial,
  sandbox,
  until,
  untilAsync,
} from './sandbox.js';

let box: Sandbox;
let serial: Serial | undefined;
const disk = () => join(box.root, 'var/lib/vz/images/100/vm-100-disk-0.raw');
const archives = () =>
  readdirSync(join(box.root, 'var/lib/vz/dump')).filter((name) => name.endsWith('.vma'));

beforeAll(async () => {
  box = sandbox();
  await box.ok('create', '100', ...guestOptions(guestImage(box)));
  writeFileSync(join(box.root, 'hook'), `#!/bin/sh\necho "$*" >>${box.root}/calls\n`);
  chmodSync(join(box.root, 'hook'), 0o755);
  await box.ok('start', '100');
  serial = new Serial(box, 100);
  await until(() => bootRecord(disk()).state === 'up', 600, 'the guest to be up');
}, 1_800_000);
afterAll(() => {
  serial?.close();
  box.dispose();
});

/** The archive's disk, unpacked. */
async function archivedDisk(name: string): Promise<string> {
  const folder = join(box.root, `out-${name}`);
  const result = await box.run('vma', 'extract', join(box.root, 'var/lib/vz/dump', name), folder);
  expect(result.code, result.stderr).toBe(0);
  return join(folder, 'disk-drive-scsi0.raw');
}

async function backUp(mode: string) {
  writeFileSync(join(box.root, 'calls'), '');
  const before = archives();
  const result = await box.run('vzdump', '100', '--mode', mode, '--script', '/hook');
  expect(result.code, result.stdout + result.stderr).toBe(0);
  const [name] = archives().filter((archive) => !before.includes(archive));
  const record = bootRecord(await archivedDisk(name!));
  const calls = readFileSync(join(box.root, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace(` ${mode} 100`, ''));
  expect(await box.ok('status', '100')).toBe('status: running\n');
  expect(box.config(100)).not.toMatch(/^lock:/m);
  return { ...result, record, calls };
}

const AROUND = (...phases: string[]) => [
  'job-init',
  'job-start',
  'backup-start',
  ...phases,
  'log-end',
  'job-end',
];

describe('a running guest', () => {
  it('snapshot: it runs on', { timeout: 1_800_000 }, async () => {
    const pid = box.pid(100);
    const { stdout, record, calls } = await backUp('snapshot');
    expect(stdout).toMatch(/INFO: status = running\nINFO: (VM Name|include)/);
    expect(stdout).toContain('INFO: backup mode: snapshot');
    expect(calls).toEqual(AROUND('pre-stop', 'pre-restart', 'post-restart', 'backup-end'));
    expect(record).toEqual({ boots: 1, state: 'up' });
    expect(box.pid(100)).toBe(pid);
  });

  it('suspend: it is paused for a moment', { timeout: 1_800_000 }, async () => {
    const pid = box.pid(100);
    const { stdout, record, calls } = await backUp('suspend');
    expect(stdout).toContain('INFO: suspending guest');
    expect(stdout).toMatch(/INFO: resuming VM again after (<1|\d+) seconds/);
    expect(calls).toEqual(AROUND('pre-stop', 'backup-end', 'pre-restart', 'post-restart'));
    expect(record).toEqual({ boots: 1, state: 'up' });
    expect(box.pid(100)).toBe(pid);
    expect((await box.ok('status', '100', '--verbose')).match(/qmpstatus: (\w+)/)?.[1]).toBe(
      'running',
    );
  });

  it('a paused one stays paused', { timeout: 1_800_000 }, async () => {
    await box.ok('suspend', '100');
    expect(await box.run('vzdump', '100', '--mode', 'suspend')).toMatchObject({ code: 0 });
    expect((await box.ok('status', '100', '--verbose')).match(/qmpstatus: (\w+)/)?.[1]).toBe(
      'paused',
    );
    await box.ok('resume', '100');
  });

  it('stop: it is shut down cleanly and boots again', { timeout: 1_800_000 }, async () => {
    const pid = box.pid(100);
    const { stdout, record, calls } = await backUp('stop');
    expect(stdout).toContain('INFO: stopping virtual guest');
    expect(stdout).toMatch(/INFO: resuming VM again after (<1|\d+) seconds/);
    expect(calls).toEqual(AROUND('pre-stop', 'backup-end', 'pre-restart', 'post-restart'));
    expect(record).toEqual({ boots: 1, state: 'down' });
    expect(box.pid(100)).not.toBe(pid);
    // The backup's low disk priority is not the guest's.
    expect(execFileSync('ionice', ['-p', String(box.pid(100))], { encoding: 'utf8' })).toBe(
      execFileSync('ionice', ['-p', String(process.pid)], { encoding: 'utf8' }),
    );
    await until(() => bootRecord(disk()).boots === 2, 600, 'the second boot');
  });

  it('a disk passed through with its SCSI commands is refused before anything is done', async () => {
    const config = box.config(100)!;
    const pid = box.pid(100);
    box.writeConfig(100, config.replace(/^scsi0: .*/m, '$&,scsiblock=1'));
    for (const mode of ['snapshot', 'stop']) {
      const result = await box.run('vzdump', '100', '--mode', mode);
      expect(result.code).toBe(255);
      expect(result.stdout + result.stderr).toMatch(
        /scsi0: a disk passed through with scsiblock=1 cannot be backed up while VM 100 runs/,
      );
    }
    expect(box.pid(100)).toBe(pid);
    expect(box.config(100)).not.toMatch(/^lock:/m);
    box.writeConfig(100, config.replace(/^scsi0: .*/m, '$&,scsiblock=1,backup=0'));
    expect(await box.run('vzdump', '100')).toMatchObject({ code: 0 });
    box.writeConfig(100, config);
  });

  it('stop is refused for a highly available guest', async () => {
    writeFileSync(join(box.root, 'etc/pve/ha/resources.cfg'), 'vm: 100\n\tstate started\n\n');
    const result = await box.run('vzdump', '100', '--mode', 'stop');
    expect(result.code).toBe(255);
    expect(result.stdout).toContain('Cannot execute a backup with stop mode on a HA managed');
    expect(await box.ok('status', '100')).toBe('status: running\n');
  });
});

/** A backup under way that takes for ever; `goOn` lets it come to its end, and gives its status. */
async function slowBackup(...options: string[]) {
  const child = box.startTool('vzdump', '100', '--bwlimit', '1', ...options);
  const closed = new Promise<number>((done) => child.once('close', (code) => done(code ?? 128)));
  await untilAsync(async () => (await jobs()).length > 0, 600, 'the backup to begin');
  return {
    child,
    async goOn(): Promise<number> {
      let code: number | undefined;
      void closed.then((value) => {
        code = value;
      });
      while (code === undefined) {
        const speed = { device: 'pave-backup-scsi0', speed: 0 };
        await qmp(box, 100, 'block-job-set-speed', speed).catch(() => {});
        await new Promise((done) => setTimeout(done, 100));
      }
      return code;
    },
    closed,
  };
}

const jobs = async () => (await qmp(box, 100, 'query-jobs')) as { id: string }[];
const status = async () => ((await qmp(box, 100, 'query-status')) as { status: string }).status;
const lastArchive = () => archives().sort().at(-1)!;
const lastLog = () =>
  readFileSync(join(box.root, 'var/lib/vz/dump', lastArchive().replace(/vma$/, 'log')), 'utf8');

/** The guest's record, from its start on. */
async function booted(): Promise<number> {
  const { boots } = bootRecord(disk());
  if (box.pid(100) === undefined) {
    await box.ok('start', '100');
    await until(() => bootRecord(disk()).boots > boots, 600, 'the guest to boot');
  }
  await until(() => bootRecord(disk()).state === 'up', 600, 'the guest to be up');
  return bootRecord(disk()).boots;
}

describe('during its backup', () => {
  it('a guest that shuts itself down is backed up whole, and is down then', {
    timeout: 1_800_000,
  }, async () => {
    const boots = await booted();
    const backup = await slowBackup();
    await qmp(box, 100, 'system_powerdown');
    await untilAsync(async () => (await status()) === 'shutdown', 600, 'the guest to be down');
    expect(await backup.goOn()).toBe(0);
    expect(lastLog()).toContain('the guest has shut down during its backup');
    expect(await box.ok('status', '100')).toBe('status: stopped\n');
    expect(bootRecord(await archivedDisk(lastArchive()))).toEqual({ boots, state: 'up' });
    expect(bootRecord(disk())).toEqual({ boots, state: 'down' });
    await until(() => box.leftovers(100).length === 0, 300, 'the run to be cleaned up');
    expect(box.config(100)).not.toMatch(/^lock:/m);
  });

  it('a guest that reboots is backed up as it was', { timeout: 1_800_000 }, async () => {
    const boots = await booted();
    const pid = box.pid(100);
    const backup = await slowBackup();
    await qmp(box, 100, 'system_reset');
    await until(() => bootRecord(disk()).boots === boots + 1, 600, 'the next boot');
    expect(await backup.goOn()).toBe(0);
    expect(bootRecord(await archivedDisk(lastArchive()))).toEqual({ boots, state: 'up' });
    expect(box.pid(100)).toBe(pid);
    expect(await status()).toBe('running');
  });

  it.each(['before', 'after'])(
    'a guest that shuts down %s vzdump is killed ends',
    {
      timeout: 1_800_000,
    },
    async (when) => {
      await booted();
      const backup = await slowBackup();
      if (when === 'before') {
        await qmp(box, 100, 'system_powerdown');
        await untilAsync(async () => (await status()) === 'shutdown', 600, 'the guest to be down');
      }
      backup.child.kill('SIGKILL');
      await backup.closed;
      if (when === 'after') await qmp(box, 100, 'system_powerdown');
      await until(() => box.pid(100) === undefined, 600, 'QEMU to end');
      await until(() => box.leftovers(100).length === 0, 300, 'the run to be cleaned up');
      // The next backup removes the lock that is left.
      expect(await box.run('vzdump', '100')).toMatchObject({ code: 0 });
      expect(box.config(100)).not.toMatch(/^lock:/m);
    },
  );

  it.each(['+400d', '-400d'])(
    'the clock may jump by %s: names, durations and time-outs stay right',
    {
      timeout: 1_800_000,
    },
    async (jump) => {
      await booted();
      const folder = readdirSync('/usr/lib').find((name) =>
        existsSync(`/usr/lib/${name}/faketime`),
      );
      const file = join(box.root, 'clock');
      writeFileSync(file, '+0\n');
      const faked = {
        LD_PRELOAD: `/usr/lib/${folder}/faketime/libfaketime.so.1`,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        // As the kernel: what only passes does not jump.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      };
      const before = archives();
      Object.assign(box.env, faked);
      try {
        const backup = await slowBackup();
        // At once: whoever reads half of it takes it for no jump, or for another.
        writeFileSync(`${file}.new`, `${jump}\n`);
        renameSync(`${file}.new`, file);
        expect(await backup.goOn()).toBe(0);
      } finally {
        for (const name of Object.keys(faked)) delete box.env[name];
      }
      const [archive] = archives().filter((name) => !before.includes(name));
      const day = (at: Date) => at.toISOString().slice(0, 10).replaceAll('-', '_');
      const near = [-1, 0, 1].map((days) => day(new Date(Date.now() + days * 86_400_000)));
      expect(near.some((one) => archive!.startsWith(`vzdump-qemu-100-${one}-`))).toBe(true);
      const log = readFileSync(
        join(box.root, 'var/lib/vz/dump', archive!.replace(/vma$/, 'log')),
        'utf8',
      );
      const started = Date.parse(/Backup started at (.*)/.exec(log)![1]!);
      const finished = Date.parse(/Backup finished at (.*)/.exec(log)![1]!);
      const days = Math.abs(finished - started) / 86_400_000;
      expect(days).toBeGreaterThan(390);
      const took = /Finished Backup of VM 100 \((\d+):(\d+):(\d+)\)/.exec(log)!;
      expect(Number(took[1])).toBeLessThan(2);
      expect(log).toMatch(/transferred .* in (<1|\d{1,4}) seconds/);
      expect(bootRecord(await archivedDisk(archive!)).state).toBe('up');
    },
  );

  it('a second backup waits for its turn, be it of the same guest or of another', {
    timeout: 1_800_000,
  }, async () => {
    await booted();
    await box.ok('create', '102', '--memory', '32', '--kvm', '0', '--scsi0', 'local:0.01');
    const backup = await slowBackup();
    const hasty = await box.run('vzdump', '102', '--lockwait', '0');
    expect(hasty.code).not.toBe(0);
    expect(hasty.stdout + hasty.stderr).toMatch(/lock/);
    const other = box.run('vzdump', '102');
    const same = box.run('vzdump', '100');
    // Both wait; the first goes on untouched.
    expect(await jobs()).toHaveLength(1);
    expect(archives().some((name) => name.includes('qemu-102'))).toBe(false);
    expect(await backup.goOn()).toBe(0);
    expect(await other).toMatchObject({ code: 0 });
    expect(await same).toMatchObject({ code: 0 });
    expect(archives().filter((name) => name.includes('qemu-102'))).toHaveLength(1);
    expect(await jobs()).toEqual([]);
  });
});

describe('a guest that does not shut down', () => {
  it('runs on when --stopwait is over', { timeout: 600_000 }, async () => {
    // Nothing boots, so nobody hears the power button.
    await box.ok('create', '101', '--memory', '32', '--kvm', '0', '--scsi0', 'local:0.01');
    await box.ok('start', '101');
    const pid = box.pid(101);
    const result = await box.run('vzdump', '101', '--mode', 'stop', '--stopwait', '0');
    expect(result.code).toBe(255);
    expect(result.stdout).toMatch(/ERROR: Backup of VM 101 failed - VM quit\/powerdown failed/);
    expect(box.pid(101)).toBe(pid);
    expect(box.config(101)).not.toMatch(/^lock:/m);
  });
});
