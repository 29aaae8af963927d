import { describe, expect, test } from 'vitest';
import { parseBoolean } from '../../../src/schema/boolean.js';
import { mapId, parseIdMap } from '../../../src/schema/idmap.js';
import { splitList } from '../../../src/schema/lists.js';
import { getRenderer, renderBytes, renderDuration } from '../../../src/schema/render.js';
import { parseStartupOrder } from '../../../src/schema/startup.js';
import { convertSize, formatSize, parseSize } from '../../../src/schema/units.js';
import { splitWords } from '../../../src/schema/words.js';

test('sizes', () => {
  expect(parseSize('32G')).toBe(34359738368);
  expect(parseSize('1.5K')).toBe(1536);
  expect(parseSize('2TiB')).toBe(2199023255552);
  expect(parseSize('1.7')).toBe(1);
  expect(parseSize('5iB')).toBeUndefined();
  expect(parseSize('5 G')).toBeUndefined();
  expect(formatSize(34359738368)).toBe('32G');
  expect(formatSize(1536)).toBe('1536');
  expect(formatSize(1048576)).toBe('1M');
  expect(formatSize(2 ** 50)).toBe('1024T');
  expect(formatSize(0)).toBe('0T');
});

test('sizes between units round up unless told otherwise', () => {
  expect(convertSize(1023, 'b', 'kb')).toBe(1);
  expect(convertSize(1023, 'b', 'kb', true)).toBe(0);
  expect(convertSize('.5', 'GB', 'MB')).toBe(512);
  expect(() => convertSize('', 'b', 'kb')).toThrow('no value given');
  expect(() => convertSize('1', 'b', 'x')).toThrow("unknown 'from' and/or 'to' units (b => x)");
});

test('lists', () => {
  expect(splitList(' a,b;c  d,')).toEqual(['a', 'b', 'c', 'd']);
  expect(splitList('')).toEqual([]);
  expect(splitList(' , ')).toEqual([]);
  expect(splitList('a b\0c,d')).toEqual(['a b', 'c,d']);
});

test('booleans', () => {
  expect(['1', 'On', 'YES', 'true'].map(parseBoolean)).toEqual([1, 1, 1, 1]);
  expect(['0', 'oFF', 'no', 'False'].map(parseBoolean)).toEqual([0, 0, 0, 0]);
  expect(['', '2', 'y'].map(parseBoolean)).toEqual([undefined, undefined, undefined]);
});

describe('id maps', () => {
  const check = (id: string): void => {
    if (!/^[a-z]+$/.test(id)) throw new Error('no id');
  };
  test('entries, default and identity', () => {
    const map = parseIdMap('a:b,c', check);
    expect(map).toEqual({ entries: { a: 'b' }, default: 'c' });
    expect(mapId(map, 'a')).toBe('b');
    expect(mapId(map, 'x')).toBe('c');
    expect(mapId(parseIdMap('1', check), 'x')).toBe('x');
    expect(mapId(undefined, 'x')).toBe('x');
    expect(parseIdMap('', check)).toBeUndefined();
  });
  test.each([
    ['a:b a:c', "duplicate mapping for source 'a'"],
    ['a b', 'default target ID can only be provided once'],
    ['1,a', 'identity mapping cannot be combined with other mappings'],
    ['A:b', "entry 'A:b' contains invalid ID - no id"],
  ])('%s is refused', (text, reason) => {
    expect(() => parseIdMap(text, check)).toThrow(reason);
  });
});

test('startup order', () => {
  expect(parseStartupOrder('3,up=10,down=20')).toEqual({ order: 3, up: 10, down: 20 });
  expect(parseStartupOrder('order=3,,')).toEqual({ order: 3 });
  expect(parseStartupOrder('up=x')).toBeUndefined();
  expect(parseStartupOrder('')).toBeUndefined();
});

test('values for people', () => {
  expect(renderBytes(0)).toBe('0.00 B');
  expect(renderBytes(1023)).toBe('1023.00 B');
  expect(renderBytes(2 ** 60)).toBe('1024.00 PiB');
  expect(renderDuration(undefined)).toBe('0s');
  expect(renderDuration(90061)).toBe('1d 1h 1m 1s');
  expect(renderDuration(90061, true)).toBe('1d 1h 1m');
  expect(getRenderer('timestamp_gmt')?.(0)).toBe('1970-01-01 00:00:00');
  expect(getRenderer('toString')).toBeUndefined();
});

test('words of a line', () => {
  expect(splitWords(`a "b c" 'd e' f\\ g h"i"'j'`)).toEqual(['a', 'b c', 'd e', 'f g', 'hij']);
  expect(splitWords(`'' ""`)).toEqual(['', '']);
  expect(splitWords(`'a\\b' "a\\"b"`)).toEqual(['a\\b', 'a"b']);
  expect(splitWords('a "b')).toEqual([]);
  expect(splitWords('  ')).toEqual([]);
});
