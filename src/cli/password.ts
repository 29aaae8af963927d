/** Passwords from the terminal, without echo. */
import { PaveError } from '../errors.js';

async function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new PaveError('a password is needed, and there is no terminal to ask for it');
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  let text = '';
  try {
    for await (const chunk of stdin) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n') return text;
        if (char === '\u0003') throw new PaveError('interrupted', { exitCode: 130 });
        if (char === '\u007f' || char === '\b') text = text.slice(0, -1);
        else text += char;
      }
    }
    return text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Throws when both entries differ. */
export async function readPasswordTwice(prompt: string): Promise<string> {
  const first = await readHidden(prompt);
  const again = await readHidden('Retype new password: ');
  if (first !== again) throw new PaveError('Passwords do not match!');
  return first;
}
