/**
 * A guest that shuts itself down while it is backed up: its QEMU stays until the disks are in the
 * archive, and ends then. Source of the behaviour: register_qmeventd_handle of QemuServer.pm, which
 * keeps the original's event daemon from ending it.
 */
import { messageOf } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { runFile, runningPid } from '../../qemu/runtime/state.js';
import { withQmp } from './qmp.js';
import { shouldWeDie } from './should-we-die.js';

/** How long QEMU may take to end. */
const END_MS = 30_000;

/** Lets QEMU end with its guest again; ends it where the guest is down already. */
const LET_END = `
const socket = require('net').connect(process.argv[1]);
const say = (execute, args = {}) =>
  socket.write(JSON.stringify({ execute, arguments: args, id: execute }) + '\\n');
let said = '';
socket.on('error', () => process.exitCode = 1);
socket.on('data', (data) => {
  const lines = (said + data).split('\\n');
  said = lines.pop();
  for (const line of lines) {
    const { id, return: answer } = JSON.parse(line);
    if (id !== 'query-status') continue;
    if (answer.status === 'shutdown') say('quit');
    else socket.destroy();
  }
});
say('qmp_capabilities');
say('set-action', { shutdown: 'poweroff' });
say('query-status');
`;

interface Log {
  info(line: string): void;
  warn(line: string): void;
}

/** From now on QEMU stays; gives the function that lets it end. */
export async function holdShutdown(
  host: Host,
  vmid: number,
  log: Log,
): Promise<() => Promise<void>> {
  const pid = runningPid(host, vmid);
  // It was started so that it stays: somebody else ends it.
  if (pid === undefined || host.processes.cmdline(pid)?.includes('-no-shutdown'))
    return async () => {};
  const socket = host.path(runFile(vmid, 'qmp'));
  const dismiss = await shouldWeDie(host, LET_END, [socket], 'let the guest end if we die');
  await withQmp(host, vmid, (qmp) => qmp.execute('set-action', { shutdown: 'pause' }));
  return async () => {
    try {
      if (runningPid(host, vmid) !== undefined) await letEnd(host, vmid, log);
      await dismiss();
    } catch (error) {
      // Who waits for our end tries again.
      if (runningPid(host, vmid) !== undefined)
        log.warn(`VM ${vmid} may not end when it shuts down: ${messageOf(error)}`);
    }
  };
}

async function letEnd(host: Host, vmid: number, log: Log): Promise<void> {
  const down = await withQmp(host, vmid, async (qmp) => {
    await qmp.execute('set-action', { shutdown: 'poweroff' });
    const { status } = await qmp.execute<{ status: string }>('query-status');
    if (status !== 'shutdown') return false;
    log.info('the guest has shut down during its backup: ending its QEMU');
    // It may be gone before it has answered.
    await qmp.execute('quit').catch(() => {});
    return true;
  });
  const end = host.clock.monotonic() + END_MS;
  while (down && runningPid(host, vmid) !== undefined && host.clock.monotonic() < end)
    await host.clock.sleep(50);
}

/**
 * Its QEMU is gone, or goes just now: its sockets close a moment before, which is long where it has
 * much memory to give back. One that answers is not going.
 */
export async function hasEnded(host: Host, vmid: number): Promise<boolean> {
  const end = host.clock.monotonic() + END_MS;
  while (runningPid(host, vmid) !== undefined && host.clock.monotonic() < end) {
    const answers = await withQmp(host, vmid, (qmp) => qmp.execute('query-status')).catch(() => {});
    if (answers !== undefined) return false;
    await host.clock.sleep(50);
  }
  return runningPid(host, vmid) === undefined;
}
