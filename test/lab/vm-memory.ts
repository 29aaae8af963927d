/** The memory of the lab's virtual machine from outside, through its QEMU's debugger port. */
import { connect } from 'node:net';

/**
 * Sets bits in a 32-bit word of the kernel. Source of the packets: GDB's remote serial protocol; the
 * machine stands still from the connection to `D`.
 */
export async function setBits(socketPath: string, address: string, bits: number): Promise<void> {
  const socket = connect(socketPath);
  let text = '';
  let heard = () => {};
  let broken: Error | undefined;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    heard();
  });
  socket.on('error', (error) => {
    broken = error;
    heard();
  });
  socket.on('close', () => {
    broken ??= new Error('the debugger port was closed');
    heard();
  });
  const ask = (command: string) =>
    new Promise<string>((done, fail) => {
      heard = () => {
        // `T…` tells that the machine has stopped, of itself.
        const answer = /\$(?!T)([^#]*)#../.exec(text);
        if (answer !== null) {
          text = text.slice(answer.index + answer[0].length);
          done(answer[1]!);
        } else if (broken !== undefined) fail(broken);
      };
      const sum = Buffer.from(command).reduce((total, byte) => total + byte, 0) & 255;
      socket.write(`+$${command}#${sum.toString(16).padStart(2, '0')}`);
    });
  try {
    const word = Buffer.from(await ask(`m${address},4`), 'hex');
    if (word.length !== 4) throw new Error(`no memory at ${address}`);
    word.writeUInt32LE((word.readUInt32LE() | bits) >>> 0);
    const written = await ask(`M${address},4:${word.toString('hex')}`);
    if (written !== 'OK') throw new Error(`memory at ${address} cannot be written: ${written}`);
    await ask('D');
  } finally {
    socket.destroy();
  }
}
