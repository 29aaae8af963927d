/**
 * Stands between a tool and a guest's QEMU, or its agent, and ends the tool at a chosen command: as
 * one is about to be given, while it is carried out, or when it was carried out and the answer is not
 * there yet. So every state in which a kill can leave a guest is met, however fast the machine is.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.js';

/** The `nth` command of that name, from 1 on. */
export interface Step {
  command: string;
  nth: number;
  /** Before it reaches QEMU, when it has, or when QEMU has answered. */
  when: 'before' | 'during' | 'after';
}

const READING = /^(query-|qmp_capabilities|qom-(get|list)|guest-(ping|info|sync))/;

export class MonitorProxy {
  private readonly servers: { server: Server; path: string; real: string }[] = [];
  private readonly open = new Set<Socket>();
  private readonly counts = new Map<string, number>();
  private readonly commands: { execute: string; arguments: Record<string, unknown> }[] = [];
  private armed: { step: Step; end: () => void } | undefined;

  private constructor() {}

  static async between(box: Sandbox, vmid: number): Promise<MonitorProxy> {
    const proxy = new MonitorProxy();
    for (const name of ['qmp', 'qga']) {
      const path = join(box.root, `run/qemu-server/${vmid}.${name}`);
      if (!existsSync(path)) continue;
      const real = `${path}.real`;
      renameSync(path, real);
      const server = createServer((client) => proxy.serve(client, real));
      await new Promise<void>((done) => server.listen(path, done));
      proxy.servers.push({ server, path, real });
    }
    return proxy;
  }

  /** Begins to count anew; `end` is called at the step, once. Without a step: only counts. */
  arm(step?: Step, end: () => void = () => {}): void {
    this.counts.clear();
    this.commands.length = 0;
    this.armed = step === undefined ? undefined : { step, end };
  }

  /** What changes something and was given since `arm`, all sides of each. */
  get steps(): Step[] {
    return [...this.counts].flatMap(([command, count]) =>
      Array.from({ length: count }, (_, n) => n + 1).flatMap((nth) =>
        (['before', 'during', 'after'] as const).map((when) => ({ command, nth, when })),
      ),
    );
  }

  /** Arguments of each such command since `arm`. */
  given(command: string): Record<string, unknown>[] {
    return this.commands.filter(({ execute }) => execute === command).map((one) => one.arguments);
  }

  /** The sockets are as before. */
  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    for (const { server, path, real } of this.servers) {
      await new Promise((done) => server.close(done));
      rmSync(path, { force: true });
      renameSync(real, path);
    }
  }

  private serve(client: Socket, real: string): void {
    const qemu = connect(real);
    for (const [one, other] of [
      [client, qemu],
      [qemu, client],
    ] as const) {
      this.open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.open.delete(one);
        other.destroy();
      });
    }
    // Once set: the answer to this is the moment.
    let atAnswer: (() => void) | undefined;
    eachLine(client, (line) => {
      const message = JSON.parse(line) as MonitorProxy['commands'][number];
      const { execute } = message;
      this.commands.push(message);
      const due = this.count(execute);
      if (due?.step.when === 'before') {
        due.end();
        client.destroy();
        return;
      }
      if (due?.step.when === 'after') atAnswer = due.end;
      qemu.write(`${line}\n`, 'latin1', () => {
        if (due?.step.when === 'during') due.end();
      });
    });
    eachLine(qemu, (line) => {
      if (atAnswer !== undefined && !/^\{"(timestamp|QMP)"/.test(line)) {
        atAnswer();
        client.destroy();
        return;
      }
      client.write(`${line}\n`, 'latin1');
    });
  }

  private count(command: string): { step: Step; end: () => void } | undefined {
    if (READING.test(command)) return undefined;
    const nth = (this.counts.get(command) ?? 0) + 1;
    this.counts.set(command, nth);
    const { armed } = this;
    if (armed?.step.command !== command || armed.step.nth !== nth) return undefined;
    this.armed = undefined;
    return armed;
  }
}

function eachLine(socket: Socket, line: (line: string) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    const parts = (text + chunk.toString('latin1')).split('\n');
    text = parts.pop()!;
    for (const part of parts) line(part);
  });
}
