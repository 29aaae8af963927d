/** The QEMU guest agent: line-wise JSON over its own socket. */
import { PaveError } from '../errors.js';
import { isOn } from '../guest/load.js';
import type { Connection, Host } from '../host/types.js';
import { parsePropertyString } from '../schema/propertyString.js';
import { agentFormat } from './options/general.js';
import { runFile } from './runtime/state.js';

export interface AgentOptions {
  /** Default 3000. */
  timeoutMs?: number;
  /** The command gives no answer when it works (`guest-shutdown`). */
  noAnswer?: boolean;
}

export class Agent {
  private buffer = '';
  private answer: ((message: Record<string, unknown> | undefined) => void) | undefined;
  private closed = false;

  private constructor(
    private readonly host: Host,
    private readonly vmid: number,
    private readonly connection: Connection,
  ) {
    connection.onData((chunk) => {
      this.buffer += chunk.toString('utf8');
      for (let end = this.buffer.indexOf('\n'); end >= 0; end = this.buffer.indexOf('\n')) {
        // A 0xff byte marks a fresh start after guest-sync-delimited.
        const line = this.buffer.slice(0, end).replace(/^[^{]*/, '');
        this.buffer = this.buffer.slice(end + 1);
        if (line !== '') this.answer?.(JSON.parse(line) as Record<string, unknown>);
      }
    });
    // The guest is gone: nobody will answer.
    connection.onClose(() => {
      this.closed = true;
      this.answer?.(undefined);
    });
  }

  static async connect(host: Host, vmid: number): Promise<Agent> {
    return new Agent(
      host,
      vmid,
      await host.net.connectUnix(runFile(vmid, 'qga'), { timeoutMs: 1000 }),
    );
  }

  /** @throws PaveError when the agent refuses or does not answer in time */
  async execute<T = unknown>(
    command: string,
    args: Record<string, unknown> = {},
    options: AgentOptions = {},
  ): Promise<T> {
    if (this.host.dryRun && !/^guest-(ping|sync|info|get)/.test(command)) {
      this.host.note('change', `agent ${this.vmid}: ${command} ${JSON.stringify(args)}`);
      return {} as T;
    }
    const answered = new Promise<Record<string, unknown> | undefined>((resolve) => {
      this.answer = resolve;
      if (this.closed) resolve(undefined);
    });
    this.connection.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const stop = new AbortController();
    const late = this.host.clock
      .sleep(options.timeoutMs ?? 3000, stop.signal)
      .then(() => undefined);
    late.catch(() => {});
    const message = await Promise.race([answered, late]);
    stop.abort();
    if (message === undefined) {
      if (options.noAnswer) return {} as T;
      throw new PaveError(`VM ${this.vmid}: the guest agent did not answer '${command}'`);
    }
    const error = message.error as { desc?: string } | undefined;
    if (error !== undefined)
      throw new PaveError(
        `VM ${this.vmid}: agent command '${command}' failed - ${error.desc ?? 'unknown'}`,
      );
    return message.return as T;
  }

  disconnect(): void {
    this.connection.destroy();
  }
}

export function agentEnabled(values: ReadonlyMap<string, string>): boolean {
  const text = values.get('agent');
  return text !== undefined && isOn(String(parsePropertyString(agentFormat, text).enabled));
}

/** The agent, where the config has one and it answers. */
export async function agentAnswers(
  host: Host,
  vmid: number,
  values: ReadonlyMap<string, string>,
  options: AgentOptions = {},
): Promise<Agent | undefined> {
  if (!agentEnabled(values)) return undefined;
  let agent: Agent | undefined;
  try {
    agent = await Agent.connect(host, vmid);
    await agent.execute('guest-ping', {}, options);
    return agent;
  } catch {
    agent?.disconnect();
    return undefined;
  }
}
