import { describe, expect, test } from 'vitest';
import { argParamOf, getOptions, toInput } from '../../../src/cli/argv.js';
import { UsageError } from '../../../src/errors.js';
import * as p from '../../../src/schema/props.js';
import type { PropSchema } from '../../../src/schema/types.js';

const properties: Record<string, PropSchema> = {
  vmid: p.vmid(),
  name: p.string({ optional: true }),
  nameserver: p.string({ optional: true }),
  full: p.boolean({ optional: true }),
  force: p.boolean({ optional: true }),
  storages: p.list('pve-storage-id', { optional: true }),
  command: p.array({ type: 'string' }, { optional: true }),
  cores: p.integer({ optional: true }),
  'net[n]': p.numbered(p.string({ optional: true }), { min: 0, max: 31 }),
  scsi: p.numbered(p.string({ optional: true }), { min: 0, max: 30 }),
  scsihw: p.string({ optional: true }),
  'dry-run': p.boolean({ optional: true, extra: true }),
  'fast-mode': p.boolean({ optional: true, extra: true }),
  node: p.node({ optional: true }),
};
const schema: PropSchema = { properties };

function parse(line: string, options: Parameters<typeof getOptions>[2] = { argParam: ['vmid'] }) {
  return getOptions(schema, line.split(' ').filter(Boolean), options);
}

describe('options', () => {
  test.each([
    ['100 --name a', { vmid: '100', name: 'a' }],
    ['--name=a=b 100', { vmid: '100', name: 'a=b' }],
    ['-name a 100', { vmid: '100', name: 'a' }],
    ['--NAME a 100', { vmid: '100', name: 'a' }],
    ['100 --names a', { vmid: '100', nameserver: 'a' }],
    ['100 --name a --name b', { vmid: '100', name: 'b' }],
    ['100 --name --full', { vmid: '100', name: '--full' }],
    ['100 --full', { vmid: '100', full: 1 }],
    ['100 --full --force', { vmid: '100', full: 1, force: 1 }],
    ['100 --full=', { vmid: '100', full: 1 }],
    ['100 --full off', { vmid: '100', full: 0 }],
    ['100 --full=YES', { vmid: '100', full: 1 }],
    ['100 --storages a1 --storages b1,c1', { vmid: '100', storages: 'a1,b1,c1' }],
    ['100 --command a --command b', { vmid: '100', command: ['a', 'b'] }],
    ['100 --net3 x --scsi30 y', { vmid: '100', net3: 'x', scsi30: 'y' }],
    ['100 --scsih z', { vmid: '100', scsihw: 'z' }],
    ['--full -- 100', { vmid: '100', full: 1 }],
    ['-- -5', { vmid: '-5' }],
    ['100 --name -', { vmid: '100', name: '-' }],
    ['--vmid 1 200', { vmid: '200' }],
    ['100 --dry', { vmid: '100', 'dry-run': 1 }],
  ])('%s', async (line, values) => {
    expect(await parse(line)).toEqual(values);
  });

  test.each([
    ['', '400 not enough arguments'],
    ['--vmid 100', '400 not enough arguments'],
    ['100 200', '400 too many arguments'],
    ['--full 100', '400 not enough arguments'],
    ['100 --full maybe', '400 unable to parse boolean option'],
    ['100 --nope', 'Unknown option: nope\n400 unable to parse option'],
    ['100 --NaMe', 'Option name requires an argument\n400 unable to parse option'],
    ['100 --name=', 'Option name requires an argument\n400 unable to parse option'],
    ['100 --net32 ---x', 'Unknown option: net32\nUnknown option: -x\n400 unable to parse option'],
    ['100 --fo --fu --f', 'Option f is ambiguous (force, full)\n400 unable to parse option'],
    ['100 --net01 x', 'Unknown option: net01\n400 unable to parse option'],
    ['100 ---x', 'Unknown option: -x\n400 unable to parse option'],
  ])('%s fails', async (line, reason) => {
    const error = await parse(line).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(reason);
  });

  test('an ambiguous family lists its members as they are called', async () => {
    await expect(parse('100 --net1')).rejects.toThrow('Option net1 requires an argument');
    await expect(parse('100 --scsi x')).rejects.toThrow(
      /^Option scsi is ambiguous \(scsi0, scsi1, scsi10, .*, scsi9, scsihw\)\n400 unable/,
    );
  });

  test('what only Pavé has never makes an abbreviation of the original ambiguous', async () => {
    // --f: force, full and fast-mode begin with it; only the first two are the original's.
    await expect(parse('100 --f')).rejects.toThrow('Option f is ambiguous (force, full)');
    expect(await parse('100 --fa')).toEqual({ vmid: '100', 'fast-mode': 1 });
  });

  test('a parameter that is fixed is no option', async () => {
    const options = { argParam: ['vmid'], fixedParam: { node: 'pve1' } };
    expect(await parse('100', options)).toEqual({ vmid: '100', node: 'pve1' });
    await expect(parse('100 --node x', options)).rejects.toThrow('Unknown option: node');
  });
});

