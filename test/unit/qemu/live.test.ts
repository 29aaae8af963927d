import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/commands/define.js';
import { parseGuestConfig } from '../../../src/config/guest-config.js';
import type { Guest } from '../../../src/guest/load.js';
import { applyLive } from '../../../src/qemu/live/index.js';

const PENDING = 'memory: 512\n\n[PENDING]\nballoon: 256\ncpulimit: 1\ndelete: usb0\n';

/** Which of these keys were tried on a guest that nobody can reach. */
async function tried(...keys: string[]): Promise<string[]> {
  const config = parseGuestConfig('qemu', PENDING.replace('memory', 'usb0: spice\nmemory'));
  // A machine without anything: whoever asks it fails.
  const result = await applyLive({} as Context, { vmid: 1, config } as Guest, 1, new Set(keys));
  expect([...result.applied]).toEqual([]);
  return Object.keys(result.errors).sort();
}

describe('changes of a running guest', () => {
  it('are those of the call, not what waited before', async () => {
    expect(await tried('memory', 'name')).toEqual([]);
    expect(await tried('balloon')).toEqual(['balloon']);
    expect(await tried('usb0', 'cpulimit')).toEqual(['cpulimit', 'usb0']);
  });
});
