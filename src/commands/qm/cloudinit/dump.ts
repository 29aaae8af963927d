import { loadGuest } from '../../../guest/load.js';
import { metaData, networkData, userData } from '../../../qemu/cloudinit/data.js';
import { hostResolver } from '../../../qemu/cloudinit/image.js';
import { enumOf, vmid } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Show what cloud-init is told, as it is generated from the configuration.',
  description: "Files of the admin's own (cicustom) take the place of these on the drive.",
  args: {
    vmid: vmid(),
    type: enumOf(['user', 'network', 'meta'], { description: 'Which of the files.' }),
  },
  options: {},
  fixed: { node: '<localnode>' },
  effect: 'read',
  returns: { type: 'string' },
  text: (data: string) => `${data}\n`,
  examples: [{ command: 'qm cloudinit dump 100 user', does: 'Shows the user-data file.' }],
  run(ctx, { vmid, type }) {
    const { values } = loadGuest(ctx, 'qemu', vmid).config.main;
    const user = userData(values, vmid);
    if (type === 'user') return user;
    const network = networkData(values, hostResolver(ctx));
    return type === 'network' ? network : metaData(values, user, network);
  },
});
