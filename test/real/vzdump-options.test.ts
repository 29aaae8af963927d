/** Every option of vzdump, as a process, with stopped guests of a few MiB. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Sandbox, sandbox, until } from './sandbox.js';

// A busy machine may take its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const project = resolve(import.meta.dirname, '../..');
let box: Sandbox;
let dump: string;

/** A stopped VM with a disk of random bytes in its first MiBs. */
function makeVm(vmid: number, more = '', mib = 1): void {
  const folder = join(box.root, `var/lib/vz/images/${vmid}`);
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, `vm-${vmid}-disk-0.raw`);
  execFileSync('truncate', ['-s', '16M', disk]);
  execFileSync('dd', [
    'if=/dev/urandom',
    `of=${disk}`,
    'bs=1M',
    `count=${mib}`,
    'conv=notrunc',
    'status=none',
  ]);
  box.writeConfig(
    vmid,
    `kvm: 0\nmemory: 64\nname: guest${vmid}\nscsi0: local:${vmid}/vm-${vmid}-disk-0.raw,size=16M\n${more}`,
  );
}

function script(path: string, text: string): string {
  const full = join(box.root, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  chmodSync(full, 0o755);
  return path;
}

/** Mails land in this file; PATH finds it before the machine's own. */
function fakeSendmail(): () => string {
  const log = join(box.root, 'mails');
  script(
    'fake-bin/sendmail',
    `#!/bin/sh\necho "ARGS $*" >>${log}\ncat >>${log}\necho "-- end --" >>${log}\n`,
  );
  box.env.PATH = `${join(box.root, 'fake-bin')}:${box.env.PATH}`;
  return () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
}

const bodyOf = (mail: string) =>
  Buffer.from(
    mail
      .split('\n\n')
      .slice(1)
      .join('')
      .replace(/-- end --\n/g, ''),
    'base64',
  ).toString('utf8');

const vzdump = (...args: string[]) => box.run('vzdump', ...args);
const files = () => readdirSync(dump).sort();
const archives = () => files().filter((name) => /\.vma(\.(gz|zst|lzo))?$/.test(name));

/** Nothing of a backup that failed or was killed may stay. */
function expectClean(...vmids: number[]): void {
  expect(files().filter((name) => /\.(dat|tmp)$/.test(name))).toEqual([]);
  for (const vmid of vmids) expect(box.config(vmid)).not.toMatch(/^lock:/m);
  expect(existsSync(join(box.root, 'run/vzdump.pid'))).toBe(false);
}

beforeEach(() => {
  box = sandbox();
  dump = join(box.root, 'var/lib/vz/dump');
  mkdirSync(dump, { recursive: true });
});
afterEach(() => box.dispose());

describe('archives', () => {
  it('are named, logged and whole; the log lies beside', async () => {
    makeVm(100, 'unused0: local:100/old.raw\nide2: none,media=cdrom\n[before]\nmemory: 32\n');
    const { code, stdout, stderr } = await vzdump('100', '--bwlimit', '500000', '--ionice', '8');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const name = archives()[0]!;
    expect(name).toMatch(/^vzdump-qemu-100-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.vma$/);
    const lines = stdout.split('\n').map((line) => line.replace(/^INFO: /, ''));
    const order = [
      'starting new backup job: vzdump 100 --bwlimit 500000 --ionice 8',
      'Starting Backup of VM 100 (qemu)',
      /^Backup started at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
      'status = stopped',
      'backup mode: stop',
      'bandwidth limit: 500000 KiB/s',
      'ionice priority: 8',
      'VM Name: guest100',
      "include disk 'scsi0' 'local:100/vm-100-disk-0.raw' 16M",
      "skip unused drive 'local:100/old.raw' (not included into backup)",
      'snapshots found (not included into backup)',
      `creating vzdump archive '${join(dump, name)}'`,
      /^100% \(/,
      /^archive file size: \d+(KB|MB)$/,
      /^Finished Backup of VM 100 \(00:\d\d:\d\d\)$/,
      /^Backup finished at /,
      'Backup job finished successfully',
    ];
    let at = -1;
    for (const wanted of order) {
      const next = lines.findIndex(
        (line, index) =>
          index > at && (typeof wanted === 'string' ? line === wanted : wanted.test(line)),
      );
      expect(next, `${wanted} after line ${at} of\n${stdout}`).toBeGreaterThan(at);
      at = next;
    }
    const log = readFileSync(join(dump, name.replace(/vma$/, 'log')), 'utf8');
    expect(log).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO: Starting Backup of VM 100 \(qemu\)$/m,
    );
    const config = await box.run('vma', 'config', join(dump, name));
    expect(config.stdout).toBe(
      'ide2: none,media=cdrom\nkvm: 0\nmemory: 64\nname: guest100\nscsi0: local:100/vm-100-disk-0.raw,size=16M\n\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n',
    );
    expect((await box.run('vma', 'verify', join(dump, name))).code).toBe(0);
    expectClean(100);
  });

  it.each([
    ['gzip', 'gz', ['gzip', '-dc'], []],
    ['gzip', 'gz', ['gzip', '-dc'], ['--pigz', '2']],
    ['zstd', 'zst', ['zstd', '-dcq'], ['--zstd', '0']],
    ['lzo', 'lzo', ['lzop', '-dc'], []],
    ['1', 'lzo', ['lzop', '-dc'], []],
  ])('compressed by %s (%s)', async (compress, extension, unpack, more) => {
    makeVm(100);
    const result = await vzdump('100', '--compress', compress, ...more);
    expect(result.code, result.stderr + result.stdout).toBe(0);
    const name = archives()[0]!;
    expect(name.endsWith(`.vma.${extension}`)).toBe(true);
    const plain = join(box.root, 'plain.vma');
    execFileSync('sh', ['-c', `${unpack.join(' ')} < ${join(dump, name)} > ${plain}`]);
    expect((await box.run('vma', 'verify', plain)).code).toBe(0);
  });

  it('to standard output, with nothing else there', async () => {
    makeVm(100);
    const out = join(box.root, 'piped.vma');
    execFileSync(
      'sh',
      [
        '-c',
        `${join(project, 'bin/vzdump')} 100 --stdout --compress zstd 2>${out}.err | zstd -dcq | cat >${out}`,
      ],
      { env: box.env },
    );
    expect((await box.run('vma', 'verify', out)).code).toBe(0);
    expect(readFileSync(`${out}.err`, 'utf8')).toContain('INFO: sending archive to stdout');
    expect(archives()).toEqual([]);
    expectClean(100);
    makeVm(101);
    expect((await vzdump('100', '101', '--stdout')).stderr).toContain('only backup a single VM');
    expect((await vzdump('100', '--stdout', '--storage', 'local')).stderr).toContain(
      "cannot use options 'storage' and 'stdout'",
    );
  });

  it('of a disk-less VM and one with a left-out disk; firewall rules go along', async () => {
    box.writeConfig(100, 'kvm: 0\nmemory: 64\n');
    makeVm(101, 'virtio0: local:101/vm-101-disk-0.raw,backup=0,size=16M\n');
    mkdirSync(join(box.root, 'etc/pve/firewall'), { recursive: true });
    writeFileSync(join(box.root, 'etc/pve/firewall/101.fw'), '[OPTIONS]\nenable: 1\n');
    const result = await vzdump('100', '101');
    expect(result.code, result.stderr + result.stdout).toBe(0);
    expect(result.stdout).toContain(
      "exclude disk 'virtio0' 'local:101/vm-101-disk-0.raw' (backup=no)",
    );
    const list = await box.run('vma', 'list', join(dump, archives()[1]!));
    expect(list.stdout).toContain('drive-scsi0');
    expect(list.stdout).not.toContain('drive-virtio0');
    const folder = join(box.root, 'extracted');
    expect((await box.run('vma', 'extract', join(dump, archives()[1]!), folder)).code).toBe(0);
    expect(readFileSync(join(folder, 'qemu-server.fw'), 'utf8')).toBe('[OPTIONS]\nenable: 1\n');
    expect(
      readFileSync(join(folder, 'disk-drive-scsi0.raw')).equals(
        readFileSync(join(box.root, 'var/lib/vz/images/101/vm-101-disk-0.raw')),
      ),
    ).toBe(true);
  });
});

describe('disks by path', () => {
  it('are backed up as they are', async () => {
    makeVm(100);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(box.root, 'other.qcow2'), '8M']);
    box.writeConfig(100, `${box.config(100)}sata0: /other.qcow2\n`);
    const result = await vzdump('100');
    expect(result.code, result.stdout).toBe(0);
    expect(result.stdout).toContain("include disk 'sata0' '/other.qcow2'");
    const config = await box.run('vma', 'config', join(dump, archives()[0]!));
    expect(config.stdout).toContain('#qmdump#map:sata0:drive-sata0::qcow2:\n');
    expect((await box.run('vma', 'verify', join(dump, archives()[0]!))).code).toBe(0);
  });
});

