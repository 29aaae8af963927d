import { setJob } from '../../../backup/jobs/edit.js';
import { ParamError } from '../../../errors.js';
import { splitList } from '../../../schema/lists.js';
import { list } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';
import { givenValues, jobId, jobOptions } from './options.js';

export default defineCommand({
  summary: 'Change a backup job.',
  description:
    'Options that are not given stay as they are. A new choice of guests takes the place of the old one. A job of the old file vzdump.cron moves to jobs.cfg.',
  args: { id: jobId },
  options: {
    ...jobOptions,
    delete: list('pve-configid', { description: 'Options to set back to their default.' }),
  },
  effect: 'change',
  examples: [{ command: 'pave jobs set nightly --enabled 0', does: 'Switches a job off.' }],
  async run(ctx, input) {
    const values = givenValues(input);
    const remove = splitList(input.delete ?? '');
    const unknown = remove.filter((key) => !Object.hasOwn(jobOptions, key) || key === 'schedule');
    if (unknown.length > 0)
      throw new ParamError({ delete: unknown.map((key) => `unknown option '${key}'`).join(', ') });
    const both = remove.filter((key) => values[key] !== undefined);
    if (both.length > 0)
      throw new ParamError({ delete: `${both.join(', ')}: both set and deleted` });
    if (Object.keys(values).length === 0 && remove.length === 0)
      throw new ParamError({ all: 'no options specified' });
    await setJob(ctx, input.id, values, remove);
  },
});
