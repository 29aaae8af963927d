import { requireGuest } from '../../guest/find.js';
import { pauseVm, suspendToDisk } from '../../qemu/runtime/suspend.js';
import { boolean, skiplock, storeid, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Pause a virtual machine, or save it to disk and end it.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    skiplock: skiplock(),
    statestorage: storeid({
      format_description: 'storage-id',
      requires: 'todisk',
      description: 'Storage for the saved memory; else vmstatestorage, else one the machine uses.',
    }),
    todisk: boolean({
      default: 0,
      description: 'Save the memory to a volume and end QEMU; the next start goes on from there.',
    }),
  },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [
    {
      command: 'qm suspend 100 --todisk',
      does: 'Puts the machine to sleep; the host may be rebooted.',
    },
  ],
  async run(ctx, input) {
    requireGuest(ctx.store, 'qemu', input.vmid);
    const skip = input.skiplock === true;
    await runTask(ctx, { type: input.todisk ? 'qmsuspend' : 'qmpause', id: input.vmid }, (task) =>
      input.todisk
        ? suspendToDisk(task.ctx, input.vmid, { skiplock: skip, statestorage: input.statestorage })
        : pauseVm(task.ctx, input.vmid, skip),
    );
  },
});
