// What the tests of foreign models share.

import type { Prediction } from '../../src/index.js';

/** Largest difference between what is predicted and the rows that are expected, relative to 1 or the value. */
export function largestDifference({ data, rows, columns }: Prediction, expected: readonly (readonly number[])[]): number {
  if (rows !== expected.length || columns !== expected[0].length) {
    throw new Error(`${rows} rows of ${columns} columns where ${expected.length} of ${expected[0].length} are expected`);
  }
  return expected.flat().reduce((largest, value, index) => {
    const difference = Math.abs(data[index] - value) / Math.max(1, Math.abs(value));
    return Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }, 0);
}
