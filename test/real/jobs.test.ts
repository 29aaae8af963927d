/** Backup jobs: the files, the scheduler, and what each node remembers. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Sandbox, sandbox } from './sandbox.js';

// A busy machine may take its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let box: Sandbox;
const jobs = (...args: string[]) => box.run('pave', 'jobs', ...args);
const at = (path: string) => join(box.root, path);
const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '');
const archives = () => readdirSync(at('var/lib/vz/dump')).filter((name) => name.endsWith('.vma'));
const state = (id: string, type = 'vzdump') =>
  JSON.parse(read(`var/lib/pve-manager/jobs/${type}-${id}.json`) || '{}');
const setState = (id: string, value: object) =>
  writeFileSync(at(`var/lib/pve-manager/jobs/vzdump-${id}.json`), JSON.stringify(value));
const scheduler = () => box.run('pvescheduler', 'run');
const SILENT = { code: 0, stdout: '', stderr: '' };
/** Comes no more, whatever minute or day begins meanwhile; to a job that last ran before it is due. */
const ONCE = '2020-1-1';
/** Seconds since the epoch: the day before. */
const BEFORE = Date.UTC(2019, 11, 31) / 1000;

beforeEach(() => {
  box = sandbox();
  for (const vmid of [100, 101]) box.writeConfig(vmid, `kvm: 0\nmemory: 64\nname: vm${vmid}\n`);
  mkdirSync(at('var/lib/vz/dump'), { recursive: true });
});
afterEach(() => box.dispose());

describe('pave jobs', () => {
  it('writes jobs as Proxmox VE reads them, and leaves all else as it is', async () => {
    const others =
      '# by hand\nrealm-sync: ldap\n\trealm ldap\n\tschedule daily\n\nvzdump: old\n\tschedule mon 3:00\n\tfuture-key 1\n\tvmid 100\n\n';
    mkdirSync(at('etc/pve'), { recursive: true });
    writeFileSync(at('etc/pve/jobs.cfg'), others);
    const add = await jobs(
      ...['add', 'nightly', '--schedule', 'mon..fri 2:30', '--exclude', '101', '--quiet', '1'],
      ...['--exclude-path', '/a', '--exclude-path', '/b', '--storage', 'local', '--protected', '0'],
      ...['--prune-backups', 'keep-daily=7', '--comment', 'every night', '--fullbackup', '7'],
    );
    expect(add.code, add.stderr).toBe(0);
    expect(add.stderr).toContain('pvescheduler start');
    const section = `vzdump: nightly
\tcomment every night
\tschedule mon..fri 2:30
\tall 1
\tenabled 1
\texclude 101
\texclude-path /a
\texclude-path /b
\tfullbackup 7
\tprotected 0
\tprune-backups keep-daily=7
\tquiet 1
\tstorage local

`;
    expect(read('etc/pve/jobs.cfg')).toBe(others + section);
    expect((await jobs('add', 'nightly', '--schedule', 'daily', '--all')).stderr).toContain(
      "Job 'nightly' already exists",
    );
    expect(
      (await jobs('set', 'nightly', '--vmid', '100,101', '--delete', 'comment,quiet')).code,
    ).toBe(0);
    expect(read('etc/pve/jobs.cfg')).toBe(
      others +
        section
          .replace(/\tcomment.*\n/, '')
          .replace(/\tall.*\n/, '')
          .replace(/\texclude 101\n/, '')
          .replace(/\tquiet.*\n/, '')
          .replace(/\n$/, '\tvmid 100,101\n\n'),
    );
    expect((await jobs('remove', 'nightly')).code).toBe(0);
    expect(read('etc/pve/jobs.cfg')).toBe(others);
    expect(existsSync(at('var/lib/pve-manager/jobs/vzdump-nightly.json'))).toBe(false);
    expect((await jobs('set', 'ldap', '--enabled', '0')).stderr).toContain("no such job 'ldap'");
    expect((await jobs('remove', 'none')).stderr).toContain('hint: jobs: old');
  });

  it('makes an id where none is given, and refuses what does not go together', async () => {
    const made = await jobs('add', '--schedule', 'daily', '--all');
    expect(made.stdout).toMatch(/^backup-[0-9a-f]{8}-[0-9a-f]{4}\n$/);
    const wrong = await jobs('add', 'x', '--schedule', '25:00', '--all', '--compress', 'rar');
    expect(wrong.code).toBe(255);
    expect(wrong.stderr).toContain("schedule: invalid format - invalid calendar event '25:00'");
    expect(wrong.stderr).toContain(
      "compress: value 'rar' does not have a value in the enumeration",
    );
    const both = await jobs('add', 'x', '--schedule', 'daily', '--all', '--vmid', '100');
    expect(both.stderr).toContain("all: option conflicts with option 'vmid'");
    expect((await jobs('add', 'x', '--schedule', 'daily')).stderr).toContain(
      'vmid: property is missing',
    );
    expect((await jobs('set', made.stdout.trim())).stderr).toContain('no options specified');
    expect(read('etc/pve/jobs.cfg').match(/^vzdump:/gm)).toHaveLength(1);
  });

  it('lists next and last runs; run makes the backup now', async () => {
    await jobs('add', 'nightly', '--schedule', '2:30', '--vmid', '100', '--comment', 'c');
    await jobs('add', 'off', '--schedule', '2:30', '--all', '--enabled', '0');
    const run = await jobs('run', 'nightly');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('INFO: Finished Backup of VM 100');
    expect(archives()).toHaveLength(1);
    const list = JSON.parse((await jobs('list', '--output-format', 'json')).stdout);
    expect(list).toMatchObject([
      { id: 'nightly', enabled: 1, guests: '100', target: 'local', comment: 'c' },
      { id: 'off', enabled: 0, guests: 'all' },
    ]);
    const next = new Date(list[0]['next-run'] * 1000);
    expect([next.getHours(), next.getMinutes()]).toEqual([2, 30]);
    expect(list[1]['next-run']).toBeUndefined();
    expect((await jobs('list')).stdout).toContain('nightly');
    await jobs('set', 'nightly', '--node', 'n2');
    expect((await jobs('run', 'nightly')).stderr).toContain("job 'nightly' is for node 'n2'");
  });
});

