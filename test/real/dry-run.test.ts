/**
 * `--dry-run` on every command that changes something: it tells the commands and file changes in
 * order, and neither a file of the node nor a running guest is touched.
 */
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOptions } from '../../src/cli/globals.js';
import { type Sandbox, sandbox } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');
const tools: string[] = Object.keys(
  JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).bin,
);

/** Command -> how it is called here, and what a dry run of it must show at least. */
const SAMPLES: Record<string, [words: string, shows: RegExp][]> = {
  'pave quickstart': [
    ['', /would run: .*qm create [\s\S]*would run: .*qm start [\s\S]*would run: .*qm shutdown/],
  ],
  'pave guests start': [['', /^would run: [\s\S]*qemu-system-x86_64/m]],
  'pave guests stop': [['', /would do: .*101/]],
  'pave network create': [['vmbr9 --type bridge', /^\+iface vmbr9 /m]],
  'pave network set': [['vmbr8 --type bridge --mtu 1400', /^\+\s*mtu 1400/m]],
  'pave network delete': [['vmbr8', /^would create: .*interfaces\.new$/m]],
  'pave network nat': [['vmbr7 --cidr 10.77.0.1/24', /^\+iface vmbr7 /m]],
  'pave backup files': [
    ['/srv/extra/a.vma scsi0/1/x --to /out', /^would do: extract 'scsi0\/1\/x' to '\/out'/m],
  ],
  'pave backup verify': [['/srv/extra/a.vma', /^would do: read '.*a\.vma'/m]],
  'pave jobs add': [['more --schedule daily --all', /^\+vzdump: more$/m]],
  'pave jobs set': [['kept --enabled 0', /^\+\tenabled 0$/m]],
  'pave jobs remove': [['kept', /^-vzdump: kept$/m]],
  'pave jobs run': [['kept', /^would write .*\.dat$/m]],
  'pvescheduler run': [['', /^would write .*\.dat$/m]],
  'pvescheduler start': [['', /^would create: .*cron\.d\/pave-scheduler$/m]],
  'pvescheduler stop': [['', /^$/]],
  'pvescheduler restart': [['', /^would create: .*cron\.d\/pave-scheduler$/m]],
  'pvesm add': [['dir more --path /srv/more', /^\+dir: more$/m]],
  'pvesm alloc': [['local 100 vm-100-disk-7.raw 1G', /vm-100-disk-7\.raw/]],
  'pvesm free': [['local:100/vm-100-disk-1.raw', /would .*vm-100-disk-1\.raw/]],
  'pvesm remove': [['extra', /^-dir: extra$/m]],
  'pvesm set': [['extra --content iso', /^\+\s+content iso$/m]],
  'qm create': [
    ['200 --name new --scsi0 local:1', /^\+name: new$/m],
    ['200 --start --memory 64', /^would run: [\s\S]*qemu-system-x86_64/m],
  ],
  'qm destroy': [['100 --purge', /would .*vm-100-disk-0/]],
  'qm reboot': [['101', /would do: .*system_powerdown[\s\S]*would do: start VM 101/]],
  'qm reset': [['101', /would do: .*system_reset/]],
  'qm resume': [['103', /would do: .*cont/]],
  'qm sendkey': [['101 ret', /would do: .*send-?key/]],
  'qm set': [
    ['100 --memory 1024 --scsi1 local:1', /^\+memory: 1024$/m],
    ['100 --delete scsi0', /^\+unused0: local:100\/vm-100-disk-0/m],
  ],
  'qm shutdown': [['101', /would do: .*system_powerdown/]],
  'qm start': [['100', /^would run: [\s\S]*qemu-system-x86_64/m]],
  'qm stop': [['101', /would /]],
  'qm suspend': [
    ['101', /would do: .*stop/],
    ['101 --todisk', /would /],
  ],
  'qm cleanup': [['100 0 0', /^$/]],
  'qm cloudinit update': [['104', /would .*vm-104-cloudinit/]],
  'qm unlock': [['102', /^-lock: backup$/m]],
  'qm disk rescan': [['', /^\+unused0: local:100\/vm-100-disk-1\.raw/m]],
  'vma create': [
    [
      '/srv/extra/b.vma -d format=raw:drive-scsi0=ROOT/var/lib/vz/images/100/vm-100-disk-1.raw',
      /^would /m,
    ],
  ],
  'vma extract': [['/srv/extra/a.vma /srv/extra/out', /^would /m]],
  qmrestore: [
    ['/srv/extra/a.vma 110', /^would do: write the data of drive-scsi0/m],
    ['/srv/extra/a.vma 100 --force', /^would do: write the data of drive-scsi0/m],
  ],
  vzdump: [['100 --dumpdir /srv/extra', /^would /m]],
};

