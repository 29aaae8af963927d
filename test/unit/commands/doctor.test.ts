import { describe, expect, it } from 'vitest';
import { createDirectoryStore } from '../../../src/cluster/directory.js';
import type { Context } from '../../../src/commands/define.js';
import doctor from '../../../src/commands/pave/doctor.js';
import { findingsOf } from '../../../src/commands/pave/findings.js';
import { unfinishedWork } from '../../../src/commands/pave/unfinished.js';
import { createHost } from '../../../src/host/local.js';
import type { Platform } from '../../../src/host/platform-types.js';
import { tempFolder } from '../host/other-process.js';

const platform: Platform = {
  arch: 'x86_64',
  cpus: 2,
  memory: 4 * 2 ** 30,
  kernel: '6.1.0-1-amd64',
  qemu: {
    x86_64: { binary: '/usr/bin/qemu-system-x86_64', version: [7, 2, 22], flavour: 'stock' },
  },
  kvm: 'present',
  kvmReason: 'a test guest hangs',
  cpuVendor: 'amd',
  systemd: true,
  cgroup: 'v2',
  ioUring: false,
  tools: {},
};

function contextWith(installed: (program: string) => boolean): Context {
  const host = {
    ...createHost({ root: tempFolder(), node: 'alpha' }),
    which: (program: string) => (installed(program) ? `/usr/bin/${program}` : undefined),
  };
  return { host, store: createDirectoryStore(host) } as Context;
}

describe('pave doctor', () => {
  it('is content with a machine that has everything, KVM or not', () => {
    const findings = findingsOf(
      contextWith(() => true),
      platform,
    );
    expect(doctor.exitCode!(findings)).toBe(0);
    expect(findings.filter((finding) => finding.state === 'missing')).toEqual([]);
    const kvm = findings.find((finding) => finding.name === 'KVM')!;
    expect(kvm).toMatchObject({ state: 'limited', required: false });
    expect(kvm.detail).toContain('a test guest hangs');
  });

  it('names what is missing and the one line that gets it', () => {
    const bare: Platform = { ...platform, qemu: {}, kvm: 'none', kvmReason: 'no /dev/kvm' };
    const findings = findingsOf(
      contextWith((program) => program !== 'zstd'),
      bare,
    );
    expect(doctor.exitCode!(findings)).toBe(1);
    const text = doctor.text!(findings, {});
    expect(text).toMatch(/^MISSING {2}qemu-system-x86_64/m);
    expect(text).toMatch(/^missing {2}zstd/m);
    expect(text).toContain('to get what is missing: apt install qemu-system-x86 zstd\n');
    expect(text).toContain('no guest can run without: qemu-system-x86_64\n');
  });

  it.each([
    ['12.11\n', 'apt install qemu-system-common'],
    ['13.2\n', 'apt install virtiofsd'],
    ['forky/sid\n', 'apt install virtiofsd'],
  ])('names a package that Debian %j has', (version, fix) => {
    const ctx = contextWith((program) => program !== 'virtiofsd');
    const files = { ...ctx.host.files, executable: () => false, read: () => version };
    const findings = findingsOf({ ...ctx, host: { ...ctx.host, files } }, platform);
    expect(findings.find(({ name }) => name === 'virtiofsd')).toMatchObject({
      state: 'missing',
      fix,
    });
  });

  it('tells of what killed commands left, and how to go on', async () => {
    const ctx = contextWith(() => true);
    expect(await unfinishedWork(ctx)).toMatchObject([{ state: 'ok' }]);
    const { files } = ctx.host;
    const folders = ['/etc/pve/nodes/alpha/qemu-server', '/var/lib/vz/images/100'];
    for (const folder of [...folders, '/var/lib/vz/images/777']) files.mkdir(folder);
    files.write('/etc/pve/nodes/alpha/qemu-server/100.conf', 'lock: create\nmemory: 64\n');
    files.write('/etc/pve/nodes/alpha/qemu-server/101.conf', 'memory = 64\n');
    for (const name of ['100/vm-100-disk-3.raw', '777/vm-777-disk-0.raw'])
      files.write(`/var/lib/vz/images/${name}`, 'x'.repeat(512));
    const told = (await unfinishedWork(ctx)).map(
      ({ name, detail, fix }) => `${name}: ${detail}: ${fix}`,
    );
    expect(told.join('\n')).toMatch(
      /^VM 100: locked \(create\): .*qm destroy 100.*\nVM 100: .*vm-100-disk-3\.raw: qm disk rescan .*\n(VM 101: .*\n)?volumes: .*local:777\/vm-777-disk-0\.raw/,
    );
  });
});
