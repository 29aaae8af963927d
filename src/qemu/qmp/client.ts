/** The QEMU machine protocol over its socket. Source: QEMU's docs/interop/qmp-spec. */
import { PaveError } from '../../errors.js';
import type { Connection, Host } from '../../host/types.js';

/** QEMU refused a command: its class and its own words. */
export class QmpError extends PaveError {
  constructor(
    readonly vmid: number,
    readonly command: string,
    readonly errorClass: string,
    readonly reason: string,
  ) {
    super(`VM ${vmid} qmp command '${command}' failed - ${reason}`);
  }
}

/** QEMU did not answer, or not in time: nobody knows whether it did what it was asked. */
export class QmpSilence extends PaveError {}

export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

/** How long QEMU may take where nothing else is said. */
const PATIENCE_MS = 5000;

export interface ExecuteOptions {
  /** Default: as the connection; at least 30 000 for what changes something. */
  timeoutMs?: number;
}

type Json = Record<string, unknown>;

interface Waiting {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** A QEMU that takes commands at all may take long to carry one out: a busy disk is flushed first. */
const CHANGE_MS = 30_000;

/** Commands whose names do not begin with `query-` change something, unless they are these. */
const READING = new Set([
  'qmp_capabilities',
  'guest-ping',
  'guest-info',
  'guest-sync',
  'qom-list',
  'qom-get',
]);

function shown(args: Json): string {
  return JSON.stringify(args, (key, value) => (key === 'password' ? '********' : value));
}

export class Qmp {
  private readonly waiting = new Map<string, Waiting>();
  private readonly listeners = new Set<(event: QmpEvent) => void>();
  private buffer = '';
  private nextId = 1;
  private closed: PaveError | undefined;
  private greeted!: () => void;
  private readonly greeting = new Promise<void>((resolve) => {
    this.greeted = resolve;
  });

  private constructor(
    private readonly host: Host,
    private readonly vmid: number,
    private readonly connection: Connection,
    private readonly patienceMs: number,
  ) {
    connection.onData((chunk) => this.receive(chunk.toString('utf8')));
    connection.onClose((error) => this.close(error));
  }

  /**
   * Connects and negotiates. @throws PaveError when nothing listens or answers in time
   * (milliseconds, default 5000); the same time counts for commands that do not say theirs
   */
  static async connect(
    host: Host,
    vmid: number,
    options: { timeoutMs?: number } = {},
  ): Promise<Qmp> {
    const timeoutMs = options.timeoutMs ?? PATIENCE_MS;
    let connection: Connection;
    try {
      connection = await host.net.connectUnix(`/var/run/qemu-server/${vmid}.qmp`, { timeoutMs });
    } catch (error) {
      throw new QmpSilence(
        `VM ${vmid} qmp command 'qmp_capabilities' failed - unable to connect to VM ${vmid} qmp socket`,
        { cause: error },
      );
    }
    const qmp = new Qmp(host, vmid, connection, timeoutMs);
    try {
      // QEMU serves one client at a time: while another is connected no greeting comes.
      await qmp.within(qmp.greeting, timeoutMs, 'qmp_capabilities');
      await qmp.execute('qmp_capabilities', {}, { timeoutMs });
    } catch (error) {
      qmp.disconnect();
      throw error;
    }
    return qmp;
  }

  /** Gives what QEMU returns. @throws QmpError when it refuses, PaveError when it does not answer */
  async execute<T = unknown>(
    command: string,
    args: Json = {},
    options: ExecuteOptions = {},
  ): Promise<T> {
    if (this.closed) throw this.closed;
    const reading = command.startsWith('query-') || READING.has(command);
    if (this.host.dryRun && !reading) {
      this.host.note('change', `qmp ${this.vmid}: ${command} ${shown(args)}`);
      return {} as T;
    }
    const id = `pave-${this.host.processes.self}-${this.nextId++}`;
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.waiting.delete(id);
          reject(this.failure(command, 'got timeout'));
        },
        options.timeoutMs ?? (reading ? this.patienceMs : Math.max(this.patienceMs, CHANGE_MS)),
      );
      this.waiting.set(id, {
        command,
        resolve: resolve as (value: unknown) => void,
        reject,
        timer,
      });
      this.connection.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** A line of the human monitor; gives its text. */
  async human(line: string, options: ExecuteOptions = {}): Promise<string> {
    return await this.execute<string>(
      'human-monitor-command',
      { 'command-line': line },
      { timeoutMs: 30_000, ...options },
    );
  }

  /** Calls back for every event; gives a function that ends it. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  disconnect(): void {
    this.connection.destroy();
    this.close(undefined);
  }

  private failure(command: string, reason: string): PaveError {
    return new QmpSilence(`VM ${this.vmid} qmp command '${command}' failed - ${reason}`);
  }

  private async within<T>(work: Promise<T>, ms: number, command: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.failure(command, 'got timeout')), ms);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private receive(text: string): void {
    this.buffer += text;
    for (let end = this.buffer.indexOf('\n'); end >= 0; end = this.buffer.indexOf('\n')) {
      const line = this.buffer.slice(0, end).trim();
      this.buffer = this.buffer.slice(end + 1);
      if (line !== '') this.message(JSON.parse(line) as Json);
    }
  }

  private message(message: Json): void {
    if ('QMP' in message) {
      this.greeted();
      return;
    }
    if (typeof message.event === 'string') {
      const event: QmpEvent = { event: message.event, data: (message.data ?? {}) as Json };
      for (const listener of this.listeners) listener(event);
      return;
    }
    const id = String(message.id);
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    const error = message.error as { class?: string; desc?: string } | undefined;
    if (error === undefined) waiting.resolve(message.return);
    else
      waiting.reject(
        new QmpError(
          this.vmid,
          waiting.command,
          error.class ?? 'GenericError',
          error.desc ?? 'unknown',
        ),
      );
  }

  private close(error: Error | undefined): void {
    if (this.closed) return;
    this.closed = new QmpSilence(
      `VM ${this.vmid} closed its qmp socket${error ? ` - ${error.message}` : ''}`,
    );
    for (const { command, reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(this.failure(command, 'the VM closed the connection'));
    }
    this.waiting.clear();
  }
}

/** One connection for `work`, closed afterwards. */
export async function withQmp<T>(
  host: Host,
  vmid: number,
  work: (qmp: Qmp) => Promise<T>,
  options: { timeoutMs?: number } = {},
): Promise<T> {
  const qmp = await Qmp.connect(host, vmid, options);
  try {
    return await work(qmp);
  } finally {
    qmp.disconnect();
  }
}
