import { expect, expectTypeOf, test } from 'vitest';
import * as p from '../../../src/schema/props.js';
import type { InputOf } from '../../../src/schema/types.js';

test('the type given to run follows from the declaration', () => {
  const args = { vmid: p.vmid(), snapname: p.snapname({ optional: true }) };
  const options = {
    description: p.string({ optional: false }),
    vmstate: p.boolean({ default: false }),
    bus: p.enumOf(['ide', 'scsi']),
    'net[n]': p.numbered(p.propertyString({ bridge: { type: 'string' } }), { min: 0, max: 31 }),
    storages: p.list('pve-storage-id'),
    command: p.array({ type: 'string' }),
  };
  type Input = InputOf<typeof args, typeof options>;
  expectTypeOf<Input['vmid']>().toEqualTypeOf<number>();
  expectTypeOf<Input['snapname']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Input['description']>().toEqualTypeOf<string>();
  expectTypeOf<Input['vmstate']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<Input['bus']>().toEqualTypeOf<'ide' | 'scsi' | undefined>();
  expectTypeOf<Input['net[n]']>().toEqualTypeOf<Record<string, string> | undefined>();
  expectTypeOf<Input['storages']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Input['command']>().toEqualTypeOf<string[] | undefined>();
  expect(options['net[n]'].indexed).toEqual({ min: 0, max: 31 });
  expect(options.storages.format).toBe('pve-storage-id-list');
});

test('options win over defaults', () => {
  expect(p.vmid({ completes: 'vm-running', description: 'Which.' })).toMatchObject({
    type: 'integer',
    minimum: 100,
    completes: 'vm-running',
    description: 'Which.',
  });
});
