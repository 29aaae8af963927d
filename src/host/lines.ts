import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a byte stream into lines as they come. A line ends at \n, \r or \r\n, so that progress
 * written over itself is seen too; empty lines made by \r\n pairs are not.
 */
export function lineSplitter(onLine: (line: string) => void): {
  push(chunk: Buffer): void;
  end(): void;
} {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const cut = (text: string) => {
    rest += text;
    for (;;) {
      const match = /\r\n|[\n\r]/.exec(rest);
      // A \r at the very end may be half of \r\n: it still ends the line, the \n then is dropped.
      if (match === null) return;
      const line = rest.slice(0, match.index);
      rest = rest.slice(match.index + match[0].length);
      onLine(line);
    }
  };
  let lastWasCr = false;
  return {
    push(chunk) {
      let text = decoder.write(chunk);
      if (text === '') return;
      if (lastWasCr && text.startsWith('\n')) text = text.slice(1);
      lastWasCr = text === '' ? false : text.endsWith('\r');
      cut(text);
    },
    end() {
      cut(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
