/** What a VM's own `cpu` may say; what it may not is left out of a config that is read. */
import { describe, expect, it } from 'vitest';
import { parseGuestConfig } from '../../../src/config/guest-config.js';
import { checkFileValue } from '../../../src/qemu/config/file-values.js';

const REFUSED: [string, RegExp][] = [
  ['kvm64,flags=+aes;+vmx', /VM-specific CPU flags must be a subset of: aes, amd-no-ssb, /],
  ['kvm64,reported-model=athlon', /'reported-model' not allowed in VM-specific CPU config/],
  ['flags=+aes', /CPU is missing cputype/],
  ['mine', /Built-in cputype 'mine' is not defined \(missing 'custom-' prefix\?\)/],
];

describe('cpu of a VM', () => {
  it.each(REFUSED)('%s is refused', (value, reason) => {
    expect(() => checkFileValue('cpu', value)).toThrow(reason);
  });

  it('takes the listed flags and custom models', () => {
    expect(checkFileValue('cpu', 'custom-mine,flags=+aes;-pcid')).toBe(
      'custom-mine,flags=+aes;-pcid',
    );
  });

  it('that breaks the rules does not come into a config that is read', () => {
    const { main } = parseGuestConfig('qemu', 'cores: 2\ncpu: host,flags=+vmx\n', {
      check: checkFileValue,
    });
    expect([...main.values.keys()]).toEqual(['cores']);
  });
});
