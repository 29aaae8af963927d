import { PaveError } from '../../errors.js';
import { requireGuest } from '../../guest/find.js';
import { withQmp } from '../../qemu/qmp/client.js';
import { runningPid } from '../../qemu/runtime/state.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: "Talk to QEMU's monitor of a virtual machine.",
  description:
    'Lines come from the terminal or from standard input; q or quit leaves, help lists what there is.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {},
  effect: 'change',
  examples: [
    { command: "echo 'info block' | qm monitor 100", does: "Shows the machine's drives." },
  ],
  async run(ctx, { vmid }) {
    requireGuest(ctx.store, 'qemu', vmid);
    if (runningPid(ctx.host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
    ctx.out.info(`Entering QEMU Monitor for VM ${vmid} - type 'help' for help`);
    const { question } = await import('../../host/stdin.js');
    for await (const line of question('qm> ')) {
      const command = line.trim();
      if (command === '') continue;
      // quit would end the VM; as in the original, it only leaves.
      if (command === 'q' || command === 'quit') return;
      try {
        // Connected anew for each line: other tools want to talk to it as well.
        const answer = await withQmp(ctx.host, vmid, (qmp) => qmp.human(command));
        if (typeof answer === 'string') ctx.out.write(answer.replaceAll('\r', ''));
      } catch (error) {
        ctx.out.line(`ERROR: ${(error as Error).message}`);
      }
    }
  },
});
