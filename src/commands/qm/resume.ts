import { loadGuest } from '../../guest/load.js';
import { startVm } from '../../qemu/runtime/start.js';
import { resumeVm } from '../../qemu/runtime/suspend.js';
import { boolean, skiplock, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Let a suspended virtual machine go on.',
  args: { vmid: vmid() },
  options: { nocheck: boolean({ description: 'For migrations only.' }), skiplock: skiplock() },
  fixed: { node: 'localhost' },
  effect: 'change',
  check: ({ nocheck }): Record<string, string> =>
    nocheck ? { nocheck: 'migration is not supported yet' } : {},
  async run(ctx, input) {
    const { config, vmid } = loadGuest(ctx, 'qemu', input.vmid);
    const toDisk = config.main.values.get('lock') === 'suspended';
    await runTask(ctx, { type: 'qmresume', id: vmid }, (task) =>
      toDisk
        ? startVm(task.ctx, vmid, { skiplock: input.skiplock })
        : resumeVm(task.ctx, vmid, input.skiplock === true),
    );
  },
});
