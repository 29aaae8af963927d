import { requireGuest } from '../../guest/find.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { boolean, integer, node, skiplock, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'End a virtual machine at once, as if its plug was pulled.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    keepActive: boolean({ default: 0, description: 'Leave its volumes active.' }),
    migratedfrom: node({ description: 'Node the machine is migrated from; for migrations only.' }),
    'overrule-shutdown': boolean({
      default: 0,
      description: 'End a qm shutdown of the machine that is under way.',
    }),
    skiplock: skiplock(),
    timeout: integer({ minimum: 0, description: 'Seconds to wait before QEMU is killed.' }),
  },
  fixed: { node: 'localhost' },
  effect: 'change',
  check: ({ migratedfrom }): Record<string, string> =>
    migratedfrom === undefined ? {} : { migratedfrom: 'migration is not supported yet' },
  async run(ctx, input) {
    requireGuest(ctx.store, 'qemu', input.vmid);
    await runTask(ctx, { type: 'qmstop', id: input.vmid }, async (task) => {
      if (input['overrule-shutdown']) {
        const { endShutdowns } = await import('../../qemu/runtime/overrule.js');
        await endShutdowns(task.ctx, input.vmid);
      }
      await stopVm(task.ctx, input.vmid, { ...input, force: true });
    });
  },
});
