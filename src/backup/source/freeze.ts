/** The guest's file systems held still, through its agent, for the moment a backup begins. */
import type { GuestConfig } from '../../config/types.js';
import { messageOf } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { type Agent, agentAnswers } from '../../qemu/agent.js';
import { agentFormat } from '../../qemu/options/general.js';
import { runFile } from '../../qemu/runtime/state.js';
import { parsePropertyString } from '../../schema/propertyString.js';
import { withQmp } from './qmp.js';
import { shouldWeDie } from './should-we-die.js';

/** As long as the original waits: a guest may have a lot to write. */
const FREEZE_MS = 60 * 60 * 1000;
const THAW_MS = 10 * 60 * 1000;
/** An agent that is there, in a guest that has much to do, is waited for: longer than for one that is not. */
const ANSWER_MS = 30_000;

interface Log {
  info(line: string): void;
  warn(line: string): void;
}

/** Does `work` with the file systems frozen where the guest has an agent; they are thawed whatever comes. */
export async function whileFrozen<T>(
  host: Host,
  vmid: number,
  config: GuestConfig,
  log: Log,
  work: () => Promise<T>,
): Promise<T> {
  const agent = await freezableAgent(host, vmid, config, log);
  if (agent === undefined) return await work();
  const watch = await thawShouldWeDie(host, vmid);
  try {
    log.info("issuing guest-agent 'fs-freeze' command");
    try {
      await agent.execute('guest-fsfreeze-freeze', {}, { timeoutMs: FREEZE_MS });
    } catch (error) {
      log.warn(messageOf(error));
    }
    try {
      return await work();
    } finally {
      log.info("issuing guest-agent 'fs-thaw' command");
      await agent
        .execute('guest-fsfreeze-thaw', {}, { timeoutMs: THAW_MS })
        .then(watch, (error: unknown) => log.warn(messageOf(error)));
    }
  } finally {
    agent.disconnect();
  }
}

/**
 * Connects to the agent, tells it to thaw and waits until it has: what it said to us may come first,
 * so the answer that counts is the one behind a number of our own.
 */
const THAW = `
const id = process.pid, socket = require('net').connect(process.argv[1]);
let said = '';
socket.on('error', () => process.exitCode = 1);
socket.on('data', (data) => {
  said += data;
  if (said.includes('"return": ' + id + '}')) socket.destroy();
});
socket.write('{"execute":"guest-fsfreeze-thaw"}\\n');
socket.write('{"execute":"guest-sync","arguments":{"id":' + id + '}}\\n');
setTimeout(() => socket.destroy(), ${THAW_MS}).unref();
`;

/** A guest that is frozen when we are killed would hang. */
function thawShouldWeDie(host: Host, vmid: number): Promise<() => Promise<void>> {
  return shouldWeDie(host, THAW, [host.path(runFile(vmid, 'qga'))], 'thaw the guest if we die');
}

/** Has a program of the guest opened the agent's port? QEMU cannot tell of a serial one. */
async function hasOpened(host: Host, vmid: number): Promise<boolean> {
  const devices = await withQmp(host, vmid, (qmp) =>
    qmp.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev'),
  );
  return devices.some((device) => device.label === 'qga0' && device['frontend-open']);
}

async function freezableAgent(
  host: Host,
  vmid: number,
  config: GuestConfig,
  log: Log,
): Promise<Agent | undefined> {
  const text = config.main.values.get('agent');
  if (text === undefined) return undefined;
  const options = parsePropertyString(agentFormat, text);
  const freeze = String(options['freeze-fs'] ?? 1);
  const agent = await agentAnswers(host, vmid, config.main.values, {
    ...(options.type !== 'isa' && (await hasOpened(host, vmid)) ? { timeoutMs: ANSWER_MS } : {}),
  });
  if (agent === undefined) {
    if (String(options.enabled) === '1')
      log.info("skipping guest-agent 'fs-freeze', agent configured but not running?");
    return undefined;
  }
  if (freeze !== '0') return agent;
  agent.disconnect();
  log.info('skipping guest filesystem freeze - disabled in VM options');
  return undefined;
}
