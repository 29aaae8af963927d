/**
 * Between a guest and a slow target: takes clusters at once, keeps them in memory, then in a file,
 * and hands them on in order as the target takes them.
 */
import type { Bulk } from '../../host/types.js';
import type { ClusterSink } from './feed.js';

/** Bytes kept in memory at most; beyond they go to the file. */
const MEMORY = 32 << 20;
/** The sender is asked to hold back from so many waiting bytes on, and to go on below a quarter. */
const HIGH = 24 << 20;
const LOW = HIGH / 4;

interface Entry {
  disk: number;
  cluster: number;
  /** Of zeroes: how many clusters; else bytes. */
  length: number;
  data?: Buffer;
  /** Place in the file. */
  at?: number;
  zeroes?: true;
}

export class Spool implements ClusterSink {
  private queue: Entry[] = [];
  /** Of the queue: the first that still waits. */
  private head = 0;
  private inMemory = 0;
  private waiting = 0;
  /** Bytes of the file in use, from its start on: it is begun anew when all of it was read. */
  private end = 0;
  private inFile = 0;
  private held = false;
  private failure: { error: unknown } | undefined;
  private running: Promise<void> | undefined;
  private readonly idle: (() => void)[] = [];
  /** The most that was ever in the file. */
  peak = 0;

  /** `pressure(true)`: hold back, `pressure(false)`: go on. */
  constructor(
    private readonly sink: ClusterSink,
    private readonly bulk: Bulk,
    private readonly fd: number,
    private readonly pressure: (on: boolean) => void,
  ) {}

  async add(disk: number, cluster: number, data: Buffer): Promise<void> {
    this.check();
    const entry: Entry = { disk, cluster, length: data.length };
    if (this.inMemory + data.length <= MEMORY) {
      this.inMemory += data.length;
      entry.data = Buffer.from(data);
      this.push(entry);
      return;
    }
    entry.at = this.end;
    this.end += data.length;
    this.inFile += data.length;
    this.peak = Math.max(this.peak, this.inFile);
    try {
      await this.bulk.write(this.fd, data, entry.at);
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
    this.push(entry);
  }

  async addZeroes(disk: number, cluster: number, count: number): Promise<void> {
    this.check();
    this.push({ disk, cluster, length: count, zeroes: true });
  }

  /** All of it was handed on. @throws what the target threw */
  async drained(): Promise<void> {
    while (this.head < this.queue.length || this.running !== undefined) {
      this.check();
      await new Promise<void>((resolve) => this.idle.push(resolve));
    }
    this.check();
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  private push(entry: Entry): void {
    this.queue.push(entry);
    this.waiting += weightOf(entry);
    if (!this.held && this.waiting > HIGH) {
      this.held = true;
      this.pressure(true);
    }
    this.running ??= this.drain().finally(() => {
      this.running = undefined;
      for (const wake of this.idle.splice(0)) wake();
    });
  }

  private async drain(): Promise<void> {
    try {
      while (this.head < this.queue.length) {
        await this.handOn(this.queue[this.head++]!);
        if (this.head < 4096) continue;
        this.queue = this.queue.slice(this.head);
        this.head = 0;
      }
    } catch (error) {
      this.failure ??= { error };
    }
  }

  private async handOn(entry: Entry): Promise<void> {
    if (entry.zeroes) await this.sink.addZeroes(entry.disk, entry.cluster, entry.length);
    else await this.handOnData(entry);
    this.waiting -= weightOf(entry);
    if (this.held && this.waiting < LOW) {
      this.held = false;
      this.pressure(false);
    }
  }

  private async handOnData(entry: Entry): Promise<void> {
    const { disk, cluster, length } = entry;
    let { data } = entry;
    if (data === undefined) {
      data = Buffer.allocUnsafe(length);
      await this.bulk.readFull(this.fd, data, entry.at!);
      this.inFile -= length;
      if (this.inFile === 0) this.end = 0;
    } else this.inMemory -= length;
    await this.sink.add(disk, cluster, data);
  }
}

/** Zeroes take memory too while they wait, though little. */
function weightOf(entry: Entry): number {
  return entry.zeroes ? 1024 : entry.length;
}
