import { expect, test } from 'vitest';
import { usageText } from '../../../src/cli/usage.js';
import { wrap } from '../../../src/cli/wrap.js';
import * as p from '../../../src/schema/props.js';

const schema = {
  properties: {
    vmid: p.vmid({ description: 'Which guest.' }),
    vmids: p.list('pve-vmid', { optional: true }),
    name: p.string({ optional: true, default: 'x', description: 'Its name.', requires: 'full' }),
    full: p.boolean({ optional: false, description: 'All of it.' }),
    'net[n]': p.numbered(p.string({ optional: true, description: 'A device.' }), {
      min: 0,
      max: 31,
    }),
    password: p.string({ interactive: true, optional: true }),
    sshkeys: p.string({ valueReadFromFile: true, optional: true, description: 'Keys.' }),
    quiet: p.boolean({ optional: true, extra: true, description: 'Say nothing.' }),
  },
};

test('the one line', () => {
  const options = { prefix: 'qm x', argParam: ['vmid', 'vmids'], format: 'short' } as const;
  expect(usageText(schema, options)).toBe('qm x <vmid> {<vmids>} --full <boolean> [OPTIONS]\n');
});

test('no options, no mention of them; our own do not count', () => {
  const { vmid, quiet } = schema.properties;
  const options = { prefix: 'qm x', argParam: ['vmid'], format: 'short' } as const;
  expect(usageText({ properties: { vmid } }, options)).toBe('qm x <vmid>\n');
  expect(usageText({ properties: { vmid, quiet } }, options)).toBe('qm x <vmid>\n');
  expect(usageText({ properties: { vmid, ...p.outputOptions } }, options)).toBe(
    'qm x <vmid> [FORMAT_OPTIONS]\n',
  );
});

test('the whole reference', () => {
  const text = usageText(schema, {
    prefix: 'qm x',
    argParam: ['vmid'],
    fixedParam: { vmids: '1' },
    format: 'full',
    description: 'Does something.',
  });
  expect(text).toBe(
    `USAGE: qm x <vmid> --full <boolean> [OPTIONS]

  Does something.

  <vmid>     <integer> (100 - 999999999)
\t     Which guest.

  --full     <boolean>
\t     All of it.

  --name     <string>\t(default=x)
\t     Its name.

\t     Requires option(s): full

  --net[n]   <string>
\t     A device.

  --password <password>
\t     no description available

  --sshkeys  <filepath>
\t     Keys.

 Options the original does not have:

  --quiet    <boolean>
\t     Say nothing.

`,
  );
});

test('lines of 75 columns, long words cut, blanks before a tab stop as tabs', () => {
  const text = wrap('', '             ', `${'word '.repeat(20)}${'x'.repeat(80)}`);
  const lines = text.split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe('word '.repeat(15).trimEnd());
  expect(lines[1]).toBe(`\t     ${'word '.repeat(5).trimEnd()}`);
  expect(lines[2]).toBe(`\t     ${'x'.repeat(62)}`);
  expect(lines[3]).toBe(`\t     ${'x'.repeat(18)}`);
});
