/** Lines of standard input, with a prompt where a person types them. */
import { createInterface } from 'node:readline';

export async function* question(prompt: string): AsyncGenerator<string> {
  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(terminal ? { output: process.stdout, terminal } : {}),
  });
  if (terminal) {
    lines.setPrompt(prompt);
    lines.prompt();
  }
  try {
    for await (const line of lines) {
      yield line;
      if (terminal) lines.prompt();
    }
  } finally {
    lines.close();
  }
}
