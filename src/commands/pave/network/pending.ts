import { stagedDiff } from '../../../network/files.js';
import { unconfirmed } from '../../../network/watch.js';
import { defineCommand } from '../../define.js';

interface Pending {
  diff: string;
  'confirm-within'?: number;
}

export default defineCommand({
  summary: 'Show the collected changes of the network configuration as a diff.',
  description: 'Prints nothing where there are none.',
  args: {},
  options: {},
  effect: 'read',
  returns: {
    type: 'object',
    properties: {
      diff: { type: 'string', description: 'Unified diff; empty where nothing is collected.' },
      'confirm-within': {
        type: 'integer',
        optional: true,
        description: 'Seconds left to confirm what was applied.',
      },
    },
  },
  text: ({ diff, 'confirm-within': left }: Pending) =>
    [
      ...(diff === '' ? [] : [`${diff}\n`]),
      ...(left === undefined
        ? []
        : [`applied; rolled back in ${left} s unless confirmed: pave network confirm\n`]),
    ].join(''),
  async run(ctx): Promise<Pending> {
    const waiting = unconfirmed(ctx.host);
    const left =
      waiting === undefined
        ? {}
        : {
            'confirm-within': Math.max(
              0,
              Math.ceil((waiting.deadline - ctx.host.clock.now()) / 1000),
            ),
          };
    return { diff: stagedDiff(ctx.host), ...left };
  },
});