describe('which guests', () => {
  const backedUp = () => [...new Set(archives().map((name) => Number(name.split('-')[2])))];
  beforeEach(() => {
    for (const vmid of [100, 101, 102]) makeVm(vmid);
    mkdirSync(join(box.root, 'etc/pve/nodes/n2/qemu-server'), { recursive: true });
    writeFileSync(join(box.root, 'etc/pve/nodes/n2/qemu-server/200.conf'), 'memory: 64\n');
    writeFileSync(
      join(box.root, 'etc/pve/user.cfg'),
      'user:root@pam:1:0:::root@example.org:::\npool:prod:Some guests:101,200:local:\n',
    );
  });

  it('--all, --exclude, --pool and --node', async () => {
    expect((await vzdump('--exclude', '101,102')).code).toBe(0);
    expect(backedUp()).toEqual([100]);
    const pool = await vzdump('--pool', 'prod');
    expect(pool.code).toBe(0);
    expect(pool.stdout).toContain('INFO: skip external VMs: 200');
    expect(backedUp()).toEqual([100, 101]);
    expect((await vzdump('--all', '--node', 'n2')).stdout).toBe('');
    expect(backedUp()).toEqual([100, 101]);
    expect((await vzdump('--all', '--node', 'n1', '--quiet')).stdout).toBe('');
    expect(backedUp()).toEqual([100, 101, 102]);
    const unknown = await vzdump('--pool', 'none');
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain("pool 'none' does not exist");
  });

  it('one that fails does not keep the others from it, and the status tells', async () => {
    rmSync(join(box.root, 'var/lib/vz/images/101/vm-101-disk-0.raw'));
    mkdirSync(join(box.root, 'etc/pve/nodes/n1/lxc'), { recursive: true });
    writeFileSync(join(box.root, 'etc/pve/nodes/n1/lxc/103.conf'), 'arch: amd64\n');
    const result = await vzdump('100', '101', '102', '103', '999');
    expect(result.code).toBe(255);
    expect(result.stderr).toContain('job errors');
    expect(result.stdout).toMatch(/ERROR: Backup of VM 101 failed - .*vm-101-disk-0\.raw/);
    expect(result.stdout).toMatch(/ERROR: Backup of VM 103 failed - 103 is a container/);
    expect(result.stdout).toContain("ERROR: Backup of VM 999 failed - unable to find VM '999'");
    expect(result.stdout).toContain('INFO: Backup job finished with errors');
    expect(backedUp()).toEqual([100, 102]);
    expectClean(100, 101, 102);
  });

  it('options that exclude each other are refused together', async () => {
    const result = await vzdump('100', '--all', '--exclude', '101', '--pool', 'prod');
    expect(result.stderr).toContain("all: option conflicts with option 'vmid'");
    expect(result.stderr).toContain("exclude: option conflicts with option 'vmid'");
    expect(result.stderr).toContain("pool: option conflicts with option 'vmid'");
    expect((await vzdump()).stderr).toContain('vmid: property is missing');
    const both = await vzdump('100', '--storage', 'local', '--dumpdir', '/tmp');
    expect(both.stderr).toContain("option conflicts with option 'storage'");
    const notes = await vzdump('100', '--storage', 'local', '--notes-template', '{{owner}}\\t');
    expect(notes.stderr).toContain("variable 'owner'");
    expect(archives()).toEqual([]);
  });

  it('a locked guest is left alone', async () => {
    box.writeConfig(100, `${box.config(100)}lock: migrate\n`);
    const before = box.config(100);
    const result = await vzdump('100');
    expect(result.stdout).toContain('ERROR: Backup of VM 100 failed - VM is locked (migrate)');
    expect(box.config(100)).toBe(before);
  });
});

