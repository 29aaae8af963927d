/** Just enough of a SPICE client to see whether a ticket opens the door. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { connect } from 'node:net';

const HEADER = 16;
const PUBLIC_KEY = 162;

/** Gives the server's verdict: 0 is welcome, 7 a ticket that does not hold. Source: spice-protocol. */
export function spiceLink(socketPath: string, ticket: string): Promise<number> {
  return new Promise((done, failed) => {
    const socket = connect(socketPath);
    let data = Buffer.alloc(0);
    let asked = false;
    // A main channel, without any capability: the server then asks for the ticket at once.
    const message = Buffer.alloc(18);
    message.writeUInt8(1, 4);
    message.writeUInt32LE(18, 14);
    const header = Buffer.alloc(HEADER);
    header.write('REDQ', 0, 'latin1');
    header.writeUInt32LE(2, 4);
    header.writeUInt32LE(2, 8);
    header.writeUInt32LE(message.length, 12);
    socket.write(Buffer.concat([header, message]));
    socket.on('error', failed);
    socket.on('close', () => failed(new Error('the server hung up')));
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      if (data.length < HEADER) return;
      const end = HEADER + data.readUInt32LE(12);
      if (!asked && data.length >= end) {
        asked = true;
        const der = data.subarray(HEADER + 4, HEADER + 4 + PUBLIC_KEY);
        const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
        const padding = constants.RSA_PKCS1_OAEP_PADDING;
        socket.write(publicEncrypt({ key, padding }, Buffer.from(`${ticket}\0`)));
      }
      if (asked && data.length >= end + 4) {
        socket.destroy();
        done(data.readUInt32LE(end));
      }
    });
  });
}
