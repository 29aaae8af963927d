import { requireGuest } from '../../guest/find.js';
import { stopVm } from '../../qemu/runtime/stop.js';
import { boolean, integer, skiplock, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Shut a virtual machine down through its guest agent, or through ACPI.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    forceStop: boolean({ default: 0, description: 'End it when the time is up.' }),
    keepActive: boolean({ default: 0, description: 'Leave its volumes active.' }),
    skiplock: skiplock(),
    timeout: integer({
      minimum: 0,
      description: 'Seconds to wait for it; 60, or down of its startup key, where not given.',
    }),
  },
  fixed: { node: 'localhost' },
  effect: 'change',
  async run(ctx, input) {
    requireGuest(ctx.store, 'qemu', input.vmid);
    await runTask(ctx, { type: 'qmshutdown', id: input.vmid }, (task) =>
      stopVm(task.ctx, input.vmid, { ...input, shutdown: true, force: input.forceStop === true }),
    );
  },
});