describe('what is kept', () => {
  it('notes, protection and older backups', async () => {
    makeVm(100);
    const options = ['--storage', 'local', '--prune-backups', 'keep-last=1'];
    const notes = '{{guestname}} on {{node}}, {{cluster}}\\n{{vmid}} \\\\';
    expect((await vzdump('100', ...options, '--protected', '--notes-template', notes)).code).toBe(
      0,
    );
    const first = archives()[0]!;
    expect(readFileSync(join(dump, `${first}.notes`), 'utf8')).toBe(
      'guest100 on n1, standalone node\n100 \\',
    );
    expect(existsSync(join(dump, `${first}.protected`))).toBe(true);
    expect((await vzdump('100', ...options)).code).toBe(0);
    const second = archives()[1]!;
    const last = await vzdump('100', ...options);
    expect(last.stdout).toContain('INFO: prune older backups with retention: keep-last=1');
    expect(last.stdout).toContain(`INFO: removing backup 'local:backup/${second}'`);
    expect(last.stdout).toContain('INFO: pruned 1 backup(s) not covered by keep-retention policy');
    expect(archives()).toHaveLength(2);
    expect(archives()).toContain(first);
    expect(files()).not.toContain(second.replace(/vma$/, 'log'));
  });

  it('a clock that was set back does not make the new backup the one to go', async () => {
    makeVm(100);
    mkdirSync(join(box.root, 'elsewhere'));
    const future = 'vzdump-qemu-100-2099_01_01-00_00_00.vma';
    for (const folder of [dump, join(box.root, 'elsewhere')])
      writeFileSync(join(folder, future), '');
    for (const target of [[], ['--dumpdir', '/elsewhere']]) {
      const result = await vzdump('100', '--prune-backups', 'keep-last=1', ...target);
      expect(result.stdout).toContain('INFO: pruned 0 backup(s)');
    }
    expect(archives()).toHaveLength(2);
    expect(readdirSync(join(box.root, 'elsewhere')).filter((n) => n.endsWith('.vma'))).toHaveLength(
      2,
    );
  });

  it('--remove 0 refuses one too many, max-protected-backups one protected too many', async () => {
    makeVm(100);
    mkdirSync(join(box.root, 'etc/pve'), { recursive: true });
    writeFileSync(
      join(box.root, 'etc/pve/storage.cfg'),
      'dir: local\n\tpath /var/lib/vz\n\tcontent images,backup\n\tprune-backups keep-last=1\n\tmax-protected-backups 1\n',
    );
    expect((await vzdump('100')).code).toBe(0);
    const full = await vzdump('100', '--remove', '0');
    expect(full.stdout).toContain('There is a max backup limit of 1 enforced');
    expect((await vzdump('100', '--storage', 'local', '--protected')).code).toBe(0);
    const again = await vzdump('100', '--storage', 'local', '--protected');
    expect(again.stdout).toContain('The number of protected backups per guest is limited to 1');
    expect(archives()).toHaveLength(2);
    expectClean(100);
  });

  it('in a folder as well', async () => {
    makeVm(100);
    const folder = join(box.root, 'elsewhere');
    mkdirSync(folder);
    for (const date of ['2020_01_01-00_00_00', '2020_01_02-00_00_00'])
      for (const end of ['vma.zst', 'log', 'vma.zst.notes'])
        writeFileSync(join(folder, `vzdump-qemu-100-${date}.${end}`), 'x');
    writeFileSync(join(folder, 'vzdump-qemu-100-2020_01_01-00_00_00.vma.zst.protected'), '');
    const result = await vzdump(
      '100',
      '--dumpdir',
      '/elsewhere/',
      '--prune-backups',
      'keep-last=1',
    );
    expect(result.code, result.stdout).toBe(0);
    expect(result.stdout).toContain('2020_01_02-00_00_00.vma.zst');
    const left = readdirSync(folder);
    expect(left.filter((name) => name.includes('2020_01_02'))).toEqual([]);
    expect(left.filter((name) => name.includes('2020_01_01'))).toHaveLength(4);
    const missing = await vzdump('100', '--dumpdir', '/nowhere', '--tmpdir', '/no/tmp');
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain("dumpdir '/nowhere' does not exist");
    expect(missing.stderr).toContain("tmpdir '/no/tmp' does not exist");
  });
});

