import type { Output } from '../commands/output.js';
import { fixed } from '../schema/render.js';

/** Where a task writes what the terminal is shown too. */
export interface TaskSink {
  log(line: string): void;
  counted(): void;
}

/**
 * The terminal's output with everything also in the task's log. Progress is logged when another
 * tenth is reached, or another text begins, not each time it moves.
 */
export function teeOutput(out: Output, sink: TaskSink): Output {
  let rest = '';
  let step = '';
  const lines = (text: string) => {
    rest += text;
    const parts = rest.split('\n');
    rest = parts.pop()!;
    for (const line of parts) sink.log(line);
  };
  return {
    isTty: out.isTty,
    machine: out.machine,
    line(text) {
      lines(`${text}\n`);
      out.line(text);
    },
    write(text) {
      lines(text);
      out.write(text);
    },
    info(text) {
      lines(`${text}\n`);
      out.info(text);
    },
    warn(text) {
      sink.counted();
      lines(`WARN: ${text}\n`);
      out.warn(text);
    },
    progress(state) {
      const { done, total, text } = state;
      const share = total ? Math.min(1, done / total) : 0;
      // The text may count itself ("12.3 GiB of …"): only its words tell one step from another.
      const now = total ? `${Math.floor(share * 10)}` : text.replace(/[\d.]+/g, '#');
      if (now !== step) {
        step = now;
        sink.log(total ? `${text} (${fixed(share * 100, 2)}%)` : text);
      }
      out.progress(state);
    },
    progressEnd() {
      step = '';
      out.progressEnd();
    },
  };
}
