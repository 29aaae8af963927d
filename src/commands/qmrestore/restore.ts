import { boolean, formatted, number, storeid, string, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Make a virtual machine of a backup.',
  description:
    'Takes VMA archives as vzdump makes them, here and on Proxmox VE, packed or not. Every disk goes into a new volume; only when all of them are whole is the config written. A restore that fails leaves nothing behind, and with --force the machine that was there is as before, until the new one is complete; so there must be room for both.',
  args: {
    archive: string({
      maxLength: 255,
      completes: 'volume',
      description: 'The backup, as a volume id or path, or - for standard input.',
    }),
    vmid: vmid({ completes: undefined, description: 'The id of the virtual machine.' }),
  },
  options: {
    bwlimit: number({ minimum: 0, description: 'Bandwidth limit in KiB/s; 0 is none.' }),
    force: boolean({ description: 'Replace a virtual machine of that id.' }),
    'ha-managed': boolean({
      default: 0,
      description: 'Add the machine as a resource of high availability.',
    }),
    'live-restore': boolean({
      description: 'Start the machine at once and restore it while it runs.',
    }),
    pool: formatted('pve-poolid', { description: 'Pool the machine is added to.' }),
    start: boolean({ default: 0, description: 'Start the machine once it is restored.' }),
    storage: storeid({
      format_description: 'storage-id',
      description: 'Storage for all disks; where left out, those they were on.',
    }),
    tmpdir: string({
      extra: true,
      completes: 'file',
      default: '/var/tmp',
      requires: 'live-restore',
      description:
        'With --live-restore: folder for a packed archive, which has to be unpacked, and for what the machine writes to disks that are not qcow2 until they are restored.',
    }),
    unique: boolean({
      description: 'Give it new MAC addresses and a new UUID, to run beside the original.',
    }),
  },
  effect: 'change',
  examples: [
    {
      command: 'qmrestore local:backup/vzdump-qemu-100-2024_01_31-02_00_00.vma.zst 100 --force',
      does: 'Brings machine 100 back to what it was then.',
    },
    {
      command: 'qmrestore /mnt/vzdump-qemu-100-2024_01_31-02_00_00.vma 101 --unique --storage fast',
      does: 'Makes a second machine of the backup, on storage fast.',
    },
    {
      command: 'ssh node2 vzdump 100 --stdout | qmrestore - 100',
      does: 'Copies a machine from another node.',
    },
  ],
  async run(ctx, input) {
    const { restoreAs } = await import('../../backup/restore/as-created.js');
    await restoreAs(ctx, input as Record<string, unknown>);
  },
});
