/**
 * The log of a backup: `INFO: …` lines on the terminal and in the task log, with the time in front in
 * the guest's own log file. Source: guest-common VZDump/Plugin.pm debugmsg.
 */
import type { Context } from '../../commands/define.js';
import type { Output } from '../../commands/output.js';
import { messageOf } from '../../errors.js';
import type { Host } from '../../host/types.js';
import { localTime } from './format.js';

export const LOG_DIR = '/var/log/vzdump';

export class BackupLog {
  private file: string | undefined;
  /** What is logged outside of any guest, for the mail. */
  private collected: string[] | undefined;

  constructor(
    private readonly host: Host,
    private readonly out: Pick<Output, 'line' | 'warn'>,
  ) {}

  info(text: string): void {
    this.say('INFO', text, (line) => this.out.line(`INFO: ${line}`));
  }

  /** Counted by the task, which then ends with warnings. */
  warn(text: string): void {
    this.say('WARN', text, (line) => this.out.warn(line));
  }

  error(text: string): void {
    this.say('ERROR', text, (line) => this.out.line(`ERROR: ${line}`));
  }

  /** From now on everything is also written there; the file begins anew. */
  open(path: string): void {
    if (this.host.dryRun) return;
    this.host.files.mkdir(path.slice(0, path.lastIndexOf('/')));
    this.host.files.write(path, '', { mode: 0o640, durable: false });
    this.file = path;
  }

  close(): void {
    this.file = undefined;
  }

  /** Gives the lines logged while the work runs. */
  async collect(work: () => Promise<void>): Promise<string[]> {
    const lines: string[] = [];
    this.collected = lines;
    try {
      await work();
    } finally {
      this.collected = undefined;
    }
    return lines;
  }

  private say(level: string, text: string, print: (line: string) => void): void {
    for (const line of text.trimEnd().split('\n')) {
      if (line === '') continue;
      print(line);
      const dated = `${localTime(this.host.clock.now())} ${level}: ${line}`;
      this.collected?.push(dated);
      if (this.file === undefined) continue;
      try {
        this.host.files.append(this.file, `${dated}\n`);
      } catch (error) {
        // A full disk must not end the backup, let alone its undoing.
        this.file = undefined;
        this.out.warn(`the log ends here: ${messageOf(error)}`);
      }
    }
  }
}

/** The same context; what is said goes into the log. */
export function logging(ctx: Context, log: BackupLog): Context {
  const line = (text: string) => log.info(text);
  const out = { ...ctx.out, line, write: line, info: line, warn: (t: string) => log.warn(t) };
  return { ...ctx, out };
}
