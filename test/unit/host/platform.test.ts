import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { kernelVersion } from '../../../src/host/kernel.js';
import { runTestGuest, whyNotUnderKvm } from '../../../src/host/kvm.js';
import { createHost } from '../../../src/host/local.js';
import { cgroupOf, probeKvm, probePlatform, qemuInfo } from '../../../src/host/platform.js';
import type { Host } from '../../../src/host/types.js';
import { tempFolder } from './other-process.js';

let root: string;
let ran: string[];
let host: ReturnType<typeof createHost>;
beforeEach(() => {
  root = tempFolder();
  ran = [];
  host = createHost({
    root,
    verbose: (line) => {
      if (/^# .*qemu-(system|io)/.test(line)) ran.push(line);
    },
  });
});

const qemu = createHost().which('qemu-system-x86_64');

describe('probePlatform', () => {
  it('tells what is there, and runs programs only once', async () => {
    const platform = await probePlatform(host);
    expect(platform.cpus).toBeGreaterThan(0);
    expect(platform.memory).toBeGreaterThan(1 << 20);
    expect(platform.kernel).toBe(kernelVersion(fs.readFileSync('/proc/version', 'utf8')).full);
    expect(platform.tools.flock).toMatch(/\/flock$/);
    expect(platform.tools['no-such-tool']).toBeUndefined();
    expect(['usable', 'present', 'none']).toContain(platform.kvm);
    const first = ran.length;
    expect(await probePlatform(host)).toEqual(platform);
    expect(ran.length).toBe(first);
    await probePlatform(host, { fresh: true });
    // How many times depends on how fast the test guest is.
    expect(ran.length).toBeGreaterThan(first);
    expect(fs.readdirSync(`${root}/run/pave`)).toEqual(['platform.json']);
  });

  it('forgets what another boot or another QEMU said, and survives a broken cache', async () => {
    const path = `${root}/run/pave/platform.json`;
    const platform = await probePlatform(host);
    const count = ran.length;
    fs.writeFileSync(
      path,
      fs.readFileSync(path, 'utf8').replace(/"machine":"[^"]+"/, '"machine":"x"'),
    );
    await probePlatform(host);
    expect(ran.length).toBe(2 * count);
    fs.writeFileSync(path, '{"machine": [random');
    expect(await probePlatform(host)).toEqual(platform);
  });
});

describe('io_uring', () => {
  it('is done without by a machine too busy to tell, and asked for again', async () => {
    let busy = true;
    const asked: string[] = [];
    const slow: Host = {
      ...host,
      uid: 0,
      which: (program) => `/usr/bin/${program}`,
      files: {
        ...host.files,
        read: (path) => (path.endsWith('io_uring_disabled') ? '0\n' : host.files.read(path)),
      },
      async run(argv, options) {
        if (argv[0] !== 'qemu-io') return host.run(argv, options);
        asked.push(argv.at(-1)!);
        if (busy) throw Object.assign(new Error('got timeout'), { timedOut: true });
        return { code: 0, stdout: 'read 512/512 bytes', stderr: '' };
      },
    };
    expect((await probePlatform(slow)).ioUring).toBe(false);
    expect(fs.readdirSync(`${root}/run/pave`)).toEqual(['platform.json']);
    busy = false;
    expect((await probePlatform(slow)).ioUring).toBe(true);
    expect((await probePlatform(slow)).ioUring).toBe(true);
    expect(asked).toHaveLength(2);
  });
});

describe('KVM', () => {
  it('is judged by a guest that really runs', async (test) => {
    if (qemu === undefined) test.skip('qemu-system-x86_64 is not installed');
    // Software emulation always works: this shows that the guest itself does what it should.
    expect(await runTestGuest(host, qemu!, 'tcg', 50_000)).toBeUndefined();
    expect(fs.readdirSync(`${root}/run/pave`)).toEqual([]);
  });

  it('is tested once and remembered', async () => {
    const state = await probeKvm(host);
    if (state.kvm !== 'usable') expect(state.kvmReason).toBeTruthy();
    const count = ran.length;
    expect(await probeKvm(host)).toEqual(state);
    expect((await probePlatform(host)).kvm).toBe(state.kvm);
    expect(ran.length).toBe(count);
  });

  it('is not taken for broken by a machine that is slow', async () => {
    /** A machine on which the guest takes so many seconds; its time passes with nothing else. */
    const machine = (takes: { kvm: number; tcg: number }): Host => {
      let now = 0;
      return {
        ...host,
        clock: { ...host.clock, monotonic: () => now },
        async run(argv, { timeoutMs = 0 }) {
          const ms = 1000 * (argv.includes('kvm') ? takes.kvm : takes.tcg);
          now += Math.min(ms, timeoutMs);
          if (ms > timeoutMs) throw Object.assign(new Error('got timeout'), { timedOut: true });
          return { code: 99, stdout: '', stderr: '' };
        },
      };
    };
    const why = (takes: { kvm: number; tcg: number }) =>
      whyNotUnderKvm(machine(takes), '/usr/bin/qemu-system-x86_64', 500);
    // Longer than it is given, but not for a machine where emulation needs a second.
    expect(await why({ kvm: 2, tcg: 1 })).toBeUndefined();
    const hangs = /^the device opens, but a test guest hangs \(\d+ s without an answer\)$/;
    expect(await why({ kvm: 60, tcg: 1 })).toMatch(hangs);
    expect(await why({ kvm: 2, tcg: 0.05 })).toMatch(hangs);
    expect(await why({ kvm: 60, tcg: 60 })).toMatch(hangs);
  });

  it('says what QEMU says where it cannot run', async (test) => {
    if (qemu === undefined) test.skip('qemu-system-x86_64 is not installed');
    expect(await runTestGuest(host, qemu!, 'no-such-accel' as 'kvm')).toMatch(/no-such-accel/);
  });
});

describe('parsing', () => {
  it.each([
    ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)', [7, 2, 22], 'stock'],
    ['QEMU emulator version 10.1.2 (pve-qemu-kvm_10.1.2-1)\nCopyright', [10, 1, 2], 'pve'],
    ['QEMU emulator version 11.0\n', [11, 0, 0], 'stock'],
  ])('QEMU: %s', (text, version, flavour) => {
    expect(qemuInfo('/usr/bin/qemu', text)).toEqual({ binary: '/usr/bin/qemu', version, flavour });
  });

  it('no QEMU', () => expect(qemuInfo('/usr/bin/true', 'hello')).toBeUndefined());

  it.each([
    ['cgroup2 /sys/fs/cgroup cgroup2 rw 0 0', 'v2'],
    ['cgroup /sys/fs/cgroup/cpu cgroup rw 0 0', 'v1'],
    [
      'cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
      'hybrid',
    ],
    ['proc /proc proc rw 0 0', 'none'],
  ])('cgroup: %s', (mounts, layout) => {
    expect(cgroupOf(mounts)).toBe(layout);
  });
});
