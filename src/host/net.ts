import { PaveError } from '../errors.js';
import { errnoOf, FileError } from './errors.js';
import type { Connection, ConnectOptions, Net, Receiver } from './types.js';

const CONNECT_TIMEOUT_MS = 5000;

/** Sockets of this machine. `node:net` is loaded with the first call only. */
export function localNet(at: (path: string) => string): Net {
  return {
    connectUnix: (path, options) => connect({ path: at(path) }, at(path), options),
    connectTcp: (host, port, options) => connect({ host, port }, `${host}:${port}`, options),
    async listenUnix(path, onConnection) {
      const { createServer } = await import('node:net');
      return new Promise((resolve, reject) => {
        const server = createServer((socket) => onConnection(connectionOf(socket)));
        const real = at(path);
        server.once('error', (error) => reject(new FileError('listen on', real, error)));
        // Node removes the socket's file when the server closes.
        server.listen({ path: real }, () => resolve({ close: () => server.close() }));
      });
    },
    async portFree(address, port) {
      const { createServer } = await import('node:net');
      return new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', (error) => {
          if (errnoOf(error) === 'EADDRINUSE') resolve(false);
          else reject(new FileError('listen on', `${address}:${port}`, error));
        });
        server.listen({ host: address, port, exclusive: true }, () =>
          server.close(() => resolve(true)),
        );
      });
    },
  };
}

async function connect(
  target: { path: string } | { host: string; port: number },
  name: string,
  { timeoutMs = CONNECT_TIMEOUT_MS, receiver }: ConnectOptions = {},
): Promise<Connection> {
  const { connect: open } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = open(
      receiver === undefined ? target : { ...target, onread: readInto(receiver) },
    );
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new PaveError(`unable to connect to '${name}' - got timeout`));
    }, timeoutMs);
    const failed = (error: Error) => {
      clearTimeout(timer);
      reject(new FileError('connect to', name, error));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(connectionOf(socket));
    });
  });
}

/** Node asks for the next buffer after each read: so the bytes arrive where they are wanted. */
function readInto(receiver: Receiver): import('node:net').OnReadOpts {
  return {
    buffer: () => receiver.room(),
    callback: (count) => {
      receiver.received(count);
      return true;
    },
  };
}

/** Nothing is read before `onData`, and a close that came before `onClose` is still told. */
function connectionOf(socket: import('node:net').Socket): Connection {
  let failure: Error | undefined;
  let closed = false;
  const waiting: ((error?: Error) => void)[] = [];
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    closed = true;
    for (const handler of waiting) handler(failure);
  });
  return {
    write: (data) => {
      socket.write(data);
    },
    onData: (handler) => {
      socket.on('data', handler);
    },
    onClose: (handler) => {
      if (closed) handler(failure);
      else waiting.push(handler);
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    end: () => {
      socket.end();
    },
    destroy: () => {
      socket.destroy();
    },
  };
}