describe('defaults', () => {
  it('stand in /etc/vzdump.conf; the command line wins', async () => {
    makeVm(100);
    mkdirSync(join(box.root, 'backups'));
    writeFileSync(
      join(box.root, 'etc/vzdump.conf'),
      '# defaults\ndumpdir: /backups\ncompress: zstd\nbwlimit: 900000\nfoo: 1\nnonsense\n',
    );
    const result = await vzdump('100', '--bwlimit', '0');
    expect(result.code, result.stdout).toBe(0);
    expect(result.stdout).not.toContain('bandwidth limit');
    expect(result.stderr).toContain("'foo'");
    expect(result.stderr).toContain("ignore 'nonsense'");
    expect(readdirSync(join(box.root, 'backups')).some((name) => name.endsWith('.vma.zst'))).toBe(
      true,
    );
    expect((await vzdump('100', '--storage', 'local', '--compress', '0')).code).toBe(0);
    expect(archives()).toHaveLength(1);
  });

  it('--tmpdir holds what is only needed meanwhile; options of containers are refused or told', async () => {
    makeVm(100);
    mkdirSync(join(box.root, 'scratch'));
    const hook = script(
      '/hook',
      `#!/bin/sh\n[ "$1" != backup-end ] || /usr/bin/find ${box.root}/scratch\n`,
    );
    const options = ['--exclude-path', '/tmp', '--pbs-change-detection-mode', 'data'];
    const result = await vzdump(
      '--all',
      '1',
      '--tmpdir',
      '/scratch/',
      '--script',
      hook,
      ...options,
    );
    expect(result.code, result.stderr + result.stdout).toBe(0);
    expect(result.stdout).toMatch(/INFO: .*\/scratch\/vzdumptmp\d+_100\/qemu-server\.conf$/m);
    for (const option of ['exclude-path', 'pbs-change-detection-mode'])
      expect(result.stdout).toContain(
        `INFO: option '${option}' is for containers: of no effect here`,
      );
    // Who names the machine means it so.
    const before = archives();
    const performance = ['--performance', 'max-workers=4,pbs-entries-max=1024'];
    const refused = await vzdump('100', ...options, ...performance, '--stdexcludes', '1');
    expect(refused.code).not.toBe(0);
    for (const option of ['exclude-path', 'stdexcludes', 'pbs-change-detection-mode'])
      expect(refused.stderr).toMatch(new RegExp(`^${option}: for containers`, 'm'));
    expect(refused.stderr).toContain('pbs-entries-max: for containers');
    expect(archives()).toEqual(before);
    expect(readdirSync(join(box.root, 'scratch'))).toEqual([]);
    const fleecing = await vzdump('100', '--fleecing', 'enabled=1');
    expect(fleecing.stderr).toContain("'storage' parameter is required when 'enabled' is set");
  });

  it('--dry-run shows all and changes nothing', async () => {
    makeVm(100);
    const before = execFileSync('find', [box.root, '-type', 'f'], { encoding: 'utf8' });
    const result = await vzdump('100', '--compress', 'zstd', '--dry-run');
    expect(result.code, result.stderr + result.stdout).toBe(0);
    expect(result.stdout).toContain('+lock: backup');
    expect(result.stdout).toMatch(/would run: zstd .* > .*\.dat/);
    expect(execFileSync('find', [box.root, '-type', 'f'], { encoding: 'utf8' })).toBe(before);
  });
});

