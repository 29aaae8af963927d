/** Passwords from the terminal, without echo. */
import { PaveError } from '../errors.js';

function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY)
    throw new PaveError('a password is needed, and there is no terminal to ask for it');
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onData = (chunk: string) => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n') return end(() => resolve(text));
        if (char === '\u0003')
          return end(() => reject(new PaveError('interrupted', { exitCode: 130 })));
        if (char === '\u007f' || char === '\b') text = text.slice(0, -1);
        else text += char;
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}

/** Throws when both entries differ. */
export async function readPasswordTwice(prompt: string): Promise<string> {
  const first = await readHidden(prompt);
  const again = await readHidden('Retype new password: ');
  if (first !== again) throw new PaveError('Passwords do not match!');
  return first;
}
