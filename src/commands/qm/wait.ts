import { PaveError } from '../../errors.js';
import { requireGuest } from '../../guest/find.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { waitGone } from '../../qemu/runtime/stop.js';
import { integer, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Wait until a virtual machine has stopped.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    timeout: integer({ minimum: 1, description: 'Seconds to wait; for ever where not given.' }),
  },
  effect: 'read',
  async run(ctx, { vmid, timeout }) {
    requireGuest(ctx.store, 'qemu', vmid);
    const pid = runningPid(ctx.host, vmid);
    if (pid === undefined) return;
    ctx.out.line(`waiting until VM ${vmid} stops (PID ${pid})`);
    if (!(await waitGone(ctx, vmid, timeout ?? Number.POSITIVE_INFINITY)))
      throw new PaveError('wait failed - got timeout');
  },
});
