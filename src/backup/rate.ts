import type { Clock } from '../host/types.js';

/** Lets so much through as a limit allows, on average since it was made; short bursts are fine. */
export class RateLimit {
  private readonly start: number;
  private taken = 0;

  /** `limit` in KiB/s; 0 or nothing lets everything through. */
  constructor(
    private readonly clock: Clock,
    private readonly limit: number | undefined,
    private readonly signal?: AbortSignal,
  ) {
    this.start = clock.monotonic();
  }

  /** Waits until so many bytes more may go. */
  async take(bytes: number): Promise<void> {
    if (!this.limit) return;
    const due = this.start + (this.taken / (this.limit * 1024)) * 1000;
    this.taken += bytes;
    const wait = due - this.clock.monotonic();
    if (wait > 1) await this.clock.sleep(wait, this.signal);
  }
}