/** Why a command is not called here. */
const WITHOUT: Record<string, string> = {
  'pave network apply': 'needs ifupdown',
  'pave network confirm': 'needs an apply under way',
  'pave network revert': 'needs changes that wait',
  'qm enroll-efi-keys': 'needs virt-fw-vars, which Debian 12 does not have',
  'qm monitor': 'a conversation: its commands are the user’s own',
  'qm terminal': 'a conversation with the guest',
  'qm vncproxy': 'a conversation with the guest',
  'pave console': 'a conversation with the guest',
};

let box: Sandbox;
const inRoot = (words: string) => words.replaceAll('ROOT', box.root);

beforeAll(async () => {
  box = sandbox();
  await box.ok(
    'create',
    '100',
    '--name',
    'one',
    '--memory',
    '64',
    '--scsi0',
    'local:0.01',
    '--kvm=0',
  );
  await box.run('pvesm', 'alloc', 'local', '100', 'vm-100-disk-1.raw', '4M');
  await box.ok('create', '101', '--memory', '64', '--scsi0', 'local:0.01', '--kvm', '0');
  await box.ok('set', '100', '--onboot', '1');
  await box.ok('start', '101');
  await box.ok('create', '102', '--memory', '64');
  await box.ok('create', '103', '--memory', '64', '--kvm', '0');
  await box.ok('start', '103');
  await box.ok('suspend', '103');
  await box.ok('create', '104', '--ide2', 'local:cloudinit', '--ciuser', 'x', '--memory', '64');
  await box.ok('set', '104', '--ciuser', 'admin');
  box.writeConfig(102, `${box.config(102)}lock: backup\n`);
  mkdirSync(join(box.root, 'srv/extra'), { recursive: true });
  await box.run('pvesm', 'add', 'dir', 'extra', '--path', '/srv/extra', '--content', 'backup');
  const image = 'format=raw:drive-scsi0=ROOT/var/lib/vz/images/100/vm-100-disk-1.raw';
  writeFileSync(
    join(box.root, 'srv/extra/qemu-server.conf'),
    'memory: 64\nscsi0: local:9/vm-9-disk-0.raw\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n',
  );
  const words = ['/srv/extra/a.vma', '-c', '/srv/extra/qemu-server.conf', '-d', inRoot(image)];
  const archive = await box.run('vma', 'create', ...words);
  expect(archive.stderr).toBe('');
  mkdirSync(join(box.root, 'etc/cron.d'), { recursive: true });
  const kept = ['kept', '--schedule', 'minutely', '--vmid', '100', '--dumpdir', '/srv/extra'];
  await box.run('pave', 'jobs', 'add', ...kept, '--repeat-missed');
  writeFileSync(
    join(box.root, 'var/lib/pve-manager/jobs/vzdump-kept.json'),
    '{"state":"created","time":1,"config":{"enabled":1,"schedule":"minutely"}}',
  );
  mkdirSync(join(box.root, 'etc/network'), { recursive: true });
  writeFileSync(
    join(box.root, 'etc/network/interfaces'),
    'auto lo\niface lo inet loopback\n\nauto vmbr8\niface vmbr8 inet manual\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n\n',
  );
}, 600_000);
afterAll(() => box.dispose());

