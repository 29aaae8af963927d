import { requireGuest } from '../../guest/find.js';
import { destroyVm } from '../../qemu/config/destroy.js';
import { boolean, skiplock, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Remove a virtual machine and the volumes it owns.',
  args: { vmid: vmid({ completes: 'vm-stopped' }) },
  options: {
    'destroy-unreferenced-disks': boolean({
      default: 0,
      description:
        'Also remove volumes of that id which its configuration does not name, on all storages.',
    }),
    purge: boolean({
      description: 'Also take the id out of other configurations, such as backup jobs.',
    }),
    skiplock: skiplock(),
  },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [{ command: 'qm destroy 100 --dry-run', does: 'Shows what would be removed.' }],
  async run(ctx, input) {
    requireGuest(ctx.store, 'qemu', input.vmid);
    await runTask(ctx, { type: 'qmdestroy', id: input.vmid }, (task) =>
      destroyVm(task.ctx, input.vmid, {
        skiplock: input.skiplock === true,
        purge: input.purge === true,
        unreferenced: input['destroy-unreferenced-disks'] === true,
      }),
    );
  },
});
