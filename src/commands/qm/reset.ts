import { PaveError } from '../../errors.js';
import { checkLock, loadGuest, withGuestLock } from '../../guest/load.js';
import { withQmp } from '../../qemu/qmp/client.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { skiplock, vmid } from '../../schema/props.js';
import { runTask } from '../../task/index.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Reset a virtual machine, as its reset button would.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: { skiplock: skiplock() },
  fixed: { node: 'localhost' },
  effect: 'change',
  async run(ctx, input) {
    const { vmid } = loadGuest(ctx, 'qemu', input.vmid);
    if (runningPid(ctx.host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
    await runTask(ctx, { type: 'qmreset', id: vmid }, (task) =>
      withGuestLock(task.ctx, 'qemu', vmid, async () => {
        checkLock(loadGuest(task.ctx, 'qemu', vmid).config, input.skiplock, vmid);
        await withQmp(ctx.host, vmid, (qmp) => qmp.execute('system_reset'));
      }),
    );
  },
});
