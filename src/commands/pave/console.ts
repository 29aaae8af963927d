import { PaveError } from '../../errors.js';
import { requireGuest } from '../../guest/find.js';
import { boolean, integer, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

/** Seconds a viewer may take to come. */
const PATIENCE_S = 300;

export default defineCommand({
  summary: "Show a virtual machine's screen in a web browser.",
  description:
    'Prints an address on this machine that works once and for one viewer, and serves noVNC there until the viewer ' +
    'leaves. From another machine it is reached through ssh -L; nothing listens on the network. ' +
    'With --spice it prints what a SPICE viewer needs instead, and returns.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    port: integer({
      minimum: 0,
      maximum: 65535,
      default: 0,
      description: 'Port on 127.0.0.1; any free one where 0.',
    }),
    timeout: integer({
      minimum: 1,
      defaultText: `${PATIENCE_S} for a viewer to come, who then may stay`,
      description: 'Seconds after which it ends, whether somebody watches or not.',
    }),
    spice: boolean({
      default: 0,
      description: 'A ticket for a SPICE viewer; the machine needs a qxl display.',
    }),
  },
  effect: 'change',
  examples: [
    { command: 'pave console 100', does: 'Prints the address of its screen and waits for you.' },
    {
      command: 'pave console 100 --port 6080 --timeout 600',
      does: 'The same on a fixed port, for ten minutes at most.',
    },
  ],
  async run(ctx, { vmid, port, timeout, spice }) {
    const guest = requireGuest(ctx.store, 'qemu', vmid);
    if (guest.node !== ctx.store.node) throw new PaveError(`VM ${vmid} is on node '${guest.node}'`);
    if (spice) {
      const { spiceTicket } = await import('../../qemu/console/spice.js');
      const { address, ticket, seconds } = await spiceTicket(ctx.host, vmid);
      ctx.out.line(`remote-viewer ${address}`);
      ctx.out.line(`password, for ${seconds} s: ${ticket}`);
      return;
    }
    const { checkConsole, serveConsole } = await import('../../qemu/console/novnc.js');
    if (ctx.host.dryRun) {
      checkConsole(ctx.host, vmid);
      ctx.host.note('change', `serve the screen of VM ${vmid} on 127.0.0.1, port ${port || 'any'}`);
      return;
    }
    const patience = Math.min(PATIENCE_S, timeout ?? PATIENCE_S);
    await serveConsole(ctx, vmid, { port: port ?? 0, timeout, patience });
  },
});
