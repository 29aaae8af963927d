import { loadGuest, saveGuest, withGuestLock } from '../../guest/load.js';
import { restoreBegun } from '../../guest/restore-mark.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Take the lock of a virtual machine away.',
  description:
    'Only when nothing is working on it any more: a lock says that something began and did not end. That of a restore that was cut short is taken away with all that it made: a machine that it was to replace is as before.',
  args: { vmid: vmid() },
  options: {},
  effect: 'change',
  async run(ctx, input) {
    await withGuestLock(ctx, 'qemu', input.vmid, async () => {
      if (restoreBegun(ctx.host, input.vmid)) {
        const { unlockVm } = await import('../../backup/restore/killed.js');
        return await unlockVm(ctx, input.vmid);
      }
      const guest = loadGuest(ctx, 'qemu', input.vmid);
      if (guest.config.main.values.delete('lock')) saveGuest(ctx, guest, guest.config);
    });
  },
});
