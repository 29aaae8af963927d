import { rollBack, whenDue } from '../../../network/apply.js';
import { STAGED } from '../../../network/files.js';
import { unconfirmed } from '../../../network/watch.js';
import { matching } from '../../../schema/props.js';
import { runTask } from '../../../task/index.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Go back to the network configuration in force, or drop the collected changes.',
  description:
    'While an apply waits to be confirmed it is taken back; its changes stay collected, to be corrected. Otherwise the collected changes are dropped.',
  args: {},
  options: {
    unconfirmed: matching('[0-9a-f]{16}', {
      optional: true,
      description:
        'Take back this apply only, if it still waits to be confirmed. Called when its time is over.',
    }),
  },
  effect: 'change',
  async run(ctx, input) {
    if (input.unconfirmed !== undefined) {
      if (!(await whenDue(ctx.host, input.unconfirmed))) return;
    } else if (unconfirmed(ctx.host) === undefined) {
      if (!ctx.host.files.unlink(STAGED)) ctx.out.info('no changes are collected');
      return;
    }
    await runTask(ctx, { type: 'srvreload', id: 'networking' }, async (task) => {
      if (await rollBack(task.ctx, input.unconfirmed)) {
        task.log('the network configuration was rolled back');
        ctx.out.info(
          "its changes are still collected: 'pave network pending' shows them, 'pave network revert' drops them",
        );
      }
    });
  },
});
