import { PaveError } from '../../errors.js';
import { loadGuest } from '../../guest/load.js';
import { runFile, runningPid } from '../../qemu/runtime/state.js';
import { enumOf, string, vmid } from '../../schema/props.js';
import { defineCommand } from '../define.js';

const PORTS = ['serial0', 'serial1', 'serial2', 'serial3'] as const;

export default defineCommand({
  summary: 'Open a terminal on a serial port of a virtual machine.',
  args: { vmid: vmid({ completes: 'vm-running' }) },
  options: {
    escape: string({
      default: '^O',
      description: 'Key that leaves: ^ and a letter, or its code; 0 for none.',
    }),
    iface: enumOf(PORTS, {
      description: 'The port; the first one that is a socket where not given.',
    }),
  },
  effect: 'change',
  examples: [
    {
      command: 'qm terminal 100',
      does: 'Shows the console of a machine that has serial0: socket.',
    },
  ],
  async run(ctx, { vmid, escape: leave, iface }) {
    const { config } = loadGuest(ctx, 'qemu', vmid);
    const sockets = PORTS.filter((port) => config.main.values.get(port) === 'socket');
    const port = iface ?? sockets[0];
    if (port === undefined) {
      throw new PaveError('unable to find a serial interface', {
        hint: `qm set ${vmid} --serial0 socket, and start it anew`,
      });
    }
    if (!config.main.values.has(port))
      throw new PaveError(`serial interface '${port}' is not configured`);
    if (!sockets.includes(port)) throw new PaveError(`wrong serial type on interface '${port}'`);
    if (runningPid(ctx.host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
    const key = escapeKey(leave ?? '^O');
    ctx.out.line(
      `starting serial terminal on interface ${port}${key === undefined ? '' : ` (press Ctrl+${key.letter} to exit)`}`,
    );
    // A serial line does not tell the guest how big the window is.
    const { columns, rows } = process.stdout;
    if (columns) ctx.out.info(`in the guest: stty rows ${rows} cols ${columns}`);
    const stdin =
      key === undefined ? 'STDIO,raw,echo=0' : `STDIO,raw,echo=0,escape=0x${key.code.toString(16)}`;
    await ctx.host.run(['socat', `UNIX-CONNECT:${ctx.host.path(runFile(vmid, port))}`, stdin], {
      effect: 'change',
      stdio: 'inherit',
      allowExit: 'any',
    });
  },
});

/** `^O`, `0x0f` and `15` are the same key; 0 and `none` leave no way out but closing the terminal. */
function escapeKey(text: string): { letter: string; code: number } | undefined {
  const match = /^\^([\x40-\x7a])$/.exec(text);
  let code: number | undefined;
  if (match !== null) code = match[1]!.charCodeAt(0) & 0x1f;
  else if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) code = Number(text);
  else if (text === 'none') code = 0;
  if (code === undefined || code > 0xff)
    throw new PaveError(`invalid escape character definition: ${text}`, {
      hint: 'e.g. ^O, 0x0f, or 0 for none',
    });
  return code === 0 ? undefined : { letter: String.fromCharCode(code + 0x40), code };
}
