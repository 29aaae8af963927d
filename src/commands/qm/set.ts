import { setOptions } from '../../qemu/options/command-options.js';
import { settableOptions } from '../../qemu/options/index.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Change the configuration of a virtual machine.',
  description:
    'A stopped machine is changed at once. On a running one, what can take effect does; the rest waits for its next ' +
    'start (qm pending shows it). A disk that is taken away is kept as unusedN; deleting that key removes it.',
  args: { vmid: vmid() },
  options: { ...settableOptions(), ...setOptions },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [
    { command: 'qm set 100 --memory 4096 --cores 4', does: 'Gives the machine more of both.' },
    { command: 'qm set 100 --scsi1 local:20', does: 'Adds a new disk of 20 GiB.' },
    { command: 'qm set 100 --delete scsi1', does: 'Takes the disk away and keeps it as unused0.' },
    { command: 'qm set 100 --delete unused0', does: 'Removes it for good.' },
  ],
  async run(ctx, { vmid, ...input }) {
    const { changeVm } = await import('../../qemu/config/change.js');
    await changeVm(ctx, vmid, input as Record<string, unknown>);
  },
});