describe('the old vzdump.cron', () => {
  const CRON = `# cluster wide vzdump cron schedule
# Automatically generated file - do not edit

PATH="/usr/sbin:/usr/bin:/sbin:/bin"

30 2 * * 1-5           root vzdump 999
15 3 * * sat,sun     root /usr/sbin/vzdump 100 --quiet 1 --mode snapshot --dumpdir '/srv/back up' --mailto a@example.org
0 4 * * *           root #vzdump --all --compress=zstd --quiet
`;
  beforeEach(() => {
    mkdirSync(at('etc/pve'), { recursive: true });
    writeFileSync(at('etc/pve/vzdump.cron'), CRON);
  });

  it('is read, and a job that is changed moves to jobs.cfg', async () => {
    const { stdout, stderr } = await jobs('list', '--output-format', 'json');
    // The original's pattern takes no numbered range.
    expect(stderr).toContain('vzdump.cron line 6');
    const [weekend, daily] = JSON.parse(stdout);
    expect(weekend).toMatchObject({ schedule: 'sat,sun 03:15', enabled: 1, guests: '100' });
    expect(weekend.options).toMatchObject({ dumpdir: '/srv/back up', mode: 'snapshot', quiet: 1 });
    expect(daily).toMatchObject({
      schedule: '04:00',
      enabled: 0,
      options: { all: 1, compress: 'zstd' },
    });
    expect((await jobs('set', weekend.id, '--comment', 'moved')).code).toBe(0);
    expect(read('etc/pve/vzdump.cron')).toBe(CRON.replace(/^15 3.*\n/m, ''));
    expect(read('etc/pve/jobs.cfg')).toContain(
      `vzdump: ${weekend.id}\n\tcomment moved\n\tschedule sat,sun 03:15\n`,
    );
    const left = JSON.parse((await jobs('list', '--output-format', 'json')).stdout);
    expect(left).toHaveLength(2);
    expect((await jobs('remove', left[1].id)).code).toBe(0);
    expect(read('etc/pve/vzdump.cron')).toBe(CRON.replace(/^15 3.*\n0 4.*\n/m, ''));
  });
});

