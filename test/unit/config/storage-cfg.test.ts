/** What a section of storage.cfg comes to. */
import { expect, it } from 'vitest';
import { parseStorages } from '../../../src/config/storage-cfg.js';

const shared = (section: string) =>
  parseStorages(`${section}\n\n`).get(/^\S+ (\S+)/.exec(section)![1]!)!.shared;

it.each([
  ['dir: s1\n\tpath /x\n\tshared 1', true],
  ['lvm: s1\n\tvgname vg\n\tshared 1', true],
  ['lvm: s1\n\tvgname vg', false],
  ['nfs: s1\n\tserver a\n\texport /x', true],
  // Local by nature.
  ['lvmthin: s1\n\tvgname vg\n\tthinpool t\n\tshared 1', false],
  ['zfspool: s1\n\tpool tank\n\tshared 1', false],
  ['future: s1\n\tshared 1', true],
])('%j is shared: %s', (section, expected) => {
  expect(shared(section)).toBe(expected);
});
