/** A VM's QEMU asked directly. */
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.js';

// biome-ignore lint/suspicious/noExplicitAny: QEMU's answers have a shape of their own each
export type Answer = any;

/** One QMP command; fails with QEMU's words. */
export function qmp(
  box: Sandbox,
  vmid: number,
  execute: string,
  args: object = {},
): Promise<Answer> {
  return new Promise((done, failed) => {
    const socket = connect(join(box.root, `run/qemu-server/${vmid}.qmp`));
    let text = '';
    const send = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
    socket.on('error', failed);
    socket.setTimeout(300_000, () => failed(new Error('QEMU does not answer')));
    socket.on('close', () => failed(new Error('QEMU hung up')));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const message = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        if (message.QMP) send({ execute: 'qmp_capabilities', id: 0 });
        else if (message.id === 0) send({ execute, arguments: args, id: 1 });
        else if (message.id === 1) {
          if (message.error) failed(new Error(message.error.desc));
          else done(message.return);
          socket.destroy();
        }
      }
    });
  });
}
