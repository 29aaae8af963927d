/** A config on its way out of a backup. */
import { expect, it } from 'vitest';
import { restoreConfigText } from '../../../src/backup/restore/config-lines.js';

const map = new Map([['scsi0', 'target:100/vm-100-disk-0.raw']]);

it('a drive whose options cannot be read gets its new volume all the same', () => {
  const text = 'scsi0: local:100/vm-100-disk-0.raw,nonsense=1\nscsi1: local:x,nonsense=1\n';
  expect(restoreConfigText(text, { map, unique: false })).toBe(
    'scsi0: target:100/vm-100-disk-0.raw\nscsi1: local:x,nonsense=1\n',
  );
});

it('a drive that is not backed up becomes a comment, whatever word says so', () => {
  expect(restoreConfigText('scsi0: local:x.raw,backup=no\n', { map, unique: false })).toBe(
    '#scsi0: local:x.raw,backup=no\n',
  );
});
