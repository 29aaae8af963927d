import { InterruptedError } from './errors.js';

/**
 * Gives a function that throws when one of the signals has come since now: for the moment between
 * being called and having a child that the signal could end. One that came before does not count,
 * for what unwinds must be able to run.
 */
export function interruptCheck(...signals: (AbortSignal | undefined)[]): () => void {
  const before = signals.map((signal) => signal?.aborted);
  return () => {
    if (signals.some((signal, index) => signal?.aborted && !before[index])) {
      throw new InterruptedError();
    }
  };
}