describe('hook scripts', () => {
  it('see every phase, with mode and id, and only their own environment', async () => {
    makeVm(100);
    const hook = script(
      '/hook',
      `#!/bin/sh\n/usr/bin/env | /usr/bin/grep -vE '^(PWD|_|SHLVL|OLDPWD)=' | LC_ALL=C /usr/bin/sort | /usr/bin/tr '\\n' ' ' >>${box.root}/calls\necho "| $*" >>${box.root}/calls\necho "said by $1"\n`,
    );
    const result = await vzdump('100', '--script', hook, '--compress', 'zstd');
    expect(result.code, result.stdout).toBe(0);
    expect(result.stdout).toContain('INFO: said by job-init');
    const calls = readFileSync(join(box.root, 'calls'), 'utf8').trim().split('\n');
    expect(calls.map((line) => line.split('| ')[1])).toEqual([
      'job-init',
      'job-start',
      'backup-start stop 100',
      'backup-end stop 100',
      'log-end stop 100',
      'job-end',
    ]);
    const target = join(dump, archives()[0]!);
    const log = target.replace(/vma\.zst$/, 'log');
    expect(calls[0]).toBe('STOREID=local | job-init');
    expect(calls[3]).toBe(
      `DUMPDIR=${dump} HOSTNAME=guest100 LOGFILE=${log} STOREID=local TARGET=${target} VMTYPE=qemu | backup-end stop 100`,
    );
  });

  it('one that fails ends its guest or the whole job', async () => {
    makeVm(100);
    const hook = script(
      '/hook',
      `#!/bin/sh\necho "$1" >>${box.root}/calls\ntest "$1" != "$(cat ${box.root}/fail)"\n`,
    );
    const failAt = async (phase: string) => {
      writeFileSync(join(box.root, 'fail'), `${phase}\n`);
      rmSync(join(box.root, 'calls'), { force: true });
      const result = await vzdump('100', '--script', hook);
      expect(result.code).not.toBe(0);
      expect(archives()).toEqual([]);
      expectClean(100);
      return { ...result, calls: readFileSync(join(box.root, 'calls'), 'utf8').trim().split('\n') };
    };
    const guest = await failAt('backup-start');
    expect(guest.stdout).toContain(
      "ERROR: Backup of VM 100 failed - command '/hook backup-start stop 100' failed: exit code 1",
    );
    expect(guest.calls.slice(2)).toEqual(['backup-start', 'backup-abort', 'log-end', 'job-end']);
    const job = await failAt('job-start');
    expect(job.stdout).toContain('ERROR: Backup job failed - ');
    expect(job.calls).toEqual(['job-init', 'job-start', 'job-abort']);
    expect((await failAt('job-init')).calls).toEqual(['job-init']);
    const missing = await vzdump('100', '--script', '/no/such');
    expect(missing.stderr).toContain("The hook script '/no/such' does not exist.");
  });
});

