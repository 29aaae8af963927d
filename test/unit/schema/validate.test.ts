import { describe, expect, test } from 'vitest';
import { ParamError } from '../../../src/errors.js';
import type { PropSchema } from '../../../src/schema/types.js';
import { assertValid, validate } from '../../../src/schema/validate.js';

const schema: PropSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    vmid: { type: 'integer', format: 'pve-vmid', minimum: 100, maximum: 200 },
    name: { type: 'string', maxLength: 4, minLength: 2, optional: true },
    on: { type: 'boolean', optional: true },
    ratio: { type: 'number', optional: true },
    kind: { enum: ['a', 'b'], optional: true },
    code: { pattern: 'x|y', optional: true },
    tags: { type: 'array', items: { type: 'string', format: 'pve-tag' }, optional: true },
    cause: { type: 'string', requires: 'effect', optional: true },
    effect: { type: 'string', optional: true },
    old: { alias: 'name' },
    'net[n]': { type: 'string', optional: true, indexed: { min: 0, max: 3 }, format: { a: {} } },
    drive: {
      type: 'string',
      optional: true,
      format: { file: { type: 'string' }, ro: { type: 'boolean', optional: true } },
    },
  },
};

describe('validate', () => {
  test('what fits has no errors, as text or typed', () => {
    expect(validate({ vmid: '100', on: '1', ratio: '1.5e3', tags: ['a'] }, schema)).toEqual({});
    expect(validate({ vmid: 100, on: true, ratio: 0.5, net3: 'a=1' }, schema)).toEqual({});
    expect(validate({ vmid: 100, on: false, code: 'y' }, schema)).toEqual({});
  });

  test('reports every error at once, in the known words', () => {
    const wrong = {
      name: 'longer',
      on: 'yes',
      ratio: 'x',
      kind: 'c',
      code: 'xy',
      tags: ['ok', '-no'],
      cause: 'c',
      net4: 'a=1',
      net1: 'b=1',
      drive: 'ro=2,zz=1',
    };
    expect(validate(wrong, schema)).toEqual({
      vmid: 'property is missing and it is not optional',
      name: 'value may only be 4 characters long',
      on: "type check ('boolean') failed - got 'yes'",
      ratio: "type check ('number') failed - got 'x'",
      kind: "value 'c' does not have a value in the enumeration 'a, b'",
      code: 'value does not match the regex pattern',
      'tags[1]': 'invalid format - invalid characters in tag',
      effect: "missing property required by 'cause'",
      net4: 'property is not defined in schema and the schema does not allow additional properties',
      net1:
        'invalid format - format error\n' +
        'net1.a: property is missing and it is not optional\n' +
        'net1.b: property is not defined in schema and the schema does not allow additional properties',
      drive:
        'invalid format - format error\n' +
        'drive.file: property is missing and it is not optional\n' +
        "drive.ro: type check ('boolean') failed - got '2'\n" +
        'drive.zz: property is not defined in schema and the schema does not allow additional properties',
    });
  });

  test('bounds come after the type and the format', () => {
    expect(validate({ vmid: 300, name: 'a' }, schema)).toEqual({
      vmid: 'value must have a maximum value of 200',
      name: 'value must be at least 2 characters long',
    });
    expect(validate({ vmid: '1x' }, schema).vmid).toBe("type check ('integer') failed - got '1x'");
    expect(validate({ vmid: '50' }, schema).vmid).toBe(
      'invalid format - value does not look like a valid VM ID',
    );
  });

  test('an alias moves to its target, both are an error', () => {
    const given: Record<string, unknown> = { vmid: 100, old: 'ab' };
    expect(validate(given, schema)).toEqual({});
    expect(given).toEqual({ vmid: 100, name: 'ab' });
    expect(validate({ vmid: 100, old: 'ab', name: 'cd' }, schema)).toEqual({
      old: "cannot set both 'old' and its alias target 'name'",
    });
  });

  test('structures where scalars are wanted', () => {
    expect(validate({ vmid: [100], name: { a: 1 }, tags: 'a' }, schema)).toEqual({
      vmid: "type check ('integer') failed - got ARRAY",
      name: "type check ('string') failed - got HASH",
      tags: "type check ('array') failed",
    });
    expect(validate('text', schema)).toEqual({ _root: "type check ('object') failed" });
  });

  test('keys of the prototype are not keys of the schema', () => {
    const reason =
      'property is not defined in schema and the schema does not allow additional properties';
    expect(validate({ vmid: 100, constructor: 'x' }, schema)).toEqual({ constructor: reason });
  });

  test('assertValid throws all errors as the command line prints them', () => {
    const failed = (): void => assertValid({ on: 2 }, schema);
    expect(failed).toThrow(ParamError);
    try {
      failed();
    } catch (error) {
      expect(String(error)).toBe(
        '400 Parameter verification failed.\n' +
          "on: type check ('boolean') failed - got '2'\n" +
          'vmid: property is missing and it is not optional\n',
      );
    }
  });
});

test('perl patterns are understood', () => {
  const fits = (pattern: string, value: string) =>
    Object.keys(validate({ v: value }, { type: 'object', properties: { v: { pattern } } }))
      .length === 0;
  expect(fits('(?^u:[ab])+', 'abba')).toBe(true);
  expect(fits('(?^i:[ab])+', 'ABBA')).toBe(true);
  expect(fits('a|b', 'ab')).toBe(false);
  expect(fits('^0x[0-9a-f]{4}$', '0x12af')).toBe(true);
});
