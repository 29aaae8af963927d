/** Listens to a guest's serial console. */
import { PaveError } from '../errors.js';
import type { Connection, Host } from '../host/types.js';

export interface ConsoleLog {
  /** Everything the guest wrote so far, without escape sequences. */
  text(): string;
  /**
   * Resolves when the guest wrote this; throws after that many milliseconds, or when it ended.
   * @param ask typed once half of them are over: it may have written it before anybody listened
   */
  waitFor(pattern: RegExp, timeoutMs: number, ask: string): Promise<void>;
  close(): void;
}

/** Connects to a console socket as QEMU makes it. */
export async function openConsole(host: Host, socket: string): Promise<ConsoleLog> {
  const connection: Connection = await host.net.connectUnix(socket, { timeoutMs: 10_000 });
  let raw = '';
  let ended = false;
  const changed = new Set<() => void>();
  const wake = () => {
    for (const callback of changed) callback();
  };
  connection.onData((chunk) => {
    raw += chunk.toString('utf8');
    wake();
  });
  connection.onClose(() => {
    ended = true;
    wake();
  });
  const text = () => plain(raw);
  return {
    text,
    async waitFor(pattern, timeoutMs, ask) {
      const start = host.clock.monotonic();
      let asked = false;
      while (!pattern.test(text())) {
        const left = timeoutMs - (host.clock.monotonic() - start);
        if (ended)
          throw new PaveError(
            `the guest ended before it wrote ${pattern}; its console said:\n${tail(text())}`,
          );
        if (left <= 0) {
          throw new PaveError(
            `the guest did not write ${pattern} within ${timeoutMs / 1000} s; its console said:\n${tail(text())}`,
          );
        }
        if (!asked && left < timeoutMs / 2) {
          connection.write(ask);
          asked = true;
        }
        const nap = new AbortController();
        await new Promise<void>((resolve) => {
          const done = () => {
            changed.delete(done);
            nap.abort();
            resolve();
          };
          changed.add(done);
          host.clock.sleep(Math.min(left, 500), nap.signal).then(done, () => {});
        });
      }
    },
    close: () => connection.destroy(),
  };
}

function plain(raw: string): string {
  return raw
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/\u001b[()][A-Z0-9]|\u001bc/g, '')
    .replaceAll('\r', '');
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n');
}