describe('words', () => {
  const guest: PropSchema = {
    properties: { vmid: p.vmid(), name: p.string({ optional: true }), 'extra-args': p.extraArgs() },
  };

  test('extra-args takes the rest, options before -- are still options', async () => {
    const argParam = ['vmid', 'extra-args'];
    const run = (...args: string[]) => getOptions(guest, args, { argParam });
    expect(await run('100', 'ls', '--', '-l')).toEqual({ vmid: '100', 'extra-args': ['ls', '-l'] });
    expect(await run('100')).toEqual({ vmid: '100', 'extra-args': [] });
    await expect(run()).rejects.toThrow('400 not enough arguments');
  });

  test('an optional last word may be missing, a required one after it may not', async () => {
    const args = ['100'];
    expect(await getOptions(guest, args, { argParam: ['vmid', 'name'] })).toEqual({ vmid: '100' });
    await expect(getOptions(guest, ['x'], { argParam: ['name', 'vmid'] })).rejects.toThrow(
      '400 not enough arguments',
    );
  });

  test('a single list takes every word', async () => {
    const list = { vmids: p.list('pve-vmid', { optional: true }) };
    const argParam = argParamOf(list);
    expect(argParam).toBe('vmids');
    expect(await getOptions({ properties: list }, ['100', '101,102'], { argParam })).toEqual({
      vmids: '100,101,102',
    });
    expect(await getOptions({ properties: list }, [], { argParam })).toEqual({});
    await expect(getOptions({ properties: list }, ['--vmids', '1'], { argParam })).rejects.toThrow(
      'Unknown option: vmids',
    );
    expect(argParamOf({ vmid: p.vmid() })).toEqual(['vmid']);
  });
});

describe('files and passwords', () => {
  const secret: PropSchema = {
    properties: {
      key: p.string({ optional: true, valueReadFromFile: true }),
      password: p.string({ interactive: true }),
      token: p.string({ interactive: true, optional: true }),
    },
  };
  const asked: string[] = [];
  const options = {
    readFile: (path: string) => `content of ${path}`,
    askPassword: async (prompt: string) => {
      asked.push(prompt);
      return 'secret';
    },
  };

  test('content in place of the path; asked for when needed', async () => {
    expect(await getOptions(secret, ['--key', '/k'], options)).toEqual({
      key: 'content of /k',
      password: 'secret',
    });
    expect(asked).toEqual(['Enter new password: ']);
    asked.length = 0;
    expect(await getOptions(secret, ['--password', 'x', '--token'], options)).toEqual({
      password: 'x',
      token: 'secret',
    });
    expect(asked).toEqual(['Enter new token: ']);
  });
});

test('typed input', () => {
  const raw = { vmid: '100', full: 0, force: 1, cores: '4', net0: 'a', net10: 'b', command: ['x'] };
  expect(toInput(raw, properties)).toEqual({
    vmid: 100,
    full: false,
    force: true,
    cores: 4,
    net0: 'a',
    net10: 'b',
    command: ['x'],
  });
});
