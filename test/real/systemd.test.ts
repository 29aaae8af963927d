/** VMs on a node that systemd runs: a unit for each, whose stop hook cleans up. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labPackages } from '../lab/uml.js';
import { guestOptions, until } from './sandbox.js';

const project = resolve(import.meta.dirname, '../..');
const script = resolve(project, 'test/lab/systemd-node.sh');
const missing = [
  '/lib/systemd/systemd',
  '/sys/fs/cgroup/systemd/cgroup.procs',
  '/usr/bin/nsenter',
].find((path) => !existsSync(path));

describe('a node with systemd', { timeout: 600_000 }, () => {
  const dir = `/tmp/pave-systemd-${process.pid}`;
  let pid = '';

  /** Runs it on the node; gives stdout, throws with its words. */
  const on = (...argv: string[]): Promise<string> =>
    new Promise((done, fail) => {
      const enter = ['-t', pid, '-m', '-p', '-u', '-i', '-n', '-C', '--', ...argv];
      const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' };
      execFile('nsenter', enter, { env }, (error, stdout, stderr) => {
        if (error === null) done(stdout);
        else fail(new Error(`${argv.join(' ')}: ${stderr}${stdout}`));
      });
    });
  const qm = (...words: string[]) => on(`${project}/bin/qm`, ...words);
  const property = async (name: string) =>
    (await on('systemctl', 'show', '-P', name, 'pave-vm-100.service')).trim();
  const waitFor = async (what: string, condition: () => Promise<boolean>, seconds = 240) => {
    let now = false;
    const check = async () => {
      while (!now) {
        now = await condition().catch(() => false);
        await new Promise((done) => setTimeout(done, 300));
      }
    };
    const checking = check();
    await until(() => now, seconds, what);
    await checking;
  };
  const leftovers = async () =>
    (await on('sh', '-c', 'ls /run/qemu-server')).match(/^100\.(pid|qmp|vnc|serial0|cleanup)$/gm);

  beforeAll(async () => {
    if (missing !== undefined) return;
    pid = execFileSync(script, ['up', dir], { encoding: 'utf8' }).trim();
    await on(`${project}/scripts/guest-image.sh`, '/root/guest.raw');
    await qm('create', '100', ...guestOptions('/root/guest.raw'), '--cpulimit', '0.9');
  }, 600_000);
  afterAll(() => {
    if (missing === undefined) execFileSync(script, ['down', dir]);
  });

  it('runs each VM as a unit of qemu.slice and cleans up when it ends', async (ctx) => {
    if (missing !== undefined) ctx.skip(`${missing} is not there`);
    expect(await on('cat', '/proc/1/comm')).toBe('systemd\n');
    await qm('start', '100');
    expect(await qm('status', '100')).toBe('status: running\n');
    expect(await property('ActiveState')).toBe('active');
    expect(await property('Slice')).toBe('qemu.slice');
    expect(await property('CPUQuotaPerSecUSec')).toBe('900ms');
    // A running VM takes new limits at once, and lives without them.
    await qm('set', '100', '--cpulimit', '0.5', '--cpuunits', '333');
    expect(await property('CPUQuotaPerSecUSec')).toBe('500ms');
    expect([await property('CPUShares'), await property('CPUWeight')]).toContain('333');
    await qm('set', '100', '--delete', 'cpulimit,cpuunits');
    expect(await property('CPUQuotaPerSecUSec')).toBe('infinity');
    await qm('set', '100', '--cpulimit', '0.9');
    const qemu = (await on('cat', '/run/qemu-server/100.pid')).trim();
    expect(await property('MainPID')).toBe(qemu);

    // QEMU dies: nobody but systemd notices.
    await on('kill', '-9', qemu);
    await waitFor('the stop hook', async () => (await leftovers()) === null);
    expect(await qm('status', '100')).toBe('status: stopped\n');

    await qm('start', '100');
    await qm('stop', '100');
    expect(await leftovers()).toBeNull();
    await waitFor('the unit to go', async () => (await property('LoadState')) === 'not-found');
  });

  it('boots again on qm reboot, and shuts down through ACPI', async (ctx) => {
    if (missing !== undefined) ctx.skip(`${missing} is not there`);
    await qm('start', '100');
    /** What a guest that is up says when it is asked; its port forgets what nobody listened to. */
    const isUp = async () =>
      (
        await on(
          'sh',
          '-c',
          String.raw`{ printf '\ncat /run/banner\n'; sleep 3; } | timeout 5 socat - UNIX-CONNECT:/run/qemu-server/100.serial0 || true`,
        )
      ).includes('Pave guest ready');
    await waitFor('the guest', isUp, 240);
    const before = await on('cat', '/run/qemu-server/100.pid');
    await qm('reboot', '100', '--timeout', '240');
    await waitFor(
      'another QEMU',
      async () => (await on('cat', '/run/qemu-server/100.pid')) !== before,
    );
    expect(await property('ActiveState')).toBe('active');
    await waitFor('the guest again', isUp, 240);
    await qm('shutdown', '100', '--timeout', '240');
    expect(await leftovers()).toBeNull();
    await qm('destroy', '100');
  });

  it('runs backup jobs by a timer', async (ctx) => {
    if (missing !== undefined) ctx.skip(`${missing} is not there`);
    const pave = (tool: string, ...words: string[]) => on(`${project}/bin/${tool}`, ...words);
    await qm('create', '102', '--memory', '64');
    await pave(
      'pave',
      'jobs',
      'add',
      'job',
      '--schedule',
      // Due since long ago, and not again while we look.
      'yearly',
      '--vmid',
      '102',
      '--repeat-missed',
    );
    const state = '/var/lib/pve-manager/jobs/vzdump-job.json';
    await on(
      'sh',
      '-c',
      `echo '{"state":"created","time":1,"config":{"enabled":1,"schedule":"yearly"}}' >${state}`,
    );
    await pave('pvescheduler', 'start');
    expect(await pave('pvescheduler', 'status')).toBe('running\n');
    expect((await on('systemctl', 'is-enabled', 'pave-scheduler.timer')).trim()).toBe('enabled');
    // The timer's own minute is not waited for.
    await on('systemctl', 'start', 'pave-scheduler.service');
    expect(await on('sh', '-c', 'ls /var/lib/vz/dump')).toMatch(/^vzdump-qemu-102-.*\.vma$/m);
    expect(await on('cat', state)).toContain('"msg":"OK"');
    await pave('pvescheduler', 'stop');
    expect(await pave('pvescheduler', 'status')).toBe('stopped\n');
    await qm('destroy', '102');
  });

  it('rolls the network back from a unit of its own, which outlives the session', async (ctx) => {
    if (missing !== undefined) ctx.skip(`${missing} is not there`);
    const network = (...words: string[]) => on(`${project}/bin/pave`, 'network', ...words);
    const address = async () => /192\.0\.2\.\d+/.exec(await on('ip', '-br', 'address'))?.[0];
    const setUp = `dpkg-deb --fsys-tarfile ${labPackages('ifupdown2')[0]} | tar -x -C / --keep-directory-symlink
      chmod +x /usr/share/ifupdown2/__main__.py
      mkdir -p /var/tmp/network /run/network /etc/network
      printf 'auto vmbr7\niface vmbr7 inet static\n\taddress 192.0.2.2/24\n\tbridge-ports none\n' >/etc/network/interfaces
      ifreload -a`;
    await on('sh', '-c', setUp);
    await network('set', 'vmbr7', '--cidr', '192.0.2.7/24');
    // In one go: the ten seconds run.
    const applied = await on(
      'sh',
      '-c',
      `${project}/bin/pave network apply --confirm-within 10 && ip -br address &&
        systemctl list-units --plain 'pave-network-rollback-*'`,
    );
    expect(applied).toContain(' 192.0.2.7/24 ');
    expect(applied).toMatch(/^pave-network-rollback-\w+\.service .* running /m);
    await waitFor('the old address', async () => (await address()) === '192.0.2.2');
    await network('apply', '--confirm-within', '600');
    await network('confirm');
    expect(await address()).toBe('192.0.2.7');
    expect(await on('cat', '/etc/network/interfaces')).toContain('address 192.0.2.7/24');
  });
});
