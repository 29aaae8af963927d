/** Random data for property tests, the same on every run of a seed. */
export interface Random {
  /** 0 up to and without n. */
  below(n: number): number;
  chance(p: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Text of 0 to `max` characters out of `alphabet`. */
  text(alphabet: string, max: number): string;
  bytes(n: number): Uint8Array;
}

/** mulberry32. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    chance: (p) => next() < p,
    pick: (items) => items[below(items.length)]!,
    text: (alphabet, max) => {
      const letters = [...alphabet];
      return Array.from({ length: below(max + 1) }, () => letters[below(letters.length)]).join('');
    },
    bytes: (n) => Uint8Array.from({ length: n }, () => below(256)),
  };
}
