// The random streams: their first numbers never change, their numbers are spread evenly, and shuffling favours no order.
// Knows no networks.

import { describe, expect, it } from 'vitest';
import { PURPOSE, randomSeed, randomStream, shuffle } from '../../src/data/random.js';

const STREAMS: readonly (readonly [seed: number, purpose: number, counter: number, first: readonly number[]])[] = [
  [0, 1, 0, [3709701947, 956643794, 1127327296, 4101157559]],
  [42, 1, 0, [1142708873, 3728790641, 91875132, 3839667143]],
  [42, 2, 0, [3853447727, 446646342, 4278966349, 2809214051]],
  [42, 2, 1, [2205746776, 2846471335, 427606188, 3017101681]],
  [2 ** 32 - 1, 3, 2 ** 31, [2510448531, 1211409389, 3635381332, 1952836758]],
];

/** The first `count` numbers of a stream. */
function first(count: number, seed: number, purpose: number, counter: number): number[] {
  const random = randomStream(seed, purpose, counter);
  return Array.from({ length: count }, () => random.next());
}

/** How many of the values, which lie between 0 and 1, lie in each of so many bins. */
function countsOf(values: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.floor(value * bins)]++;
  return counts;
}

/** How far counts are from an even spread, in standard deviations of a chi-squared distribution. */
function unevenness(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b) / counts.length;
  const freedom = counts.length - 1;
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return Math.abs(chi - freedom) / Math.sqrt(2 * freedom);
}

describe('a stream', () => {
  // Pinned: other numbers would be other networks for the same seed.
  it.each(STREAMS)('of seed %i, purpose %i, counter %i begins as it always did', (seed, purpose, counter, expected) => {
    expect(first(4, seed, purpose, counter)).toEqual(expected);
  });

  it('of another name is another one', () => {
    const heads = new Set<string>();
    for (const seed of [0, 1, 2, 3, 2 ** 31]) {
      for (const purpose of [1, 2, 3]) for (const counter of [0, 1, 2, 65536]) heads.add(first(2, seed, purpose, counter).join());
    }
    expect(heads.size).toBe(5 * 3 * 4);
    expect(new Set(Object.values(PURPOSE)).size).toBe(Object.keys(PURPOSE).length);
  });

  it('depends on its name alone', () => {
    const one = randomStream(7, 2, 3);
    const other = randomStream(8, 2, 3);
    const mixed = Array.from({ length: 50 }, () => [one.next(), other.next()][0]);
    expect(mixed).toEqual(first(50, 7, 2, 3));
  });

  it('of next has 32 bits, each set half of the time', () => {
    const values = first(20_000, 1, 1, 0);
    expect(values.every((value) => value === value >>> 0)).toBe(true);
    const set = Array.from({ length: 32 }, (_, bit) => values.filter((value) => (value >>> bit) & 1).length);
    for (const count of set) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(5000));
  });

  it('of uniform lies between 0 and 1, both excluded, evenly', () => {
    const random = randomStream(2, 1, 0);
    const values = Array.from({ length: 100_000 }, () => random.uniform());
    expect(values.every((value) => value > 0 && value < 1)).toBe(true);
    expect(unevenness(countsOf(values, 100))).toBeLessThan(5);
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0.5, 2);
  });

  it.each([1, 2, 3, 10, 1000, 2 ** 31])('of below(%i) reaches all, evenly', (bound) => {
    const random = randomStream(3, 1, 0);
    const values = Array.from({ length: 50_000 }, () => random.below(bound));
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < bound)).toBe(true);
    const bins = Math.min(bound, 100);
    if (bins > 1)
      expect(
        unevenness(
          countsOf(
            values.map((value) => value / bound),
            bins,
          ),
        ),
      ).toBeLessThan(5);
  });

  it('has first numbers that are even over seeds and counters that follow each other', () => {
    for (const stream of [(n: number) => randomStream(n, 2, 0), (n: number) => randomStream(9, 2, n)]) {
      const values = Array.from({ length: 20_000 }, (_, n) => stream(n).uniform());
      expect(unevenness(countsOf(values, 64))).toBeLessThan(5);
    }
  });
});

describe('shuffle', () => {
  it.each([0, 1, 2, 5, 1000])('of %i is a permutation, whatever was there before', (length) => {
    for (const fill of [0, -1, 7]) {
      const order = new Int32Array(length).fill(fill);
      shuffle(order, 1, 2, length);
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index));
    }
  });

  it('draws from the stream of its name', () => {
    const order = new Int32Array(50);
    shuffle(order, 7, 2, 3);
    const random = randomStream(7, 2, 3);
    const expected: number[] = [];
    for (let i = 0; i < 50; i++) {
      const j = random.below(i + 1);
      expected[i] = expected[j];
      expected[j] = i;
    }
    expect(Array.from(order)).toEqual(expected);
  });

  it('is the same for the same stream', () => {
    const [a, b] = [new Int32Array(100), Int32Array.from({ length: 100 }, (_, index) => index)];
    shuffle(a, 5, 2, 1);
    shuffle(b, 5, 2, 1);
    expect(a).toEqual(b);
  });

  it('gives all 24 orders of four equally often', () => {
    const counts = new Map<string, number>();
    const order = new Int32Array(4);
    for (let counter = 0; counter < 24_000; counter++) {
      shuffle(order, 6, 2, counter);
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(unevenness([...counts.values()])).toBeLessThan(5);
  });
});

it('seeds that are drawn are whole numbers of 32 bits, and differ', () => {
  const seeds = Array.from({ length: 100 }, () => randomSeed());
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  expect(new Set(seeds).size).toBeGreaterThan(95);
});
