import { integer } from '../../../schema/props.js';
import { runTask } from '../../../task/index.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Put the collected changes of the network configuration in force.',
  description:
    'Through ifupdown2 or ifupdown, whichever is installed. Unless pave network confirm is called in time, the old ' +
    'configuration comes back by itself, also when the session that applied it is dead; so does it with a reboot. ' +
    'If it cannot be applied, or the command is killed on its way, the old one is restored. Guests stay on their bridges.',
  args: {},
  options: {
    'confirm-within': integer({
      optional: true,
      minimum: 0,
      maximum: 3600,
      default: 60,
      description: 'Seconds in which it must be confirmed; 0 puts it in force for good.',
    }),
  },
  effect: 'change',
  examples: [
    {
      command: 'pave network apply --confirm-within 60',
      does: 'Applies, and goes back after a minute.',
    },
    { command: 'pave network confirm', does: 'Keeps it.' },
  ],
  async run(ctx, input) {
    const { applyNetwork } = await import('../../../network/apply.js');
    await runTask(ctx, { type: 'srvreload', id: 'networking' }, async (task) => {
      const left = await applyNetwork(task.ctx, input['confirm-within'] ?? 60);
      if (left > 0 && !ctx.host.dryRun)
        ctx.out.line(`applied; rolled back in ${left} s unless confirmed: pave network confirm`);
    });
  },
});
