/** Standard output and standard error of a command. */

import type { Output } from '../commands/output.js';
import { stderrIsTty, tellOut, writeErr, writeOut } from '../host/stdio.js';
import { fixed } from '../schema/render.js';

export interface OutputOptions {
  /** stdout carries JSON or YAML: everything else goes to stderr. */
  machine: boolean;
  quiet: boolean;
  /** Something is changed: that goes on when the reader of stdout has gone. */
  changes: boolean;
}

/**
 * Where a command says what it does: data aside, on standard output for a person, on standard
 * error beside JSON. Progress is a bar on a terminal, else a line a tenth.
 */
export function createOutput(options: OutputOptions): Output & { warnings: number } {
  const isTty = stderrIsTty();
  const say = options.machine ? writeErr : options.changes ? tellOut : writeOut;
  let bar: Promise<Progress> | undefined;
  let lastDecile = -1;
  const output = {
    warnings: 0,
    isTty,
    machine: options.machine,
    line(text: string) {
      say(`${text}\n`);
    },
    write(text: string) {
      say(text);
    },
    info(text: string) {
      if (!options.quiet && isTty) writeErr(`${text}\n`);
    },
    warn(text: string) {
      output.warnings++;
      writeErr(`WARN: ${text}\n`);
    },
    progress(state: { done: number; total?: number; text: string }) {
      const percent = state.total ? Math.min(100, (state.done / state.total) * 100) : undefined;
      // A serial console often does not know its width, and then nothing can be drawn over.
      if (isTty && process.stderr.columns > 0) {
        bar ??= startProgress();
        void bar.then((p) => p.show(state.text, percent));
        return;
      }
      const decile = percent === undefined ? -1 : Math.floor(percent / 10);
      if (decile > lastDecile) {
        lastDecile = decile;
        say(`${state.text}${percent === undefined ? '' : ` (${fixed(percent, 2)}%)`}\n`);
      }
    },
    progressEnd() {
      lastDecile = -1;
      void bar?.then((p) => p.end());
      bar = undefined;
    },
  };
  return output;
}

interface Progress {
  show(text: string, percent: number | undefined): void;
  end(): void;
}

/** A spinner with a percentage; only ever on a terminal, so ora is loaded only there. */
async function startProgress(): Promise<Progress> {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start();
  let shown = false;
  return {
    show(text, percent) {
      spinner.text = percent === undefined ? text : `${text} ${percent.toFixed(1)}%`;
      // Work that is done before the spinner's next turn is seen as well.
      if (!shown) spinner.render();
      shown = true;
    },
    end() {
      spinner.stop();
    },
  };
}
