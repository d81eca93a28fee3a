/**
 * What rounding to f32 may cost, for tests that compare f32 with an exact value. Knows no ops.
 * One operation errs by at most U relative to its result; n of them in a row by n · U, to first order (N. Higham,
 * "Accuracy and Stability of Numerical Algorithms", chapter 3).
 */

/** Half the distance from 1 to the next f32. */
export const U = 2 ** -24;
/** The smallest normal f32; below it results may be flushed or lose digits. */
export const SMALLEST = 2 ** -126;

/** An exact value and how far from it f32 arithmetic may end. */
export interface Bounded {
  readonly value: number;
  readonly error: number;
}

/** A value that must be met exactly. */
export function exactly(value: number): Bounded {
  return { value, error: 0 };
}

/** A value after `operations` roundings of intermediate results no larger than `magnitude`. */
export function rounded(value: number, operations: number, magnitude = Math.abs(value)): Bounded {
  return { value, error: operations * U * magnitude + operations * SMALLEST };
}

/** The distance from one f32 to the next at the magnitude of `x`. */
export function ulp(x: number): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(x), SMALLEST)));
  return 2 ** (exponent - 23);
}

/** Where `actual` is further from `expected` than it may be: one line each, none if all is well. */
export function violations(actual: ArrayLike<number>, expected: readonly Bounded[]): string[] {
  if (actual.length !== expected.length) return [`${actual.length} values instead of ${expected.length}`];
  const bad = expected.flatMap(({ value, error }, at) =>
    Object.is(actual[at], value) || Math.abs(actual[at] - value) <= error ? [] : [`[${at}]: ${actual[at]}, expected ${value} ± ${error}`],
  );
  return bad.slice(0, 5);
}
