/**
 * Putting collected changes into force so that nobody locks himself out.
 *
 * Until it is confirmed the new configuration only runs: /etc/network/interfaces keeps the old one
 * and interfaces.new the new one, so a reboot goes back too. A watcher that belongs to nobody's
 * session goes back when the time is over; it is started before anything is changed.
 */
import { messageOf, PaveError } from '../errors.js';
import { toolPath } from '../host/installation.js';
import type { Host } from '../host/types.js';
import { hasIfupdown2, INTERFACES, STAGED, withNetworkLock } from './files.js';
import { type GuestPort, guestPorts, putGuestsBack } from './guest-ports.js';
import { ifTool } from './tools.js';

const FOLDER = '/run/pave/network';
const UNCONFIRMED = `${FOLDER}/unconfirmed.json`;
const LOG = `${FOLDER}/rollback.log`;

export interface Unconfirmed {
  token: string;
  /** Milliseconds since the epoch at which it is rolled back. */
  deadline: number;
  /** Guests' ports before it: who applied it may be dead before they are back on their bridges. */
  ports: GuestPort[];
}

interface Ctx {
  host: Host;
  out: { info(text: string): void; warn(text: string): void };
}

/** An applied change that waits to be confirmed. */
export function unconfirmed(host: Host): Unconfirmed | undefined {
  const text = host.files.read(UNCONFIRMED);
  return text === undefined ? undefined : (JSON.parse(text) as Unconfirmed);
}

/** @throws PaveError while one waits: what it runs must not be edited away below it */
export function checkConfirmed(host: Host): void {
  const waiting = unconfirmed(host);
  if (waiting === undefined) return;
  const left = Math.ceil((waiting.deadline - host.clock.now()) / 1000);
  throw new PaveError(`an applied change of the network waits to be confirmed (${left} s left)`, {
    hint: 'pave network confirm, or pave network revert',
  });
}

/**
 * Applies interfaces.new; with nothing collected, loads what is there again.
 * @param confirmWithin seconds; 0 puts it in force for good
 * @returns the seconds left to confirm, 0 where that is not needed
 * @throws PaveError when it fails; the old configuration is then back
 */
export async function applyNetwork(ctx: Ctx, confirmWithin: number): Promise<number> {
  const { host } = ctx;
  const tool = ifTool(host);
  return withNetworkLock(host, async () => {
    checkConfirmed(host);
    const ports = await guestPorts(host);
    if (!host.files.exists(STAGED)) {
      await tool.change(INTERFACES, INTERFACES).finally(() => putGuestsBack(host, ports));
      return 0;
    }
    if (confirmWithin > 0) await startWatch(host, confirmWithin, ports);
    try {
      await tool.change(INTERFACES, STAGED);
    } catch (error) {
      ctx.out.warn('that failed: going back to the old configuration');
      await goBack(ctx, ports).catch((other) => ctx.out.warn(messageOf(other)));
      throw error;
    }
    await putGuestsBack(host, ports);
    if (confirmWithin === 0) host.files.rename(STAGED, INTERFACES);
    return confirmWithin;
  });
}

/** Puts what was applied in force for good. @throws PaveError where nothing waits */
export async function confirmNetwork(host: Host): Promise<void> {
  await withNetworkLock(host, async () => {
    if (unconfirmed(host) === undefined)
      throw new PaveError('no applied change of the network waits to be confirmed', {
        hint: 'it may have been rolled back already: pave network pending shows what is collected',
      });
    host.files.rename(STAGED, INTERFACES);
    host.files.unlink(UNCONFIRMED);
  });
}

/**
 * Takes back an apply that waits to be confirmed; its changes stay collected. With a token only
 * that very apply (the watcher's call).
 * @returns whether there was one
 */
export async function rollBack(ctx: Ctx, token?: string): Promise<boolean> {
  return withNetworkLock(ctx.host, async () => {
    const waiting = unconfirmed(ctx.host);
    if (waiting === undefined || (token !== undefined && waiting.token !== token)) return false;
    await goBack(ctx, waiting.ports);
    return true;
  });
}

async function goBack(ctx: Ctx, ports: readonly GuestPort[]): Promise<void> {
  const { host } = ctx;
  try {
    await ifTool(host).change(STAGED, INTERFACES);
  } catch (error) {
    // Whatever it could not do, what was there before is what shall be there.
    const reason = 'the old network configuration could not be restored completely';
    throw new PaveError(`${reason}: ${messageOf(error)}`, {
      hint: `look at 'ip address', then: ${hasIfupdown2(host) ? 'ifreload -a' : 'ifup -a'}`,
    });
  } finally {
    await putGuestsBack(host, ports);
  }
  // Not before: the watcher tries again what failed.
  host.files.unlink(UNCONFIRMED);
}

/** Waits, then calls us again; tries for a while where another holds the lock. */
const WATCH = `
sleep "$1"
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
  "$2" network revert --unconfirmed "$3" && exit 0
  sleep 5
done
exit 1
`;

async function startWatch(host: Host, seconds: number, ports: GuestPort[]): Promise<void> {
  const { randomBytes } = await import('node:crypto');
  const token = randomBytes(8).toString('hex');
  const argv = [
    '/bin/sh',
    '-c',
    WATCH,
    'pave-network-rollback',
    String(seconds),
    toolPath('pave'),
    token,
  ];
  host.files.mkdir(FOLDER);
  host.files.unlink(LOG);
  const state: Unconfirmed = { token, deadline: host.clock.now() + seconds * 1000, ports };
  host.files.write(UNCONFIRMED, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  try {
    if (host.files.exists('/run/systemd/system')) await startUnit(host, token, argv);
    else
      await host.spawn(argv, {
        effect: 'change',
        detached: true,
        stdoutFile: LOG,
        stderrFile: LOG,
      });
  } catch (error) {
    host.files.unlink(UNCONFIRMED);
    throw error;
  }
}

/** A unit of its own outlives the session even where logind ends all its processes. */
async function startUnit(host: Host, token: string, argv: readonly string[]): Promise<void> {
  const environment = ['PAVE_ROOT', 'PAVE_NODE', 'PATH'].flatMap((name) => {
    const value = host.env(name);
    return value === undefined ? [] : [`--setenv=${name}=${value}`];
  });
  await host.run(
    [
      'systemd-run',
      '--quiet',
      '--collect',
      `--unit=pave-network-rollback-${token}`,
      '--description=Rolls the network configuration back unless it is confirmed',
      ...environment,
      '--',
      ...argv,
    ],
    { effect: 'change' },
  );
}
