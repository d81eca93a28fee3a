/** How far two lists of outputs are apart. Knows no networks. */

/**
 * The largest difference, relative to the largest number wanted: a number near 0 is a sum in which larger ones cancel, and has
 * their rounding.
 */
export function worstDifference(given: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (given.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]));
    const difference = Math.abs(given[i] - wanted[i]);
    // NaN is as far as can be.
    worst = difference >= 0 ? Math.max(worst, difference) : Number.POSITIVE_INFINITY;
  }
  return worst === 0 ? 0 : worst / largest;
}
