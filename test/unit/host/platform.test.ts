import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { kernelVersion } from '../../../src/host/kernel.js';
import { runTestGuest, whyNotUnderKvm } from '../../../src/host/kvm.js';
import { createHost } from '../../../src/host/local.js';
import { cgroupOf, probeKvm, probePlatform, qemuInfo } from '../../../src/host/platform.js';
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
    expect(ran.length).toBe(2 * first);
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

describe('KVM', () => {
  it('is judged by a guest that really runs', async (test) => {
    if (qemu === undefined) test.skip('qemu-system-x86_64 is not installed');
    // Software emulation always works: this shows that the guest itself does what it should.
    expect(await runTestGuest(host, qemu!, 'tcg')).toBeUndefined();
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

  it('is not taken for broken by a machine that is slow', { timeout: 60_000 }, async () => {
    // Emulation needs a second here, KVM two: longer than it is given, but not for such a machine.
    const machine = (kvm: string) => {
      const path = `${root}/qemu-system-x86_64`;
      const script = `case "$*" in *"-accel kvm"*) ${kvm} ;; *) sleep 1 ;; esac; exit 99`;
      fs.writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return path;
    };
    expect(await whyNotUnderKvm(host, machine('sleep 2'), 500)).toBeUndefined();
    const hangs = /^the device opens, but a test guest hangs \(\d+ s without an answer\)$/;
    expect(await whyNotUnderKvm(host, machine('exec sleep 60'), 500)).toMatch(hangs);
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
