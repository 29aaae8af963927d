import { requireGuest } from '../../guest/find.js';
import { rebootVm } from '../../qemu/runtime/reboot.js';
import { integer, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Shut a virtual machine down and start it again, with its pending changes.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: { timeout: integer({ minimum: 0, description: 'Seconds to wait for the shutdown.' }) },
  fixed: { node: 'localhost' },
  effect: 'change',
  async run(ctx, { vmid, timeout }) {
    requireGuest(ctx.store, 'qemu', vmid);
    await runTask(ctx, { type: 'qmreboot', id: vmid }, (task) => rebootVm(task.ctx, vmid, timeout));
  },
});
