/** Limits and memory of a running VM, looked at from outside. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, sandbox, until } from './sandbox.js';

/** Never stops: jmp to itself, as a boot sector. */
const SPIN = Buffer.alloc(512);
SPIN.set([0xeb, 0xfe], 0);
SPIN.set([0x55, 0xaa], 510);

const mounts = readFileSync('/proc/self/mounts', 'utf8');
const unified = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
const hasCpuController =
  /^\S+ \S+ cgroup (?:\S*,)?cpu(?:,|\s)/m.test(mounts) ||
  (unified !== undefined && /\bcpu\b/.test(readFileSync(`${unified}/cgroup.controllers`, 'utf8')));
const poolFile = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages';

describe('limits', { timeout: 600_000 }, () => {
  let box: Sandbox;
  beforeAll(() => {
    box = sandbox();
    writeFileSync(join(box.root, 'spin.raw'), SPIN);
  });
  afterAll(() => box.dispose());

  const create = (vmid: number, ...args: string[]) =>
    box.ok(
      ...['create', String(vmid), '--memory', '32', '--kvm', '0', '--vga', 'none'],
      ...['--virtio0', 'local:0,import-from=/spin.raw', ...args],
    );

  /** Files of the group that holds QEMU's CPU time: v1 or v2. */
  function group(pid: number): string {
    const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .map((text) => text.split(':'))
      .find(([, controllers, path]) => path!.includes('qemu.slice') && controllers !== undefined)!;
    const type = line[1] === '' ? 'cgroup2' : 'cgroup';
    const mount = mounts
      .split('\n')
      .map((text) => text.split(' '))
      .find(
        ([, , kind, options]) =>
          kind === type && (type === 'cgroup2' || options!.split(',').includes('cpu')),
      )!;
    return mount[1]! + line[2]!;
  }

  function quota(folder: string): number {
    if (!existsSync(`${folder}/cpu.max`)) {
      const us = Number(readFileSync(`${folder}/cpu.cfs_quota_us`, 'utf8'));
      return us / Number(readFileSync(`${folder}/cpu.cfs_period_us`, 'utf8'));
    }
    const [max, period] = readFileSync(`${folder}/cpu.max`, 'utf8').trim().split(' ');
    return max === 'max' ? -1 / 100_000 : Number(max) / Number(period);
  }

  function weight(folder: string): number {
    const file = existsSync(`${folder}/cpu.shares`) ? 'cpu.shares' : 'cpu.weight';
    return Number(readFileSync(`${folder}/${file}`, 'utf8'));
  }

  /** CPU seconds used so far. */
  function used(pid: number): number {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  const threads = (pid: number): string[] =>
    readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
      try {
        return allowed(readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8'));
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
  const allowed = (status: string) => /^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!;

  it('holds a busy guest to its CPU limit, and takes a new one at once', async (context) => {
    if (!hasCpuController) context.skip('no control group hierarchy with the cpu controller');
    await create(300, '--cpulimit', '0.25', '--cpuunits', '77');
    await box.ok('start', '300');
    const pid = box.pid(300)!;
    const folder = group(pid);
    expect(quota(folder)).toBe(0.25);
    expect(weight(folder)).toBe(77);
    await until(() => used(pid) > 0.5, 120, 'the guest to be busy');
    // Nothing that comes between can make its share look larger.
    const at = performance.now();
    const before = used(pid);
    await new Promise((done) => setTimeout(done, 4000));
    const share = (used(pid) - before) / ((performance.now() - at) / 1000);
    // A quarter of a CPU; the period's edges and the clock's ticks blur it.
    expect(share).toBeLessThan(0.35);

    await box.ok('set', '300', '--cpulimit', '0.5', '--cpuunits', '200');
    expect(quota(folder)).toBe(0.5);
    expect(weight(folder)).toBe(200);
    expect(await box.ok('pending', '300')).not.toContain('new ');
    await box.ok('set', '300', '--delete', 'cpulimit,cpuunits');
    expect(quota(folder)).toBeLessThan(0);
    await box.ok('stop', '300');
    expect(existsSync(folder)).toBe(false);

    // Limited only while it runs.
    await box.ok('start', '300');
    expect(readFileSync(`/proc/${box.pid(300)}/cgroup`, 'utf8')).not.toContain('qemu.slice/300');
    await box.ok('set', '300', '--cpulimit', '1.5');
    const late = group(box.pid(300)!);
    expect(quota(late)).toBe(1.5);
    process.kill(box.pid(300)!, 'SIGKILL');
    await until(() => !existsSync(late), 120, 'the group to go after QEMU was killed');
    await box.ok('set', '300', '--args', '-device nonsense');
    expect((await box.qm('start', '300')).code).not.toBe(0);
    expect(existsSync(late)).toBe(false);
    await box.ok('destroy', '300');
  });

  it('keeps a guest on its CPUs', async () => {
    await create(301, '--affinity', '0');
    await box.ok('start', '301');
    const pid = box.pid(301)!;
    expect([...new Set(threads(pid))]).toEqual(['0']);
    const online = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
    const look = ['-c', online, 'cat', '/proc/self/status'];
    const all = allowed(execFileSync('taskset', look, { encoding: 'utf8' }));
    await box.ok('set', '301', '--delete', 'affinity');
    expect([...new Set(threads(pid))]).toEqual([all]);
    const refused = await box.qm('set', '301', '--affinity', '0,4000');
    expect(refused.stderr).toContain('affinity: hotplug problem - this host has no CPU 4000');
    await box.ok('stop', '301');
    const late = await box.qm('start', '301');
    expect(late.stderr).toContain('affinity: this host has no CPU 4000');
    expect(box.leftovers(301)).toEqual([]);
    await box.ok('destroy', '301');
  });

  it('takes huge pages from the host and gives them back', async (context) => {
    const before = existsSync(poolFile) ? readFileSync(poolFile, 'utf8').trim() : '';
    const free = () => Number(readFileSync(poolFile.replace('nr_', 'free_'), 'utf8'));
    /** Whether the host can make as many as the VM takes; they go back at once. */
    const offers = () => {
      writeFileSync(poolFile, String(Number(before) + 16));
      const made = Number(readFileSync(poolFile, 'utf8')) - Number(before);
      writeFileSync(poolFile, before);
      return made >= 16;
    };
    try {
      writeFileSync(poolFile, before);
    } catch {
      context.skip('this kernel gives out no huge pages');
    }
    if (!offers()) {
      writeFileSync('/proc/sys/vm/compact_memory', '1');
      if (!offers()) context.skip('the free memory of this machine is in pieces below 2 MiB');
    }
    await create(302, '--hugepages', '2', '--numa', '1');
    await box.ok('start', '302');
    const maps = readFileSync(`/proc/${box.pid(302)}/smaps`, 'utf8');
    const huge = [...maps.matchAll(/^(?:Shared|Private)_Hugetlb:\s+(\d+) kB/gm)];
    expect(huge.reduce((sum, [, kib]) => sum + Number(kib), 0)).toBeGreaterThanOrEqual(32 * 1024);
    expect(readdirSync(join(box.root, 'run/qemu-server'))).not.toContain('302.hugepages');
    await box.ok('stop', '302');
    expect(readFileSync(poolFile, 'utf8').trim()).toBe(before);
    const wanted = 2 ** 21;
    await box.ok('set', '302', '--memory', String(wanted));
    const refused = await box.qm('start', '302');
    expect(refused.stderr).toMatch(/hugepages: the VM needs 1048576 pages of 2 MiB on NUMA node 0/);
    expect(readFileSync(poolFile, 'utf8').trim()).toBe(before);
    expect(free()).toBeLessThanOrEqual(Number(before));
    await box.ok('set', '302', '--memory', '33', '--hugepages', '1024');
    expect((await box.qm('start', '302')).stderr).toContain('is not a positive even integer');
    await box.ok('destroy', '302');
  });

  it('makes and removes the shared memory', async () => {
    const path = `/dev/shm/pve-shm-pave-test-${process.pid}`;
    await create(303, '--ivshmem', `size=1,name=pave-test-${process.pid}`);
    await box.ok('start', '303');
    expect(readFileSync(path)).toHaveLength(1024 ** 2);
    await box.ok('stop', '303');
    expect(existsSync(path)).toBe(false);
    await box.ok('set', '303', '--ivshmem', 'size=3');
    expect((await box.qm('start', '303')).stderr).toContain(
      'ivshmem: size 3 (MB) is not a power of two',
    );
    await box.ok('destroy', '303');
  });

  it('says what the processor model promises and emulation lacks', async () => {
    await create(304, '--cpu', 'x86-64-v4');
    const started = await box.qm('start', '304');
    expect(started.code).toBe(0);
    expect(started.stderr).toMatch(/cpu: this host cannot give the guest .*avx512f/);
    await box.ok('stop', '304');
    const models = join(box.root, 'etc/pve/virtual-guest');
    execFileSync('mkdir', ['-p', models]);
    writeFileSync(
      join(models, 'cpu-models.conf'),
      'cpu-model: mine\n\tflags +aes\n\thidden 1\n\treported-model qemu64\n',
    );
    await box.ok('set', '304', '--cpu', 'custom-mine');
    expect(await box.ok('showcmd', '304')).toContain("-cpu 'qemu64,+aes,kvm=off'");
    expect((await box.qm('start', '304')).stderr).toBe('');
    await box.ok('stop', '304');
    const unknown = "cpu: invalid format - Custom cputype 'other' not found";
    expect((await box.qm('set', '304', '--cpu', 'custom-other')).stderr).toContain(unknown);
    // It may be lost later.
    rmSync(join(models, 'cpu-models.conf'));
    expect((await box.qm('start', '304')).stderr).toContain("Custom cputype 'mine' not found");
    await box.ok('destroy', '304');
  });
});
