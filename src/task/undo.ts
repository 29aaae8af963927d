import { messageOf } from '../errors.js';

/**
 * What to take back when a long change fails half-way. Each step that makes something adds how to
 * unmake it; at the point of no return `done()` drops all.
 */
export class UndoStack {
  private steps: { what: string; undo: () => Promise<void> | void }[] = [];

  /** `what` completes `unable to …`, e.g. `remove volume 'local:100/vm-100-disk-0.raw'`. */
  add(what: string, undo: () => Promise<void> | void): void {
    this.steps.push({ what, undo });
  }

  /** Nothing is taken back any more. */
  done(): void {
    this.steps = [];
  }

  get size(): number {
    return this.steps.length;
  }

  /** Last one first. One that fails is told and does not keep the others from running. */
  async run(warn: (text: string) => void): Promise<void> {
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        warn(`unable to ${step.what} - ${messageOf(error)}`);
      }
    }
  }
}
