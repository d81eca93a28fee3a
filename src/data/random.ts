/**
 * Seeded random numbers from integer arithmetic alone, so that they are the same bits on every engine.
 *
 * A stream is named by (seed, purpose, counter) and starts from scratch: which numbers come does not depend on what was
 * drawn before. Generator: sfc32 (C. Doty-Humphrey, PractRand, "Small Fast Counter"), its state filled by the finaliser
 * of MurmurHash3 (A. Appleby).
 */

/** What a stream is for; each purpose draws numbers of its own. */
export const PURPOSE = { weights: 1, order: 2, noise: 3, window: 4 } as const;

export interface Random {
  /** The next 32 bits, as an unsigned integer. */
  next(): number;
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** A number between 0 and 1, both excluded, on a grid of 2^-32. */
  uniform(): number;
}

/** Numbers that a stream leaves out at its start. */
const WARM_UP = 12;

/** MurmurHash3's finaliser: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The stream named by a seed, a purpose and a counter, each taken modulo 2^32. */
export function randomStream(seed: number, purpose: number, counter: number): Random {
  let a = mix(seed ^ 0x9e3779b9);
  let b = mix(a ^ Math.imul(purpose, 0x85ebca77));
  let c = mix(b ^ Math.imul(counter, 0xc2b2ae3d));
  let step = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + step) | 0;
    step = (step + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return {
    next,
    below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
    uniform: () => (next() + 0.5) / 0x1_0000_0000,
  };
}

/** A seed for networks that were not given one. */
export function randomSeed(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}

/**
 * Fills `order` with 0 … length-1 shuffled (R. Fisher, F. Yates), by the stream of that name. Its words are local variables
 * here: with few rows an epoch is over in the time that making a stream takes.
 */
export function shuffle(order: Int32Array, seed: number, purpose: number, counter: number): void {
  let a = mix(seed ^ 0x9e3779b9);
  let b = mix(a ^ Math.imul(purpose, 0x85ebca77));
  let c = mix(b ^ Math.imul(counter, 0xc2b2ae3d));
  for (let step = 1, i = -WARM_UP; i < order.length; step++, i++) {
    const sum = (((a + b) | 0) + step) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    if (i < 0) continue;
    const j = Math.floor(((sum >>> 0) / 0x1_0000_0000) * (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
}
