/**
 * A VM's screen in a web browser: noVNC's files and the VM's VNC socket, on a loopback port, below
 * a secret path. One viewer can come, once; when he leaves it is over.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from '../../commands/define.js';
import { PaveError } from '../../errors.js';
import type { Connection, Host } from '../../host/types.js';
import { runFile, runningPid } from '../runtime/state.js';
import { newTicket, setTicket, voidTicket } from './tickets.js';

const NOVNC = '/usr/share/novnc';
const ADDRESS = '127.0.0.1';

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  oga: 'audio/ogg',
  mp3: 'audio/mpeg',
  woff: 'font/woff',
  ttf: 'font/ttf',
};

export interface ConsoleOptions {
  /** 0: any free one. */
  port: number;
  /** Seconds until it ends in any case. */
  timeout: number | undefined;
  /** Seconds a viewer may take to come. */
  patience: number;
}

/** @throws PaveError where the VM has no VNC socket or noVNC is not installed */
export function checkConsole(host: Host, vmid: number): void {
  if (runningPid(host, vmid) === undefined) throw new PaveError(`VM ${vmid} not running`);
  if (!host.files.exists(runFile(vmid, 'vnc')))
    throw new PaveError(`VM ${vmid} has no graphical display`, {
      hint: `qm terminal ${vmid} shows its serial port; qm set ${vmid} --vga std gives it one with the next start`,
    });
  if (!host.files.exists(`${NOVNC}/vnc.html`))
    throw new PaveError('noVNC is not installed', { hint: 'apt install novnc' });
}

/** Serves until the viewer has left, the time is up, or the command is interrupted. */
export async function serveConsole(
  ctx: Context,
  vmid: number,
  options: ConsoleOptions,
): Promise<void> {
  const { host, out } = ctx;
  checkConsole(host, vmid);
  const { serveWeb } = await import('../../host/web.js');
  const secret = randomBytes(16).toString('base64url');
  const ticket = newTicket();
  const end = new AbortController();
  let reason = '';
  const finish = (why: string) => {
    reason ||= why;
    end.abort();
  };
  let spent = false;
  const server = await serveWeb({
    address: ADDRESS,
    port: options.port,
    file: (path) => novncFile(host, path, `/${secret}/`),
    async socket(path): Promise<Connection | undefined> {
      if (path !== `/${secret}/websockify` || spent) return undefined;
      spent = true;
      await setTicket(host, vmid, 'vnc', ticket);
      return await host.net.connectUnix(runFile(vmid, 'vnc'));
    },
    onClosed: () => finish('the viewer has left'),
  });
  try {
    // Behind the #, the password is not sent anywhere.
    const page = `vnc.html#autoconnect=true&resize=scale&path=${secret}/websockify&password=${ticket}`;
    out.line(`http://${ADDRESS}:${server.port}/${secret}/${page}`);
    out.info(
      `Open it in a browser here, or on your own machine after: ssh -L ${server.port}:${ADDRESS}:${server.port} root@${host.node}`,
    );
    void host.clock.sleep(options.patience * 1000, end.signal).then(
      () => spent || finish('nobody came'),
      () => {},
    );
    if (options.timeout !== undefined)
      void host.clock.sleep(options.timeout * 1000, end.signal).then(
        () => finish('the time is up'),
        () => {},
      );
    ctx.signal.addEventListener('abort', () => finish('interrupted'), { once: true });
    if (ctx.signal.aborted) finish('interrupted');
    await new Promise<void>((resolve) => {
      if (end.signal.aborted) resolve();
      end.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    server.close();
    // The VM may have ended: then there is nothing left to lock.
    if (spent && runningPid(host, vmid) !== undefined)
      await voidTicket(host, vmid, 'vnc').catch(() => {});
  }
  out.info(`console closed: ${reason}`);
  if (reason === 'nobody came')
    throw new PaveError(`nobody opened the console within ${options.patience} s`);
}

function novncFile(
  host: Host,
  path: string,
  prefix: string,
): { data: Uint8Array; type: string } | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const name = path.slice(prefix.length);
  if (name.split('/').some((part) => part === '' || part.startsWith('.'))) return undefined;
  const real = host.files.realpath(`${NOVNC}/${name}`);
  if (real === undefined || host.files.stat(real)?.kind !== 'file') return undefined;
  const data = host.files.readBytes(real);
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return data === undefined ? undefined : { data, type };
}
