/** What is remembered of an apply, and the watcher that takes it back. */
import { toolPath } from '../host/installation.js';
import type { Host } from '../host/types.js';
import type { GuestPort } from './guest-ports.js';

const FOLDER = '/run/pave/network';
const UNCONFIRMED = `${FOLDER}/unconfirmed.json`;
/** The configuration that was applied, as it was then. */
export const RUNNING = `${FOLDER}/interfaces`;
const LOG = `${FOLDER}/rollback.log`;

/** An apply that is under way, or done and waiting to be confirmed. Gone with a reboot. */
export interface Unconfirmed {
  token: string;
  /** Milliseconds since the epoch at which it is rolled back. */
  deadline: number;
  /** Seconds to confirm it, 0 where it needs no confirmation. */
  within: number;
  /** It was done to its end. */
  applied: boolean;
  before: Before;
}

/** What there was before it: who applied it may be dead before all of that is back. */
export interface Before {
  /** Guests' ports on their bridges. */
  ports: GuestPort[];
  /** Interfaces that were up. */
  active: string[];
}

/** The apply that is under way or waits to be confirmed. */
export function unconfirmed(host: Host): Unconfirmed | undefined {
  const text = host.files.read(UNCONFIRMED);
  return text === undefined ? undefined : (JSON.parse(text) as Unconfirmed);
}

/** Remembers that this configuration is being applied. */
export async function begin(
  host: Host,
  text: string,
  within: number,
  before: Before,
): Promise<Unconfirmed> {
  const { randomBytes } = await import('node:crypto');
  const token = randomBytes(8).toString('hex');
  const deadline = host.clock.now() + within * 1000;
  const state = { token, deadline, within, applied: false, before };
  host.files.mkdir(FOLDER);
  host.files.unlink(LOG);
  host.files.write(RUNNING, text);
  write(host, state);
  return state;
}

/** It is applied: its time runs from now. */
export function markApplied(host: Host, state: Unconfirmed): void {
  write(host, { ...state, applied: true, deadline: host.clock.now() + state.within * 1000 });
}

function write(host: Host, state: Unconfirmed): void {
  host.files.write(UNCONFIRMED, `${JSON.stringify(state)}\n`, { mode: 0o600 });
}

export function forget(host: Host): void {
  host.files.unlink(UNCONFIRMED);
  host.files.unlink(RUNNING);
}

/** Waits, then calls us again: that waits on while it is being applied, and tries again what fails. */
const WATCH = `
sleep "$1"
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
  "$2" network revert --unconfirmed "$3" && exit 0
  sleep 5
done
exit 1
`;

/** Starts what takes it back when its time is over or its command is dead. */
export async function startWatcher(host: Host, { token, within }: Unconfirmed): Promise<void> {
  const name = 'pave-network-rollback';
  const argv = ['/bin/sh', '-c', WATCH, name, String(within), toolPath('pave'), token];
  if (host.files.exists('/run/systemd/system')) await startUnit(host, token, argv);
  else
    await host.spawn(argv, {
      effect: 'change',
      detached: true,
      stdoutFile: LOG,
      stderrFile: LOG,
    });
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
