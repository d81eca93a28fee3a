/** Seeded random numbers for tests (mulberry32, T. Ettinger). Knows nothing of the library, so that it cannot share its faults. */
export interface Random {
  /** Between `low` and `high`. */
  uniform(low: number, high: number): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  /** `count` numbers between `low` and `high` that f32 holds exactly. */
  floats(count: number, low?: number, high?: number): number[];
}

export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const uniform = (low: number, high: number): number => low + (high - low) * next();
  const integer = (low: number, high: number): number => Math.floor(uniform(low, high + 1));
  return {
    uniform,
    integer,
    pick: (from) => from[integer(0, from.length - 1)],
    floats: (count, low = -1, high = 1) => Array.from({ length: count }, () => Math.fround(uniform(low, high))),
  };
}
