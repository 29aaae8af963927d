/** A small web server on a loopback address: files, and sockets of this machine as web sockets. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { errnoOf, FileError } from './errors.js';
import type { Connection } from './types.js';

export interface WebOptions {
  address: string;
  /** 0: any free one. */
  port: number;
  /** What a path gives; undefined: 404. Without query; percent escapes are decoded. */
  file(path: string): { data: Uint8Array; type: string } | undefined;
  /** The other end of a web socket at a path; undefined: refused. */
  socket(path: string): Promise<Connection | undefined>;
  /** A web socket has closed. */
  onClosed(): void;
}

export interface WebServer {
  readonly port: number;
  /** Ends every connection. */
  close(): void;
}

/** @throws FileError where the port is taken */
export async function serveWeb(options: WebOptions): Promise<WebServer> {
  const [{ createServer }, { WebSocketServer }] = await Promise.all([
    import('node:http'),
    import('ws'),
  ]);
  const sockets = new WebSocketServer({
    noServer: true,
    // What noVNC asks for where it asks for anything.
    handleProtocols: (offered) => (offered.has('binary') ? 'binary' : false),
  });
  const server = createServer((request, response) => answer(options, request, response));
  server.on('upgrade', (request, socket, head) => {
    void upgrade(options, request, socket, (connection) => {
      sockets.handleUpgrade(request, socket, head, (web) => bridge(web, connection, options));
    });
  });
  await listen(server, options);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close() {
      for (const web of sockets.clients) web.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, { address, port }: WebOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new FileError(`listen on (${errnoOf(error)})`, `${address}:${port}`, error)),
    );
    server.listen({ host: address, port, exclusive: true }, resolve);
  });
}

function pathOf(request: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent((request.url ?? '/').replace(/[?#].*$/, ''));
  } catch {
    return undefined;
  }
}

function answer(options: WebOptions, request: IncomingMessage, response: ServerResponse): void {
  const path = request.method === 'GET' ? pathOf(request) : undefined;
  const found = path === undefined ? undefined : options.file(path);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Frame-Options', 'DENY');
  if (found === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': found.type }).end(found.data);
}

async function upgrade(
  options: WebOptions,
  request: IncomingMessage,
  socket: Duplex,
  accept: (connection: Connection) => void,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const path = pathOf(request);
  try {
    const connection = path === undefined ? undefined : await options.socket(path);
    if (connection !== undefined) {
      accept(connection);
      return;
    }
  } catch {
    // Told as a refusal: whoever asks need not know why.
  }
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
}

function bridge(web: WebSocket, connection: Connection, options: WebOptions): void {
  connection.onData((chunk) => web.send(chunk, { binary: true }));
  connection.onClose(() => web.close());
  web.on('message', (data) => connection.write(data as Buffer));
  web.on('error', () => web.terminate());
  web.on('close', () => {
    connection.destroy();
    options.onClosed();
  });
}
