/** Small seeded data sets for tests of the public API. Knows nothing of the package but its random numbers. */
import { PURPOSE, randomStream } from '../../src/data/random.js';

/** Rows of uniform numbers between -1 and 1, and whether the first two have the same sign. */
export function points(rows: number, columns: number, seed = 1): { x: number[][]; y: number[] } {
  const random = randomStream(seed, PURPOSE.noise, 0);
  const x = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 2 * random.uniform() - 1));
  return { x, y: x.map(([a, b]) => Number(a * b > 0)) };
}
