import { checkLock, loadGuest, withGuestLock } from '../../../guest/load.js';
import { vmid } from '../../../schema/props.js';
import { defineCommand } from '../../define.js';

export default defineCommand({
  summary: 'Write the cloud-init drive anew and give it to the guest.',
  description: 'A start does the same. Most of what cloud-init is told it reads at a boot only.',
  args: { vmid: vmid() },
  options: {},
  fixed: { node: '<localnode>' },
  effect: 'change',
  async run(ctx, { vmid }) {
    const { updateCloudInit } = await import('../../../qemu/cloudinit/update.js');
    const { cloudInitOf } = await import('../../../qemu/cloudinit/image.js');
    await withGuestLock(ctx, 'qemu', vmid, async () => {
      const guest = loadGuest(ctx, 'qemu', vmid);
      checkLock(guest.config, false, vmid);
      if (cloudInitOf(guest.config.main.values) === undefined)
        ctx.out.warn(`VM ${vmid} has no cloud-init drive: qm set ${vmid} --ide2 local:cloudinit`);
      else await updateCloudInit(ctx, guest);
    });
  },
});