describe('mail', () => {
  it('goes to --mailto, always or on failure', async () => {
    const mails = fakeSendmail();
    makeVm(100);
    expect((await vzdump('100', '--mailto', 'a@example.org,b@example.org', '--quiet')).stdout).toBe(
      '',
    );
    expect(mails()).toMatch(/^ARGS .* -- a@example\.org b@example\.org$/m);
    expect(mails()).toMatch(/^Subject: vzdump backup status \(.+\): backup successful$/m);
    const body = bodyOf(mails());
    expect(body).toMatch(/^100 +guest100 +ok +/m);
    expect(body).toContain('Total running time:');
    expect(body).toContain(archives()[0]!);
    expect(body).toMatch(/^100: .*INFO: Starting Backup of VM 100 \(qemu\)$/m);
    rmSync(join(box.root, 'mails'));
    const onFailure = ['--mailto', 'a@example.org', '--mailnotification', 'failure', '--quiet'];
    expect((await vzdump('100', ...onFailure)).code).toBe(0);
    expect(mails()).toBe('');
    const failed = await vzdump('100', '101', ...onFailure);
    expect(failed.code).toBe(255);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).toContain("ERROR: Backup of VM 101 failed - unable to find VM '101'");
    expect(mails()).toMatch(/^Subject: .*: backup failed$/m);
    rmSync(join(box.root, 'mails'));
    const early = await vzdump('100', '--mailto', 'a@example.org', '--storage', 'gone');
    expect(early.code).toBe(255);
    expect(mails()).toContain("could not activate storage 'gone'");
  });

  it('goes where notifications.cfg says, to root@pam without it', async () => {
    const mails = fakeSendmail();
    makeVm(100);
    expect((await vzdump('100', '--quiet')).stderr).toBe('');
    expect(mails()).toBe('');
    writeFileSync(
      join(box.root, 'etc/pve/user.cfg'),
      'user:root@pam:1:0:::root@example.org:::\nuser:eve@pve:1:0:::eve@example.org:::\n',
    );
    await vzdump('100', '--quiet');
    expect(mails()).toMatch(/ -- root@example\.org$/m);
    rmSync(join(box.root, 'mails'));
    writeFileSync(
      join(box.root, 'etc/pve/notifications.cfg'),
      `sendmail: ops\n\tmailto-user eve@pve\n\tmailto ops@example.org\n\tfrom-address backup@example.org\n\ngotify: phone\n\tserver http://127.0.0.1\n\nmatcher: default-matcher\n\ttarget ops\n\ttarget phone\n\tmatch-severity error\n\tmatch-field exact:type=vzdump\n`,
    );
    await vzdump('100', '--quiet');
    expect(mails()).toBe('');
    const failed = await vzdump('999', '--job-id', 'nightly');
    expect(failed.stderr).toContain("notification target 'phone' (gotify) is not supported");
    expect(mails()).toMatch(/-f backup@example\.org -- ops@example\.org eve@example\.org$/m);
    rmSync(join(box.root, 'mails'));
    await vzdump('999', '--mailto', 'a@example.org', '--notification-mode', 'notification-system');
    expect(mails()).toMatch(/ -- ops@example\.org eve@example\.org$/m);
  });

  it('one that cannot be sent is told, and the backup counts', async () => {
    makeVm(100);
    script('fake-bin/sendmail', '#!/bin/sh\necho no route >&2\nexit 75\n');
    box.env.PATH = `${join(box.root, 'fake-bin')}:${box.env.PATH}`;
    const result = await vzdump('100', '--mailto', 'a@example.org');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/ERROR: could not notify - .*exit code 75.*no route/);
  });
});

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);

