/** A VM's file held against the schema: values are checked, none is written another way. */
import { expect, it } from 'vitest';
import { parseGuestConfig } from '../../../src/config/guest-config.js';
import { writeGuestConfig } from '../../../src/config/guest-config-write.js';
import { checkFileValue } from '../../../src/qemu/config/file-values.js';

const canonical = (text: string, strict = true) =>
  writeGuestConfig(parseGuestConfig('qemu', text, { strict, check: checkFileValue }));

it('a drive keeps the words it is written with', () => {
  const text = 'scsi0: file=local:100/vm-100-disk-0.raw,ssd=on,discard=on,size=1.5G\n';
  expect(canonical(text)).toBe(text);
});

it('a drive that is no volume and no path is refused', () => {
  expect(() => canonical('ide2: x.iso,media=cdrom\n')).toThrow(/unable to parse volume ID 'x.iso'/);
  expect(canonical('cores: 1\nide2: x.iso,media=cdrom\n', false)).toBe('cores: 1\n');
});

it('an unknown hotplug feature is named', () => {
  expect(() => canonical('hotplug: disk,foo,bar\n')).toThrow(/ - invalid hotplug feature 'foo'$/);
});

it('the state of a snapshot is kept in its section only', () => {
  expect(canonical('cores: 1\nsnapstate: prepare\n\n[a1]\nsnapstate: delete\n')).toBe(
    'cores: 1\n\n[a1]\nsnapstate: delete\n',
  );
});