describe('pvescheduler run', () => {
  it('runs what is due, once, without a word', async () => {
    const before = Math.floor(Date.now() / 1000);
    await jobs('add', 'due', '--schedule', ONCE, '--vmid', '100');
    await jobs('add', 'later', '--schedule', '2099-1-1', '--vmid', '101');
    expect(await scheduler()).toEqual(SILENT);
    expect(archives()).toEqual([]);
    setState('due', { ...state('due'), updated: BEFORE });
    expect(await scheduler()).toEqual(SILENT);
    expect(archives()).toHaveLength(1);
    const now = state('due');
    expect(now).toMatchObject({ state: 'stopped', msg: 'OK', config: { schedule: ONCE } });
    expect(now.upid).toMatch(/^UPID:n1:.*:vzdump:100:root@pam:$/);
    const log = await box.run('pvenode', 'task', 'log', now.upid);
    expect(log.stdout).toContain('INFO: Finished Backup of VM 100');
    const list = JSON.parse((await jobs('list', '--output-format', 'json')).stdout);
    expect(list[0]).toMatchObject({ id: 'due', status: 'OK' });
    expect(list[0]['last-run']).toBeGreaterThanOrEqual(before);
  });

  it('gives up what was missed while the machine was off, unless told to repeat it', async () => {
    await jobs('add', 'skip', '--schedule', ONCE, '--vmid', '100');
    await jobs('add', 'again', '--schedule', ONCE, '--vmid', '101', '--repeat-missed');
    for (const id of ['skip', 'again']) setState(id, { ...state(id), time: BEFORE });
    expect(await scheduler()).toEqual(SILENT);
    expect(archives().map((name) => name.split('-')[2])).toEqual(['101']);
    expect(state('skip').updated).toBeGreaterThan(BEFORE);
  });

  it('does nothing for jobs that are off, of other nodes, or of guests elsewhere', async () => {
    await scheduler();
    mkdirSync(at('etc/pve/nodes/n2/qemu-server'), { recursive: true });
    writeFileSync(at('etc/pve/nodes/n2/qemu-server/200.conf'), 'memory: 64\n');
    await jobs('add', 'off', '--schedule', 'minutely', '--all', '--enabled', '0');
    await jobs('add', 'node', '--schedule', 'minutely', '--all', '--node', 'n2');
    await jobs('add', 'away', '--schedule', 'minutely', '--vmid', '200');
    for (const id of ['off', 'node', 'away']) setState(id, { ...state(id), time: BEFORE });
    expect(await scheduler()).toEqual(SILENT);
    expect(archives()).toEqual([]);
    expect(state('away')).toMatchObject({ state: 'stopped', msg: 'OK' });
    expect(state('node').state).toBe('created');
  });

  it('a job that fails is told, and the next one runs', async () => {
    await scheduler();
    await jobs('add', 'a', '--schedule', 'minutely', '--vmid', '999');
    await jobs('add', 'b', '--schedule', 'minutely', '--vmid', '100');
    for (const id of ['a', 'b']) setState(id, { ...state(id), time: BEFORE });
    const result = await scheduler();
    expect(result.code).toBe(255);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain("ERROR: Backup of VM 999 failed - unable to find VM '999'");
    expect(result.stderr).toContain("job 'a': job errors");
    expect(archives()).toHaveLength(1);
    expect(state('a')).toMatchObject({ state: 'stopped', msg: 'job errors' });
    const task = await box.run('pvenode', 'task', 'status', state('a').upid);
    expect(task.stdout).toContain('job errors');
  });

  it('does not run a job with a value that does not fit, and says so once it is due', async () => {
    await scheduler();
    mkdirSync(at('etc/pve'), { recursive: true });
    writeFileSync(
      at('etc/pve/jobs.cfg'),
      `realm-sync: ldap\n\trealm ldap\n\nvzdump: bad\n\tschedule ${ONCE}\n\tvmid 100\n\tstorage -no-\n\nvzdump: new\n\tschedule ${ONCE}\n\tvmid 101\n\tfuture-key 1\n\n`,
    );
    expect(await scheduler()).toEqual(SILENT);
    for (const id of ['bad', 'new']) setState(id, { ...state(id), time: BEFORE });
    const result = await scheduler();
    expect(result.code).toBe(255);
    expect(result.stderr).toContain("job 'bad': file jobs.cfg line 7: storage: ");
    expect(archives().map((name) => name.split('-')[2])).toEqual(['101']);
    expect((await jobs('run', 'bad')).stderr).toContain('hint: pave jobs set bad');
    expect((await jobs('list')).stderr).toContain("unexpected property 'future-key'");
  });

  it('notices a changed schedule, a killed run and a clock that was ahead', async () => {
    await scheduler();
    await jobs('add', 'job', '--schedule', 'daily', '--vmid', '100');
    // Changed by hand, or on another node: from now on.
    setState('job', { ...state('job'), time: BEFORE });
    writeFileSync(at('etc/pve/jobs.cfg'), read('etc/pve/jobs.cfg').replace('daily', ONCE));
    expect(await scheduler()).toEqual(SILENT);
    expect(archives()).toEqual([]);
    expect(state('job')).toMatchObject({ config: { schedule: ONCE } });
    // A run of a process that is gone.
    setState('job', {
      state: 'started',
      upid: `UPID:n1:00400000:00000001:${BEFORE.toString(16).toUpperCase()}:vzdump:100:root@pam:`,
      config: state('job').config,
    });
    expect(await scheduler()).toEqual(SILENT);
    expect(archives()).toHaveLength(1);
    // The clock was years ahead when it ran last: it must not wait for that time.
    writeFileSync(at('etc/pve/jobs.cfg'), read('etc/pve/jobs.cfg').replace(ONCE, 'minutely'));
    setState('job', {
      state: 'stopped',
      msg: 'OK',
      time: 4_000_000_000,
      config: state('job').config,
    });
    const list = JSON.parse((await jobs('list', '--output-format', 'json')).stdout);
    expect(list[0]['next-run']).toBeLessThanOrEqual(Date.now() / 1000 + 60);
    // A job that is gone is forgotten.
    writeFileSync(at('etc/pve/jobs.cfg'), '');
    expect(await scheduler()).toEqual(SILENT);
    expect(readdirSync(at('var/lib/pve-manager/jobs')).filter((n) => n.endsWith('.json'))).toEqual(
      [],
    );
  });

  it('start and stop put its line into cron where there is no systemd', async () => {
    expect((await box.run('pvescheduler', 'status')).stdout).toBe('stopped\n');
    const none = await box.run('pvescheduler', 'start');
    expect(none.stderr).toContain('neither systemd nor cron');
    mkdirSync(at('etc/cron.d'), { recursive: true });
    expect((await box.run('pvescheduler', 'start')).code).toBe(0);
    expect(read('etc/cron.d/pave-scheduler')).toMatch(
      /^\* \* \* \* \* root \/.*\/bin\/pvescheduler run$/m,
    );
    expect((await box.run('pvescheduler', 'status')).stdout).toBe('running\n');
    expect((await box.run('pvescheduler', 'stop')).code).toBe(0);
    expect(existsSync(at('etc/cron.d/pave-scheduler'))).toBe(false);
  });
});
