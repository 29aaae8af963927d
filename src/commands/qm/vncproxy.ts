import { PaveError } from '../../errors.js';
import { requireGuest } from '../../guest/find.js';
import { setTicket } from '../../qemu/console/tickets.js';
import { runFile, runningPid } from '../../qemu/runtime/state.js';
import { vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

export default defineCommand({
  summary: "Connect standard input and output with a virtual machine's VNC server.",
  description:
    'The password for the next 30 seconds comes from the environment, LC_PVE_TICKET; VNC looks at its first eight ' +
    'characters. For a person there is pave console.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {},
  effect: 'change',
  async run(ctx, { vmid }) {
    const { host } = ctx;
    const guest = requireGuest(ctx.store, 'qemu', vmid);
    if (guest.node !== ctx.store.node) throw new PaveError(`VM ${vmid} is on node '${guest.node}'`);
    const ticket = host.env('LC_PVE_TICKET');
    if (!ticket)
      throw new PaveError('LC_PVE_TICKET not set, VNC proxy without password is forbidden');
    if (runningPid(host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
    if (!host.files.exists(runFile(vmid, 'vnc')))
      throw new PaveError(`VM ${vmid} has no graphical display`);
    await setTicket(host, vmid, 'vnc', ticket);
    await host.run(['socat', 'STDIO', `UNIX-CONNECT:${host.path(runFile(vmid, 'vnc'))}`], {
      effect: 'change',
      stdio: 'inherit',
      allowExit: 'any',
    });
  },
});
