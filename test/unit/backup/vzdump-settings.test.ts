/** How the options of a backup come together from defaults, vzdump.conf and the command line. */
import { expect, it } from 'vitest';
import { mergeSettings, readOptions } from '../../../src/backup/vzdump/settings.js';

const merged = (called: string | undefined, conf: string | undefined) =>
  mergeSettings(
    readOptions(called === undefined ? {} : { performance: called }),
    readOptions(conf === undefined ? {} : { performance: conf }),
  ).performance;

it('performance is merged key by key', () => {
  expect(merged(undefined, undefined)).toEqual({ 'max-workers': 16, 'pbs-entries-max': 1048576 });
  expect(merged('max-workers=2', 'max-workers=8,pbs-entries-max=5')).toEqual({
    'max-workers': 2,
    'pbs-entries-max': 5,
  });
});

it('fleecing is taken whole from where it is given', () => {
  const { fleecing } = mergeSettings(
    readOptions({ fleecing: 'storage=local' }),
    readOptions({ fleecing: 'enabled=1,storage=other' }),
  );
  expect(fleecing).toEqual({ storage: 'local' });
});