/** Stands in write(2) to its standard output. */
function isWriting(pid: string): boolean {
  try {
    return /^1 0x1 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
  } catch {
    return false;
  }
}

describe('when things break', () => {
  function start(...options: string[]) {
    const child = spawn(join(project, 'bin/vzdump'), options, {
      env: box.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    return { child, text: () => text };
  }

  /** Starts a backup that takes for ever, and waits until its archive grows. */
  async function slowBackup(more: string[] = []) {
    const { child, text } = start('100', '--bwlimit', '1', ...more);
    // Not before all it said has come.
    const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? 128)));
    await until(
      () => files().some((name) => name.endsWith('.dat')),
      300,
      () => `a draft: ${text()}`,
    );
    return { child, ended, text };
  }

  it('a slow machine is no failure: the disk’s server takes its time to listen', async () => {
    makeVm(100);
    script(
      '/fake-bin/qemu-nbd',
      '#!/bin/sh\nexec strace -D -o /dev/null -f -e trace=listen -e inject=listen:delay_enter=400000 /usr/bin/qemu-nbd "$@"\n',
    );
    box.env.PATH = `${join(box.root, 'fake-bin')}:${box.env.PATH}`;
    const result = await vzdump('100');
    expect(result.code, result.stdout).toBe(0);
  });

  it('kill -9: the next run clears what was left', async () => {
    makeVm(100, '', 12);
    const { child, ended } = await slowBackup();
    expect(box.config(100)).toMatch(/^lock: backup$/m);
    child.kill('SIGKILL');
    await ended;
    const next = await vzdump('100');
    expect(next.code, next.stdout + next.stderr).toBe(0);
    expect(next.stdout).toMatch(/INFO: removed '.*\.dat' of an earlier backup that was killed/);
    expect(archives()).toHaveLength(1);
    expectClean(100);
  });

  it('kill -9 with a compressor', async () => {
    makeVm(100, '', 12);
    const { child, ended } = await slowBackup(['--compress', 'zstd']);
    child.kill('SIGKILL');
    await ended;
    expect((await vzdump('100', '--compress', 'zstd')).code).toBe(0);
    expect(archives()).toHaveLength(1);
    expectClean(100);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s cleans up at once', async (signal) => {
    makeVm(100, '', 12);
    const hook = script('/hook', `#!/bin/sh\necho "$1" >>${box.root}/calls\n`);
    const { child, ended, text } = await slowBackup(['--script', hook]);
    child.kill(signal);
    expect(await ended).not.toBe(0);
    expect(text()).toContain('ERROR: Backup of VM 100 failed - ');
    expect(text()).toContain('ERROR: Backup job failed - ');
    expect(readFileSync(join(box.root, 'calls'), 'utf8')).toMatch(
      /backup-abort\nlog-end\njob-abort\n$/,
    );
    expect(archives()).toEqual([]);
    expectClean(100);
  });

  it.each([
    ['pipe', []],
    ['pipe', ['--compress', 'zstd']],
    ['socket', []],
  ])('told to end while nobody reads standard output: a %s, %j', async (kind, more) => {
    makeVm(100, '', 12);
    const fifo = join(box.root, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Both ends of it are here, and nothing is ever taken out.
    const ours = openSync(fifo, 'r+');
    const child = spawn(join(project, 'bin/vzdump'), ['100', '--stdout', ...more], {
      env: box.env,
      stdio: ['ignore', kind === 'pipe' ? ours : 'pipe', 'pipe'],
    });
    let text = '';
    child.stderr!.on('data', (chunk) => {
      text += chunk;
    });
    const ended = new Promise<number>((done) => child.on('exit', (code) => done(code ?? 128)));
    const isFull =
      kind === 'pipe'
        ? () => {
            const look = ['-e', 'vec($w, 0, 1) = 1; exit(select(undef, $w, undef, 0))'];
            return spawnSync('perl', look, { stdio: [ours, 'ignore', 'ignore'] }).status === 0;
          }
        : () => childrenOf(child.pid!).some((pid) => isWriting(pid));
    await until(isFull, 300, () => `a full pipe: ${text}`);
    const below = childrenOf(child.pid!);
    child.kill('SIGTERM');
    expect(await ended, text).not.toBe(0);
    closeSync(ours);
    expectClean(100);
    expect(archives()).toEqual([]);
    await until(() => !below.some((pid) => existsSync(`/proc/${pid}`)), 300, 'its children to end');
  });

  it('--stop ends the one that runs', async () => {
    makeVm(100, '', 12);
    const { ended } = await slowBackup();
    const stop = await vzdump('--stop');
    expect(stop.code, stop.stderr).toBe(0);
    expect(await ended).not.toBe(0);
    expectClean(100);
  });

  it('two at once: the second waits, or gives up', async () => {
    for (const vmid of [100, 101]) makeVm(vmid);
    const go = join(box.root, 'go');
    const hook = script(
      '/hook',
      `#!/bin/sh\n[ "$1" != backup-end ] || until [ -e ${go} ]; do sleep 0.1; done\n`,
    );
    const first = start('100', '--script', hook);
    const ended = new Promise<number>((done) =>
      first.child.on('close', (code) => done(code ?? 128)),
    );
    await until(() => existsSync(join(box.root, 'run/vzdump.pid')), 300, first.text);
    const impatient = await vzdump('101', '--lockwait', '0');
    expect(impatient.code).not.toBe(0);
    expect(impatient.stdout).toContain(
      "ERROR: can't acquire lock '/var/run/vzdump.lock' (wait = 0)",
    );
    const patient = start('101');
    const over = new Promise((done) => patient.child.on('close', done));
    await until(
      () => patient.text().includes('INFO: trying to get global lock - waiting...'),
      300,
      patient.text,
    );
    expect(archives().filter((name) => name.includes('-101-'))).toEqual([]);
    writeFileSync(go, '');
    expect(await over, patient.text()).toBe(0);
    expect(patient.text()).toContain('INFO: got global lock');
    expect(await ended).toBe(0);
    expect(archives()).toHaveLength(2);
  });

  it.each([[[]], [['--compress', 'zstd']]])(
    'a full target leaves nothing %j',
    async (more: string[]) => {
      makeVm(100, '', 12);
      const folder = join(box.root, 'small');
      mkdirSync(folder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
      try {
        const result = await vzdump('100', '--dumpdir', '/small', ...more);
        expect(result.code).toBe(255);
        expect(result.stdout).toMatch(
          /ERROR: Backup of VM 100 failed - .*[Nn]o space left on device/,
        );
        expect(readdirSync(folder).filter((name) => !name.endsWith('.log'))).toEqual([]);
        expect(box.config(100)).not.toMatch(/^lock:/m);
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );
});

describe('a target that is not mounted', () => {
  it('does not fill the root disk', async () => {
    makeVm(100);
    mkdirSync(join(box.root, 'mnt/backup/vm'), { recursive: true });
    writeFileSync(
      join(box.root, 'etc/fstab'),
      '# comment\nUUID=1 / ext4 defaults 0 1\nnas:/b /mnt/backup nfs _netdev 0 0\n',
    );
    writeFileSync(
      join(box.root, 'etc/pve/storage.cfg'),
      'dir: nas\n\tpath /mnt/backup/pve\n\tcontent backup\n\ndir: mp\n\tpath /mp\n\tcontent backup\n\tis_mountpoint yes\n\ndir: sure\n\tpath /mnt/backup/sure\n\tcontent backup\n\tis_mountpoint no\n',
    );
    for (const target of [
      ['--dumpdir', '/mnt/backup/vm'],
      ['--storage', 'nas'],
    ]) {
      const result = await vzdump('100', ...target);
      expect(result.code).toBe(255);
      expect(result.stderr).toContain(
        "/etc/fstab mounts at '/mnt/backup', but nothing is mounted there",
      );
      expect(result.stderr).toContain('hint: mount /mnt/backup');
    }
    expect(existsSync(join(box.root, 'mnt/backup/pve'))).toBe(false);
    const expected = await vzdump('100', '--storage', 'mp');
    expect(expected.stderr).toContain("is expected to be a mount point but is not mounted: '/mp'");
    const sure = await vzdump('100', '--storage', 'sure');
    expect(sure.code).toBe(0);
    expect(sure.stderr).toContain("WARN: '/mnt/backup' is not mounted");
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(box.root, 'mnt/backup')]);
    try {
      expect((await vzdump('100', '--storage', 'nas')).code).toBe(0);
    } finally {
      execFileSync('umount', [join(box.root, 'mnt/backup')]);
    }
    const wrong = await vzdump('100', '--storage', 'nowhere');
    expect(wrong.stderr).toContain("storage 'nowhere' does not exist");
  });
});
