/** What the name of a backup tells. */
import { expect, it } from 'vitest';
import { archiveInfo } from '../../../src/storage/files/archive.js';

const at = (time: string) => `backup/vzdump-qemu-100-${time}.vma.zst`;

it.each([
  ['2020_00_10-00_00_00', "Month '-1' out of range 0..11"],
  ['2021_02_29-00_00_00', "Day '29' out of range 1..28"],
  ['2020_03_00-00_00_00', "Day '00' out of range 1..31"],
  ['2020_03_01-24_00_00', "Hour '24' out of range 0..23"],
  ['2020_03_01-00_60_00', "Minute '60' out of range 0..59"],
  ['2020_03_01-00_00_60', "Second '60' out of range 0..59"],
])('a time that does not exist is refused: %s', (time, reason) => {
  expect(() => archiveInfo(at(time))).toThrow(reason);
});

it('the 29th of February exists in leap years', () => {
  expect(archiveInfo(at('2020_02_29-12_00_00')).ctime).toBe(
    new Date(2020, 1, 29, 12).getTime() / 1000,
  );
});
