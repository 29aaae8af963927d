import { createOptions } from '../../qemu/options/command-options.js';
import { settableOptions } from '../../qemu/options/index.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Create a virtual machine.',
  description:
    'Disks are given as STORAGE:SIZE in GiB for new ones, as a volume id for existing ones, or as ' +
    'STORAGE:0,import-from=SOURCE to be filled from an image; --archive makes the machine of a backup, with the other options in place of what stands there. When a step fails, or the command is interrupted, ' +
    'everything made so far is removed again.',
  args: { vmid: vmid({ completes: undefined, description: 'The id of the new virtual machine.' }) },
  options: { ...settableOptions(), ...createOptions },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [
    {
      command: 'qm create 100 --name web --memory 2048 --scsi0 local:32 --net0 virtio,bridge=vmbr0',
      does: 'Makes a machine with 2 GiB of memory, a new disk of 32 GiB and a network card.',
    },
    {
      command:
        'qm create 101 --scsi0 local:0,import-from=/tmp/cloud.qcow2 --serial0 socket --start',
      does: 'Makes a machine from an image, and starts it.',
    },
    {
      command: 'qm create 102 --memory 1024 --scsi0 local:8 --dry-run',
      does: 'Shows what would be done.',
    },
  ],
  async run(ctx, input) {
    if (input.archive !== undefined) {
      const { restoreAs } = await import('../../backup/restore/as-created.js');
      await restoreAs(ctx, input as Record<string, unknown>);
      return;
    }
    const { createVm } = await import('../../qemu/config/create.js');
    await createVm(ctx, input.vmid, input as Record<string, unknown>);
  },
});
