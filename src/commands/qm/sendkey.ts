import { PaveError } from '../../errors.js';
import { checkLock, loadGuest } from '../../guest/load.js';
import { withQmp } from '../../qemu/qmp/client.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { skiplock, string, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: 'Press keys in a virtual machine.',
  args: {
    vmid: vmid({ completes: 'vm-running' }),
    key: string({ description: "Keys in QEMU's notation, e.g. ctrl-alt-delete or ret." }),
  },
  options: { skiplock: skiplock() },
  fixed: { node: 'localhost' },
  effect: 'change',
  examples: [{ command: 'qm sendkey 100 ctrl-alt-delete', does: 'Reboots most systems.' }],
  async run(ctx, input) {
    const { config, vmid } = loadGuest(ctx, 'qemu', input.vmid);
    checkLock(config, input.skiplock, vmid);
    if (runningPid(ctx.host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
    const answer = await withQmp(ctx.host, vmid, (qmp) => qmp.human(`sendkey ${input.key}`));
    // The monitor tells its errors as text.
    if (typeof answer === 'string' && answer.trim() !== '') throw new PaveError(answer.trim());
  },
});