/** Every entry below the root with its mode, owner, size, time and content. */
function state(folder = box.root): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const { mode, uid, gid, size, mtimeMs } = lstatSync(path);
      const own = `${path} ${mode.toString(8)} ${uid}:${gid}`;
      if (entry.isDirectory()) return [`${own} ${mtimeMs}`, ...state(path)];
      if (entry.isSymbolicLink()) return [`${own} -> ${readlinkSync(path)}`];
      if (!entry.isFile()) return [own];
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
      return [`${own} ${size} ${mtimeMs} ${hash}`];
    })
    .sort();
}

describe('--dry-run', () => {
  it('is there for every command that changes something, and tried here', async () => {
    const forgotten: string[] = [];
    for (const tool of tools) {
      const { default: spec } = await import(`../../src/commands/${tool}/index.ts`);
      for (const [name, load] of Object.entries<() => Promise<{ default: never }>>(spec.commands)) {
        const { default: command } = await load();
        const { effect } = command as { effect: string };
        const full = `${tool} ${name}`.trim();
        const has = 'dry-run' in allOptions(command);
        if (effect === 'change' && !has) forgotten.push(`${full} has no --dry-run`);
        const own = 'dry-run' in (command as { options: object }).options;
        if (effect === 'change' && !own && !(full in SAMPLES) && !(full in WITHOUT))
          forgotten.push(`${full}: add how it is called to SAMPLES, or why not to WITHOUT`);
      }
    }
    expect(forgotten).toEqual([]);
  });

  for (const [command, samples] of Object.entries(SAMPLES)) {
    for (const [words, shows] of samples) {
      it(`${command} ${words}`, { timeout: 600_000 }, async () => {
        const before = state();
        const pid = box.pid(101);
        const [tool, ...name] = command.split(' ');
        const args = [...name, ...inRoot(words).split(' ').filter(Boolean), '--dry-run'];
        const result = await box.run(tool!, ...args);
        expect(result.code, `${result.stderr}${result.stdout}`).toBe(0);
        expect(result.stdout).toMatch(shows);
        expect(state()).toEqual(before);
        expect(box.pid(101)).toBe(pid);
      });
    }
  }

  it('left the guests as they were', async () => {
    const status = async (vmid: string) =>
      JSON.parse((await box.qm('status', vmid, '--verbose', '--output-format', 'json')).stdout);
    expect(await status('101')).toMatchObject({ status: 'running', qmpstatus: 'running' });
    expect(await status('103')).toMatchObject({ status: 'running', qmpstatus: 'paused' });
  });

  it('shows what would be written as a diff, and in order with the commands', async () => {
    const { stdout } = await box.qm(
      'set',
      '100',
      '--name',
      'two',
      '--scsi2',
      'local:1',
      '--dry-run',
    );
    const disk = stdout.search(/^would (run|write|create|truncate).*vm-100-disk-2/m);
    const config = stdout.search(/^-name: one\n\+name: two$/m);
    expect(disk).toBeGreaterThanOrEqual(0);
    expect(config).toBeGreaterThan(disk);
    expect(stdout).toMatch(/^--- .*100\.conf\n\+\+\+ .*100\.conf\n@@ /m);
  });

  it('refuses what would be refused', async () => {
    const wrong = await box.qm('start', '101', '--dry-run');
    expect(wrong.code).toBe(255);
    expect(wrong.stderr).toContain('already running');
    expect((await box.qm('destroy', '101', '--dry-run')).code).toBe(255);
  });
});

describe('--verbose', () => {
  it('shows each command on stderr as it runs, and each change', async () => {
    const { code, stdout, stderr } = await box.qm(
      ...['set', '100', '--scsi3', 'local:1,format=qcow2', '--verbose'],
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^# .*qemu-img create .*vm-100-disk-\d\.qcow2/m);
    expect(stderr).toMatch(/100\.conf/);
    expect(stdout).not.toContain('# ');
  });

  it('leaves JSON on stdout alone', async () => {
    const { stdout, stderr } = await box.run(
      ...(['pvesm', 'status', '--output-format', 'json', '--verbose'] as const),
    );
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(stderr).not.toContain('internal error');
  });
});
