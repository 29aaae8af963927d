/**
 * Putting collected changes into force so that nobody locks himself out.
 *
 * Until it is confirmed the new configuration only runs: /etc/network/interfaces keeps the old one
 * and interfaces.new the new one, so a reboot goes back too. A watcher that belongs to nobody's
 * session is started before anything is changed. It goes back when the time is over, and also when
 * whoever applied was killed before he was done; so it is there for an apply that needs no
 * confirmation, too.
 */
import { messageOf, PaveError } from '../errors.js';
import type { Host } from '../host/types.js';
import { hasIfupdown2, INTERFACES, STAGED, withNetworkLock } from './files.js';
import { guestPorts, putGuestsBack } from './guest-ports.js';
import { checkMade } from './made.js';
import { ifTool } from './tools.js';
import {
  type Before,
  begin,
  forget,
  markApplied,
  RUNNING,
  startWatcher,
  type Unconfirmed,
  unconfirmed,
} from './watch.js';

interface Ctx {
  host: Host;
  out: { info(text: string): void; warn(text: string): void };
}

/** Seconds the watcher waits for an apply that is under way. */
const APPLY_S = 600;

/** @throws PaveError while one waits: what it runs must not be edited away below it */
export function checkConfirmed(host: Host): void {
  const waiting = unconfirmed(host);
  if (waiting === undefined) return;
  if (interrupted(host, waiting))
    throw new PaveError('a change of the network was applied in part and not taken back', {
      hint: 'pave network revert',
    });
  throw new PaveError(
    `an applied change of the network waits to be confirmed (${secondsLeft(host, waiting)} s left)`,
    { hint: 'pave network confirm, or pave network revert' },
  );
}

/** With the lock held nobody is applying: what is not applied now never will be. */
function interrupted(host: Host, waiting: Unconfirmed): boolean {
  return !waiting.applied || waiting.deadline < host.clock.now();
}

function secondsLeft(host: Host, waiting: Unconfirmed): number {
  const left = Math.ceil((waiting.deadline - host.clock.now()) / 1000);
  // A clock that was set back must not make it wait for longer.
  return Math.min(left, waiting.within);
}

/**
 * Applies interfaces.new; with nothing collected, loads what is there again. What an apply that was
 * killed has left is taken back before.
 * @param confirmWithin seconds; 0 puts it in force for good
 * @returns the seconds left to confirm, 0 where that is not needed
 * @throws PaveError when it fails; the old configuration is then back
 */
export async function applyNetwork(ctx: Ctx, confirmWithin: number): Promise<number> {
  const { host } = ctx;
  const tool = ifTool(host);
  return withNetworkLock(host, async () => {
    const left = unconfirmed(host);
    if (left !== undefined && interrupted(host, left)) await goBack(ctx, left.before);
    checkConfirmed(host);
    const collected = host.files.read(STAGED);
    const within = collected === undefined ? 0 : confirmWithin;
    const text = collected ?? host.files.read(INTERFACES) ?? '';
    const before = { ports: await guestPorts(host), active: await tool.active() };
    const state = await begin(host, text, within, before);
    try {
      await startWatcher(host, state);
    } catch (error) {
      forget(host);
      throw error;
    }
    try {
      await tool.change(INTERFACES, RUNNING, before.active);
      checkMade(host, INTERFACES, RUNNING);
    } catch (error) {
      ctx.out.warn('that failed: going back to the old configuration');
      await goBack(ctx, before).catch((other) => ctx.out.warn(messageOf(other)));
      throw error;
    }
    for (const problem of await putGuestsBack(host, before.ports)) ctx.out.warn(problem);
    if (within === 0) keep(host);
    else markApplied(host, state);
    return within;
  });
}

/** Puts what was applied in force for good. @throws PaveError where nothing waits */
export async function confirmNetwork(host: Host): Promise<void> {
  await withNetworkLock(host, async () => {
    const waiting = unconfirmed(host);
    if (waiting === undefined)
      throw new PaveError('no applied change of the network waits to be confirmed', {
        hint: 'it may have been rolled back already: pave network pending shows what is collected',
      });
    if (!waiting.applied) checkConfirmed(host);
    keep(host);
  });
}

/** What runs is from now on what is in force. May be interrupted anywhere and done again. */
function keep(host: Host): void {
  const text = host.files.read(RUNNING);
  if (text !== undefined && text !== host.files.read(INTERFACES))
    host.files.write(INTERFACES, text);
  // What was collected in the meantime, by hand, stays.
  if (host.files.read(STAGED) === text) host.files.unlink(STAGED);
  forget(host);
}

/**
 * Waits until that apply has to be taken back.
 * @returns false where it has not: it was confirmed, taken back, or done for good
 */
export async function whenDue(host: Host, token: string): Promise<boolean> {
  for (;;) {
    const left = await withNetworkLock(
      host,
      async () => {
        const waiting = unconfirmed(host);
        if (waiting?.token !== token) return undefined;
        return waiting.applied ? secondsLeft(host, waiting) : 0;
      },
      APPLY_S,
    );
    if (left === undefined) return false;
    if (left <= 0) return true;
    await host.clock.sleep(left * 1000);
  }
}

/**
 * Takes back an apply that waits to be confirmed; its changes stay collected. With a token only
 * that very apply (the watcher's call).
 * @returns whether there was one
 */
export async function rollBack(ctx: Ctx, token?: string): Promise<boolean> {
  const { host } = ctx;
  return withNetworkLock(host, async () => {
    const waiting = unconfirmed(host);
    if (waiting === undefined || (token !== undefined && waiting.token !== token)) return false;
    if (waiting.applied && host.files.read(RUNNING) === host.files.read(INTERFACES)) {
      // Its confirmation was killed when the file was written already.
      keep(host);
      return false;
    }
    await goBack(ctx, waiting.before);
    return true;
  });
}

async function goBack(ctx: Ctx, before: Before): Promise<void> {
  const { host } = ctx;
  // Of the guests that were started since then, too.
  const since = await guestPorts(host);
  const names = new Set(before.ports.map(({ name }) => name));
  const ports = [...before.ports, ...since.filter(({ name }) => !names.has(name))];
  try {
    await ifTool(host).undo(RUNNING, INTERFACES, before.active);
  } catch (error) {
    // Whatever it could not do, what was there before is what shall be there.
    const reason = 'the old network configuration could not be restored completely';
    throw new PaveError(`${reason}: ${messageOf(error)}`, {
      hint: `look at 'ip address', then: ${hasIfupdown2(host) ? 'ifreload -a' : 'ifup -a'}`,
    });
  } finally {
    for (const problem of await putGuestsBack(host, ports)) ctx.out.warn(problem);
  }
  // It was killed when the new one was in force already: nothing is collected then.
  if (host.files.read(STAGED) === host.files.read(INTERFACES)) host.files.unlink(STAGED);
  // Not before: the watcher tries again what failed.
  forget(host);
}
