import { describe, expect, it } from 'vitest';
import type { Platform } from '../../../src/host/platform-types.js';
import { unsupported } from '../../../src/qemu/command/index.js';

const qemu = (arch: string) => ({
  binary: `/usr/bin/qemu-system-${arch}`,
  version: [7, 2, 22] as const,
  flavour: 'stock' as const,
});
const platform = {
  arch: 'x86_64',
  qemu: { x86_64: qemu('x86_64'), aarch64: qemu('aarch64') },
} as unknown as Platform;

const refused = (values: Record<string, string>) =>
  unsupported(new Map(Object.entries(values)), platform).map(({ key }) => key);

describe('what a guest cannot have', () => {
  it('on an ARM board is what sits on ISA or IDE', () => {
    const arm = { arch: 'aarch64', machine: 'virt' };
    expect(
      refused({
        ...arm,
        agent: '1,type=isa',
        ide2: 'none,media=cdrom',
        parallel0: '/dev/lp0',
        serial0: '/dev/ttyS0',
        serial1: 'socket',
        vmgenid: 'd9a4f9b4-6b5f-4c2e-8f5e-1b1f6c3b9c11',
        watchdog: 'ib700,action=reset',
      }),
    ).toEqual(['agent', 'ide2', 'parallel0', 'serial0', 'serial1', 'vmgenid', 'watchdog']);
    expect(
      refused({ ...arm, agent: '1', serial0: 'socket', vmgenid: '0', watchdog: 'i6300esb' }),
    ).toEqual([]);
  });

  it('is huge pages that it gives up and wants again', () => {
    const huge = { hugepages: '2', memory: '2048' };
    expect(refused({ ...huge, balloon: '1024' })).toEqual(['balloon']);
    for (const balloon of ['0', '2048']) expect(refused({ ...huge, balloon })).toEqual([]);
    expect(refused({ memory: '2048', balloon: '1024' })).toEqual([]);
  });

  it('is the other architecture’s machine', () => {
    expect(refused({ machine: 'virt' })).toEqual(['machine']);
    expect(refused({ machine: 'type=virt-7.2' })).toEqual(['machine']);
    expect(refused({ arch: 'aarch64', machine: 'pc-q35-7.2' })).toEqual(['machine']);
    expect(refused({ arch: 'aarch64' })).toEqual([]);
    expect(refused({ machine: 'q35,viommu=virtio' })).toEqual([]);
  });

  it('is a key that nobody knows', () => {
    expect(refused({ nonsense: '1', memory: '64' })).toEqual(['nonsense']);
  });
});
