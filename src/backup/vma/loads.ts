/** Extents on their way into an archive: some being filled, some sealed, one being written. */
import type { Host } from '../../host/types.js';
import type { BackupProgress, ByteSink } from '../types.js';
import { uuidBytes } from './format.js';
import { Load } from './load.js';

/** Of 4 MiB each. */
const LOADS = 6;

export type Counts = Pick<BackupProgress, 'done' | 'read' | 'zero' | 'unchanged'>;

export function noCounts(): Counts {
  return { done: 0, read: 0, zero: 0, unchanged: 0 };
}

/** `done`: when its memory may be used again. */
interface Slot {
  load: Load;
  pending: Promise<void>[];
  counts: Counts;
  done: Promise<void>;
}

export interface LoadsOptions {
  uuid: string;
  output: number | ByteSink;
  /** Called after each load was written. */
  onWritten?: (state: Counts & { written: number }) => void;
}

export class Loads {
  readonly state: Counts & { written: number } = { ...noCounts(), written: 0 };
  private readonly slots: Slot[];
  private at = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: Host,
    private readonly options: LoadsOptions,
  ) {
    const uuid = uuidBytes(options.uuid);
    this.slots = Array.from({ length: LOADS }, () => ({
      load: new Load(uuid),
      pending: [],
      counts: noCounts(),
      done: Promise.resolve(),
    }));
  }

  async emit(bytes: Buffer): Promise<void> {
    const { output } = this.options;
    if (typeof output === 'number') await this.host.bulk.write(output, bytes);
    else await output.write(bytes);
    this.state.written += bytes.length;
  }

  /** The load at hand. */
  get load(): Load {
    return this.slots[this.at]!.load;
  }

  /** What is told when the load at hand has been written. */
  get counts(): Counts {
    return this.slots[this.at]!.counts;
  }

  /** The load at hand is not whole before this has happened. */
  waitFor(pending: Promise<void>): void {
    pending.catch(() => {});
    this.slots[this.at]!.pending.push(pending);
  }

  /** Sends the load at hand on its way, and waits for the next to be free. */
  async next(): Promise<void> {
    const slot = this.slots[this.at]!;
    slot.done = this.finish(slot, this.last);
    slot.done.catch(() => {});
    this.last = slot.done;
    this.at = (this.at + 1) % this.slots.length;
    const free = this.slots[this.at]!;
    await free.done;
    free.load.reset();
    free.pending = [];
    free.counts = noCounts();
  }

  /** Loads are sealed as their data comes, and written in order. */
  private async finish(slot: Slot, before: Promise<void>): Promise<void> {
    await Promise.all(slot.pending);
    const bytes = slot.load.seal();
    await before;
    if (bytes.length > 0) await this.emit(bytes);
    const { state } = this;
    state.done += slot.counts.done;
    state.read += slot.counts.read;
    state.zero += slot.counts.zero + slot.load.foundZero;
    state.unchanged += slot.counts.unchanged;
    this.options.onWritten?.(state);
  }

  /** All of it is written. */
  async end(): Promise<void> {
    await this.next();
    await this.last;
  }
}
