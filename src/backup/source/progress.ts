/** Lines of the log that tell how a backup gets on. Source: the loop over query-backup in VZDump/QemuServer.pm. */

import type { Clock } from '../../host/types.js';
import { fixed } from '../../schema/render.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 GiB`. */
export function showBytes(bytes: number, decimals = 1): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${fixed(value, decimals)} ${UNITS[unit]}`;
}

/** `1d 2h 3m 4s`, without what is zero. */
export function showDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, unit] of [
    [604_800, 'w'],
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ] as const) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n}${unit}`);
  }
  return parts.join(' ') || '0s';
}

export interface Counts {
  done: number;
  read: number;
  zero: number;
}

/** Seconds between two lines at least. */
const STEP_S = 3;

export class ProgressLog {
  private readonly start: number;
  private last: Counts & { at: number; percent: number };

  constructor(
    private readonly clock: Clock,
    private readonly total: number,
    private readonly info: (line: string) => void,
  ) {
    this.start = clock.monotonic() / 1000;
    this.last = { done: 0, read: 0, zero: 0, at: this.start, percent: -1 };
  }

  /** A line when a further percent is reached, but not all the time. */
  update(counts: Counts): void {
    const now = this.clock.monotonic() / 1000;
    const percent = this.percent(counts);
    if (percent === this.last.percent || now - this.last.at < STEP_S) return;
    this.line(counts, now, percent);
  }

  /** What was not told yet, and what it came to; `of`: bytes of the disks, where not all was due. */
  end(counts: Counts, unchanged = 0, of = this.total): void {
    const now = this.clock.monotonic() / 1000;
    if (this.last.percent < 100) this.line(counts, now, this.percent(counts));
    const seconds = Math.floor(now - this.start);
    const share = (bytes: number) => (of === 0 ? 0 : Math.floor((bytes * 100) / of));
    if (counts.zero > 0)
      this.info(
        `backup is sparse: ${showBytes(counts.zero, 2)} (${share(counts.zero)}%) total zero data`,
      );
    if (unchanged > 0)
      this.info(
        `backup was done incrementally, reused ${showBytes(unchanged, 2)} (${share(unchanged)}%)`,
      );
    const speed = seconds > 0 ? `${seconds} seconds (${rate(counts.done, seconds)})` : '<1 seconds';
    if (counts.done > 0) this.info(`transferred ${showBytes(counts.done, 2)} in ${speed}`);
  }

  private percent({ done }: Counts): number {
    return this.total === 0 ? 100 : Math.floor((done * 100) / this.total);
  }

  private line(counts: Counts, now: number, percent: number): void {
    const { last } = this;
    const seconds = now - last.at || 1;
    const read = counts.done - last.done;
    const written = read - (counts.zero - last.zero);
    this.info(
      `${String(percent).padStart(3)}% (${showBytes(counts.done)} of ${showBytes(this.total)}) in ${showDuration(now - this.start)}, read: ${rate(read, seconds)}, write: ${rate(written, seconds)}`,
    );
    this.last = { ...counts, at: now, percent };
  }
}

function rate(bytes: number, seconds: number): string {
  return bytes <= 0 ? '0 B/s' : `${showBytes(Math.floor(bytes / seconds))}/s`;
}
