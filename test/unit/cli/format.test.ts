import { describe, expect, test } from 'vitest';
import { formatData } from '../../../src/cli/format/index.js';
import { canonicalJson, prettyJson } from '../../../src/cli/format/json.js';
import { isUtf8Locale } from '../../../src/cli/format/terminal.js';
import type { PropSchema } from '../../../src/schema/types.js';

const returns: PropSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      size: { type: 'integer', renderer: 'bytes', optional: true },
      id: { type: 'integer', title: 'ID' },
      on: { type: 'boolean', optional: true },
    },
  },
};
const data = [
  { id: 20, size: 2048, on: true },
  { id: 3, on: 0 },
];
const utf8 = { terminal: { utf8: true } };
const ascii = { terminal: { utf8: false } };

describe('text', () => {
  test('required columns first, sorted by the first as its type says', async () => {
    expect(await formatData(data, returns, utf8)).toBe(
      [
        '┌────┬────┬──────────┐',
        '│ ID │ on │     size │',
        '╞════╪════╪══════════╡',
        '│  3 │ 0  │          │',
        '├────┼────┼──────────┤',
        '│ 20 │ 1  │ 2.00 KiB │',
        '└────┴────┴──────────┘',
        '',
      ].join('\n'),
    );
  });

  test('plain characters, raw values, no header', async () => {
    const options = { ...ascii, humanReadable: false, noheader: true };
    expect(await formatData(data, returns, options)).toBe(
      [
        '+----+----+------+',
        '|  3 | 0  |      |',
        '+----+----+------+',
        '| 20 | 1  | 2048 |',
        '+----+----+------+',
        '',
      ].join('\n'),
    );
  });

  test('without borders the last column is neither cut nor filled', async () => {
    expect(await formatData(data, returns, { ...ascii, noborder: true })).toBe(
      'ID on size\n 3 0  \n20 1  2.00 KiB\n',
    );
  });

  test('an object is a table of keys and values', async () => {
    const object = { b: 'two\nlines', a: { x: 1 }, c: null };
    expect(await formatData(object, undefined, { ...ascii })).toBe(
      [
        '+-----+---------+',
        '| key | value   |',
        '+=====+=========+',
        '| a   | {"x":1} |',
        '+-----+---------+',
        '| b   | two     |',
        '|     | lines   |',
        '+-----+---------+',
        '',
      ].join('\n'),
    );
  });

  test('scalars, lists of scalars, nothing', async () => {
    expect(await formatData('x', undefined, ascii)).toBe('x\n');
    const options = { ...ascii, noborder: true };
    expect(
      await formatData(['b', 'a'], { type: 'array', items: { type: 'string' } }, options),
    ).toBe('a\nb\n');
    expect(await formatData([], returns, ascii)).toBe('');
    expect(await formatData(data, { type: 'null' }, ascii)).toBe('');
    expect(await formatData(data, returns, { ...ascii, quiet: true })).toBe('');
    expect(await formatData(undefined, { type: 'object', optional: true }, ascii)).toBe('');
  });

  test('lines are cut to the terminal', async () => {
    const text = await formatData(data, returns, { terminal: { utf8: true, columns: 10 } });
    expect(text.split('\n').map((line) => [...line].length)).toEqual([
      10, 10, 10, 10, 10, 10, 10, 0,
    ]);
  });
});

describe('data', () => {
  test('json has sorted keys, pretty three blanks', async () => {
    const value = { b: [1, { d: null, c: 'ü' }], a: {}, e: [] };
    expect(canonicalJson(value)).toBe('{"a":{},"b":[1,{"c":"ü","d":null}],"e":[]}\n');
    expect(prettyJson(value)).toBe(
      '{\n   "a" : {},\n   "b" : [\n      1,\n      {\n         "c" : "ü",\n         "d" : null\n      }\n   ],\n   "e" : []\n}\n',
    );
    expect(await formatData([], returns, { outputFormat: 'json' })).toBe('[]\n');
  });

  test('yaml', async () => {
    const value = { b: ['1', 1, null], a: 'x: y', c: 'two\nlines', t: true };
    expect(await formatData(value, undefined, { outputFormat: 'yaml' })).toBe(
      "---\na: 'x: y'\nb:\n- '1'\n- 1\n- ~\nc: \"two\\nlines\"\nt: true\n",
    );
    expect(await formatData([], returns, { outputFormat: 'yaml' })).toBe('--- []\n');
    expect(await formatData('x', undefined, { outputFormat: 'yaml' })).toBe('--- x\n');
  });
});

test('what the locale can show', () => {
  expect(isUtf8Locale({ LANG: 'de_AT.UTF-8' })).toBe(true);
  expect(isUtf8Locale({ LC_ALL: 'C', LANG: 'de_AT.UTF-8' })).toBe(false);
  expect(isUtf8Locale({ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' })).toBe(true);
  expect(isUtf8Locale({})).toBe(false);
});
