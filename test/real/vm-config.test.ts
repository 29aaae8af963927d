/** `qm set`, `destroy`, `rescan`, `unlock` and their locks, without a guest that runs. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedVolumes, volumes } from './faults.js';
import { type Sandbox, sandbox, until } from './sandbox.js';

describe('the config of a VM', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.dispose());

  const at = (path: string) => join(box.root, path);
  const refused = async (...args: string[]) => {
    const { code, stderr } = await box.qm(...args);
    expect(code, args.join(' ')).not.toBe(0);
    return stderr;
  };
  const digest = () =>
    execFileSync('sha1sum', [at('etc/pve/qemu-server/100.conf')], { encoding: 'utf8' }).slice(
      0,
      40,
    );
  const put = (path: string, text: string) => {
    mkdirSync(join(at(path), '..'), { recursive: true });
    writeFileSync(at(path), text);
  };

  it('set: values, --delete, --digest, and what contradicts itself', async () => {
    await box.ok('create', '100', '--name', 'one', '--memory', '256', '--onboot', '1');
    expect(await box.ok('set', '100', '--name', 'two', '--cores', '2')).toBe(
      'update VM 100: -cores 2 -name two\n',
    );
    expect(await refused('set', '100')).toContain('no options specified');
    const old = digest();
    await box.ok('set', '100', '--cores', '3', '--digest', old);
    expect(await refused('set', '100', '--cores', '4', '--digest', old)).toContain(
      'checksum mismatch (file change by other user?)',
    );
    expect(box.config(100)).toContain('cores: 3\n');
    await box.ok('set', '100', '--delete', 'onboot,memory');
    expect(box.config(100)).not.toMatch(/^(onboot|memory):/m);
    const gone = await box.qm('set', '100', '--delete', 'onboot');
    expect(gone.code).toBe(0);
    expect(gone.stderr).toContain("cannot delete 'onboot' - not set in current configuration!");
    expect(await refused('set', '100', '--delete', 'nonsense')).toContain(
      "delete: unknown option 'nonsense'",
    );
    expect(await refused('set', '100', '--delete', 'name', '--name', 'x')).toMatch(
      /at the same time/,
    );
    // A change that a running VM would still wait for.
    box.writeConfig(100, 'memory: 256\nname: x\n\n[PENDING]\ncores: 4\ndelete: name\n');
    expect(await box.ok('pending', '100')).toBe('new cores: 4\ncur memory: 256\ndel name: x\n');
    await box.ok('set', '100', '--revert', 'cores,name');
    expect(box.config(100)).toBe('memory: 256\nname: x\n');
  });

  it('what is shown: numbers and booleans as such, however they are written, and no password', async () => {
    box.writeConfig(
      100,
      'cipassword: $5$a$secret\ncores: 2\ncpulimit: 1.5\nmemory: 512\nname: on\nonboot: Yes\n\n[PENDING]\ncipassword: $5$b$secret\ncores: 4\nkvm: off\n',
    );
    const hidden = '*'.repeat(10);
    const now = { cpulimit: '1.5', memory: '512', name: 'on', onboot: 1, cipassword: hidden };
    const json = async (...args: string[]) =>
      JSON.parse(await box.ok(...args, '--output-format', 'json')) as unknown;
    expect(await json('config', '100')).toEqual({
      ...now,
      cores: 4,
      kvm: 0,
      digest: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(await box.ok('config', '100', '--current')).toBe(
      `cipassword: ${hidden}\ncores: 2\ncpulimit: 1.5\nmemory: 512\nname: on\nonboot: 1\n`,
    );
    const pending = await json('pending', '100');
    expect(pending).toContainEqual({ key: 'cores', value: 2, pending: 4 });
    expect(pending).toContainEqual({ key: 'cipassword', value: hidden, pending: hidden });
    expect(pending).toContainEqual({ key: 'kvm', pending: 0 });
    expect(await box.ok('pending', '100')).not.toContain('secret');
  });

  it('disks: detached ones are kept, unused ones removed, those of others never', async () => {
    await box.ok('create', '100', '--scsi0', 'local:1', '--scsi1', 'local:1');
    await box.ok('create', '200', '--scsi0', 'local:1');
    await box.ok('set', '100', '--delete', 'scsi1');
    expect(box.config(100)).toContain('unused0: local:100/vm-100-disk-1.raw\n');
    await box.ok('set', '100', '--virtio0', 'local:100/vm-100-disk-1.raw');
    expect(box.config(100)).not.toContain('unused0');
    expect(box.config(100)).toContain('virtio0: local:100/vm-100-disk-1.raw,size=1G\n');
    // A new disk in the place of another one.
    await box.ok('set', '100', '--virtio0', 'local:2');
    expect(box.config(100)).toContain('unused0: local:100/vm-100-disk-1.raw\n');
    await box.ok('set', '100', '--delete', 'unused0');
    expect(volumes(box)).toEqual([
      'local:100/vm-100-disk-0.raw',
      'local:100/vm-100-disk-2.raw',
      'local:200/vm-200-disk-0.raw',
    ]);
    await box.ok('set', '100', '--delete', 'virtio0', '--force', '1');
    expect(volumes(box)).not.toContain('local:100/vm-100-disk-2.raw');
    // The disk of another guest is only let go.
    for (const words of [
      ['--delete', 'scsi5', '--force', '1'],
      ['--delete', 'scsi5'],
    ]) {
      await box.ok('set', '100', '--scsi5', 'local:200/vm-200-disk-0.raw');
      await box.ok('set', '100', ...words);
    }
    await box.ok('set', '100', '--delete', 'unused0');
    await box.ok('set', '100', '--scsi5', 'local:200/vm-200-disk-0.raw');
    await box.ok('destroy', '100');
    expect(volumes(box)).toEqual(['local:200/vm-200-disk-0.raw']);
  });

  it('an unused disk that cannot be removed stays in the config', async () => {
    await box.ok('create', '100', '--scsi0', 'local:1');
    put(
      'etc/pve/storage.cfg',
      'dir: gone\n\tpath /gone\n\tcontent images\n\tcreate-base-path 0\n\tmkdir 0\n',
    );
    writeFileSync(at('etc/pve/qemu-server/100.conf'), 'unused0: gone:100/vm-100-disk-0.raw\n');
    const said = await refused('set', '100', '--delete', 'unused0');
    expect(said).toContain("storage 'gone'");
    expect(box.config(100)).toBe('unused0: gone:100/vm-100-disk-0.raw\n');
  });

  it('a disk that two storages show is not removed under one name while the other is in use', async () => {
    await box.ok('create', '100', '--scsi0', 'local:1');
    put('etc/pve/storage.cfg', 'dir: again\n\tpath /var/lib/vz\n\tcontent images\n');
    const config = `${box.config(100)}unused0: again:100/vm-100-disk-0.raw\n`;
    writeFileSync(at('etc/pve/qemu-server/100.conf'), config);
    expect(await refused('set', '100', '--delete', 'unused0')).toContain(
      "unable to delete 'again:100/vm-100-disk-0.raw' - volume is still in use",
    );
    await box.ok('set', '100', '--scsi1', 'again:100/vm-100-disk-0.raw');
    const said = await box.qm('set', '100', '--delete', 'scsi1', '--force', '1');
    expect(said.stderr).toContain('another key names the same image');
    expect(volumes(box)).toEqual(['local:100/vm-100-disk-0.raw']);
  });

  it('protection keeps disks and VM', async () => {
    await box.ok(
      'create',
      '100',
      '--scsi0',
      'local:0.01',
      '--scsi1',
      'local:0.01',
      '--protection',
      '1',
    );
    expect(await refused('destroy', '100')).toContain(
      "can't remove VM 100 - protection mode enabled",
    );
    expect(await refused('set', '100', '--delete', 'scsi1')).toContain(
      "can't remove drive 'scsi1' - protection mode enabled",
    );
    expect(namedVolumes(box.config(100))).toHaveLength(2);
    await box.ok('set', '100', '--protection', '0');
    await box.ok('set', '100', '--delete', 'scsi1');
    await box.ok('set', '100', '--protection', '1');
    expect(await refused('set', '100', '--delete', 'unused0')).toMatch(
      /can't remove unused disk .* - protection mode enabled/,
    );
    expect(volumes(box)).toHaveLength(2);
    await box.ok('set', '100', '--delete', 'protection');
    await box.ok('destroy', '100');
  });

  it('destroy: other files that name the VM, and disks it does not name', async () => {
    await box.ok('create', '100', '--scsi0', 'local:1');
    await box.run('pvesm', 'alloc', 'local', '100', 'vm-100-extra.raw', '1M');
    put('etc/pve/replication.cfg', 'local: 100-0\n\ttarget n2\n\nlocal: 1001-0\n\ttarget n2\n\n');
    expect(await refused('destroy', '100')).toContain(
      "There is a replication job '100-0' for guest '100' - Please remove that first.",
    );
    put('etc/pve/ha/resources.cfg', 'vm: 100\n\tstate started\n\nct: 1001\n\n');
    expect(await refused('destroy', '100')).toContain(
      'unable to remove VM 100 - used in HA resources and purge parameter not set.',
    );
    put(
      'etc/pve/jobs.cfg',
      [
        'vzdump: only\n\tschedule 02:00\n\tvmid 100\n\n',
        'vzdump: both\n\tschedule 03:00\n\tvmid 100,1001\n\n',
        'vzdump: all\n\tall 1\n\texclude 1001,100\n\tschedule 04:00\n\n',
        'realm-sync: x\n\trealm 100\n\n',
      ].join(''),
    );
    put(
      'etc/pve/user.cfg',
      'user:root@pam:1:0:::::\npool:p:a pool:100,1001:local:\nacl:1:/vms/100:a@pve:PVEVMUser:\nacl:1:/vms/1001:a@pve:PVEVMUser:\n',
    );
    put('etc/pve/firewall/100.fw', '[OPTIONS]\nenable: 1\n');
    const said = await box.ok('destroy', '100', '--purge', '1');
    expect(said).toContain('purging VM 100 from related configurations..\n');
    expect(said).toContain('NOTE: removed VM 100 from HA resource configuration.\n');
    const read = (name: string) => readFileSync(at(`etc/pve/${name}`), 'utf8');
    expect(read('replication.cfg')).toBe('local: 1001-0\n\ttarget n2\n\n');
    expect(read('ha/resources.cfg')).toBe('ct: 1001\n\n');
    expect(read('jobs.cfg')).toBe(
      [
        'vzdump: both\n\tschedule 03:00\n\tvmid 1001\n\n',
        'vzdump: all\n\tall 1\n\texclude 1001\n\tschedule 04:00\n\n',
        'realm-sync: x\n\trealm 100\n\n',
      ].join(''),
    );
    expect(read('user.cfg')).toBe(
      'user:root@pam:1:0:::::\npool:p:a pool:1001:local:\nacl:1:/vms/1001:a@pve:PVEVMUser:\n',
    );
    expect(existsSync(at('etc/pve/firewall/100.fw'))).toBe(false);
    expect(volumes(box)).toEqual(['local:100/vm-100-extra.raw']);
    expect(readdirSync(at('etc/pve/priv/lock'))).toEqual([]);
    await box.ok('create', '100', '--scsi0', 'local:1');
    await box.ok('destroy', '100', '--destroy-unreferenced-disks', '1');
    expect(volumes(box)).toEqual([]);
  });

  it('rescan: unknown disks become unused ones, sizes are brought up to date', async () => {
    await box.ok('create', '100', '--scsi0', 'local:1');
    await box.run('pvesm', 'alloc', 'local', '100', 'vm-100-extra.qcow2', '2M');
    execFileSync('truncate', ['-s', '2G', at('var/lib/vz/images/100/vm-100-disk-0.raw')]);
    const before = box.config(100);
    const dry = await box.ok('rescan', '--dryrun', '1');
    expect(dry).toContain("NOTE: running in dry-run mode, won't write changes out!\n");
    expect(dry).toContain('VM 100 (scsi0): size of disk');
    expect(box.config(100)).toBe(before);
    await box.ok('disk', 'rescan');
    expect(box.config(100)).toContain('scsi0: local:100/vm-100-disk-0.raw,size=2G\n');
    expect(box.config(100)).toContain('unused0: local:100/vm-100-extra.qcow2\n');
    const after = box.config(100);
    await box.ok('disk', 'rescan', '--vmid', '100');
    expect(box.config(100)).toBe(after);
  });

  it('unlock takes any lock away, and says nothing where there is none', async () => {
    box.writeConfig(100, 'lock: migrate\nname: x\n');
    expect(await refused('set', '100', '--name', 'y')).toMatch(
      /^VM is locked \(migrate\)\nhint: .*qm unlock 100$/m,
    );
    await box.ok('set', '100', '--name', 'y', '--skiplock', '1');
    expect(await box.ok('unlock', '100')).toBe('');
    expect(box.config(100)).toBe('name: y\n');
    expect(await box.ok('unlock', '100')).toBe('');
  });

  it("locks: waits for the original's flock, and gives up with its words", async () => {
    await box.ok('create', '100');
    const lock = at('run/lock/qemu-server/lock-100.conf');
    /** Holds the lock until its input ends. */
    const hold = async () => {
      const holder = spawn('flock', ['-x', lock, 'sh', '-c', 'echo has it; cat'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      await new Promise((done) => holder.stdout.once('data', done));
      return () => holder.stdin.end();
    };
    const isWaiting = () =>
      box.processes().some((pid) => {
        const path = `/proc/${pid}/cmdline`;
        return existsSync(path) && /^\S*flock\0-x\0-w\0/.test(readFileSync(path, 'latin1'));
      });
    const waits = () => until(isWaiting, 120, 'qm to wait for the lock');

    let letGo = await hold();
    let ended = false;
    const set = box.ok('set', '100', '--name', 'waited').finally(() => {
      ended = true;
    });
    await waits();
    expect([ended, box.config(100)!.includes('waited')]).toEqual([false, false]);
    letGo();
    await set;
    expect(box.config(100)).toContain('name: waited\n');

    letGo = await hold();
    try {
      const before = box.config(100);
      const { code, stderr } = await box.qm('set', '100', '--name', 'late');
      expect(code).not.toBe(0);
      expect(stderr).toContain(`can't lock file '${lock}' - got timeout`);
      expect(box.config(100)).toBe(before);
      // Reading waits for nobody.
      await box.ok('config', '100');
      // Told to end while it waits.
      const child = spawn(
        join(import.meta.dirname, '../../bin/qm'),
        ['set', '100', '--name', 'never'],
        {
          env: box.env,
        },
      );
      let said = '';
      child.stderr.on('data', (text) => (said += text));
      const end = new Promise<number | null>((done) => child.once('close', (c) => done(c)));
      await waits();
      child.kill('SIGTERM');
      expect(await end).not.toBe(0);
      expect(said).toMatch(/received interrupt/);
    } finally {
      letGo();
    }
    await box.ok('set', '100', '--name', 'free');
  });

  it('locks: a folder below priv/lock holds up who changes storage.cfg', async () => {
    const lock = at('etc/pve/priv/lock/file-storage_cfg');
    mkdirSync(lock, { recursive: true });
    const late = await box.run('pvesm', 'add', 'dir', 'more', '--path', '/more');
    expect(late.code).not.toBe(0);
    expect(late.stderr).toContain("trying to acquire cfs lock 'file-storage_cfg' ...");
    expect(late.stderr).toContain("cfs-lock 'file-storage_cfg' error: got lock request timeout");
    // As old as no living holder lets it become.
    execFileSync('touch', ['-d', '5 minutes ago', lock]);
    expect((await box.run('pvesm', 'add', 'dir', 'more', '--path', '/more')).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it('hookscripts: must be there and executable; a failing pre-start stops the start', async () => {
    put(
      'var/lib/vz/snippets/hook.sh',
      `#!/bin/sh\necho "$1 $2" >>${at('hook.log')}\n[ "$2" != pre-start ]\n`,
    );
    await box.ok('create', '100', '--kvm', '0', '--memory', '32');
    expect(await refused('set', '100', '--hookscript', 'local:snippets/none.sh')).toContain(
      "script 'local:snippets/none.sh' does not exist",
    );
    expect(await refused('set', '100', '--hookscript', 'local:snippets/hook.sh')).toContain(
      "script 'local:snippets/hook.sh' is not executable",
    );
    expect(await refused('set', '100', '--hookscript', 'local:iso/x.iso')).toContain(
      "'local:iso/x.iso' is not in the snippets directory",
    );
    chmodSync(at('var/lib/vz/snippets/hook.sh'), 0o755);
    await box.ok('set', '100', '--hookscript', 'local:snippets/hook.sh');
    expect(await refused('start', '100')).toContain('hookscript error for 100 on pre-start');
    expect(box.leftovers(100)).toEqual([]);
    expect(readFileSync(at('hook.log'), 'utf8')).toBe('100 pre-start\n');
    // Elsewhere a failure is only told.
    put(
      'var/lib/vz/snippets/hook.sh',
      `#!/bin/sh\necho "$1 $2" >>${at('hook.log')}\n[ "$2" = pre-start ]\n`,
    );
    const start = await box.qm('start', '100');
    expect(start.code).toBe(0);
    expect(start.stderr).toContain('WARN: hookscript error for 100 on post-start');
    const stop = await box.qm('stop', '100');
    expect(stop.code).toBe(0);
    for (const phase of ['pre-stop', 'post-stop'])
      expect(stop.stderr).toContain(`WARN: hookscript error for 100 on ${phase}`);
    expect(readFileSync(at('hook.log'), 'utf8').match(/post-stop/g)).toHaveLength(1);
  });
});

describe('import-from', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.dispose());

  it.each([
    ['qcow2', 'raw'],
    ['raw', 'qcow2'],
    ['vmdk', 'qcow2'],
    ['raw', 'vmdk'],
  ])('converts from %s to %s', async (from, to) => {
    const source = join(box.root, `source.${from}`);
    execFileSync('qemu-img', ['create', '-q', '-f', from, source, '8M']);
    execFileSync('qemu-io', ['-f', from, '-c', 'write -P 0x5a 1M 2M', source]);
    const said = await box.ok(
      'create',
      '100',
      '--scsi0',
      `local:0,import-from=/source.${from},format=${to}`,
    );
    const file = join(box.root, `var/lib/vz/images/100/vm-100-disk-0.${to}`);
    expect(said).toContain(
      `scsi0: successfully created disk 'local:100/vm-100-disk-0.${to},size=8M'`,
    );
    expect(said).toMatch(/transferred 8.0 MiB of 8.0 MiB/);
    const info = JSON.parse(
      execFileSync('qemu-img', ['info', '--output=json', file], { encoding: 'utf8' }),
    );
    expect(info).toMatchObject({ format: to, 'virtual-size': 8 << 20 });
    execFileSync('qemu-img', ['compare', '-f', from, '-F', to, source, file]);
    // A volume as the source.
    await box.ok('create', '101', '--scsi0', `local:0,import-from=local:100/vm-100-disk-0.${to}`);
    execFileSync('qemu-img', [
      'compare',
      '-f',
      to,
      '-F',
      'raw',
      file,
      join(box.root, 'var/lib/vz/images/101/vm-101-disk-0.raw'),
    ]);
  });

  it('refuses images that would drag in other files of the host, and what is none', async () => {
    const image = join(box.root, 'evil.qcow2');
    execFileSync('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      '/etc/hostname',
      '-F',
      'raw',
      image,
      '1M',
    ]);
    writeFileSync(join(box.root, 'text.qcow2'), 'no image');
    for (const [source, reason] of [
      ['/evil.qcow2', /refers to other files/],
      ['/text.qcow2', /not in qcow2 format/i],
      ['/none.raw', /does not exist/],
    ] as const) {
      const { code, stderr } = await box.qm(
        'create',
        '100',
        '--scsi0',
        `local:0,import-from=${source}`,
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(reason);
      expect(box.config(100)).toBeUndefined();
      expect(box.images()).toEqual([]);
    }
  });

  it('shows its progress on a terminal', () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', join(box.root, 'source.raw'), '64M']);
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 1 0 64M', join(box.root, 'source.raw')]);
    const qm = join(import.meta.dirname, '../../bin/qm');
    const { stdout } = spawnSync(
      'script',
      [
        '-qec',
        `stty cols 100; ${qm} create 100 --scsi0 local:0,import-from=/source.raw`,
        '/dev/null',
      ],
      { env: { ...box.env, TERM: 'xterm' }, encoding: 'utf8', input: '' },
    );
    expect(stdout).toMatch(/transferred .* of 64.0 MiB \d+\.\d%/);
    expect(stdout).toContain(
      "scsi0: successfully created disk 'local:100/vm-100-disk-0.raw,size=64M'",
    );
    expect(box.config(100)).toContain('scsi0: local:100/vm-100-disk-0.raw,size=64M\n');
  });
});
