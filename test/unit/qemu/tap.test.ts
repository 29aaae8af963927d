import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/types.js';
import { nicsOf, plugTap, presentTaps } from '../../../src/qemu/runtime/tap.js';

/** Interfaces by name with their alias and whether somebody uses them. */
function machine(root: string, links: Record<string, { alias?: string; used?: boolean }>): Host {
  const read = (path: string) => {
    const [, name, file] = /^\/sys\/class\/net\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const link = links[name ?? ''];
    if (link === undefined) return undefined;
    return `${file === 'ifalias' ? (link.alias ?? '') : link.used ? '1' : '0'}\n`;
  };
  return { root, files: { read, list: () => Object.keys(links) } } as unknown as Host;
}

const LINKS = {
  tap100i0: { used: true },
  tap100i1: { alias: 'pave:/mnt' },
  tap100i2: { alias: 'pave:/srv/other' },
  tap1001i0: {},
  fwbr100i3: {},
  eth0: {},
};

describe('taps', () => {
  it('of a VM of another root are not ours', () => {
    expect(presentTaps(machine('', LINKS), 100)).toEqual(['tap100i0', 'tap100i3']);
    expect(presentTaps(machine('/mnt', LINKS), 100)).toEqual(['tap100i1', 'tap100i3']);
  });

  it('in use by the machine itself are never taken over below a root', async () => {
    const [nic] = nicsOf(100, new Map([['net0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0']]));
    await expect(plugTap(machine('/mnt', LINKS), nic!)).rejects.toThrow(
      "'tap100i0' is in use by a VM of the same id outside of '/mnt'",
    );
  });
});
