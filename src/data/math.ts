/**
 * exp, ln and cos from + − · ÷ alone, because engines differ in the last bits of Math.exp and its kin, and these numbers
 * reach weights (schedules, initial weights). Relative error about 1e-15. Knows nothing else.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 2^n for whole n between -1022 and 1023. */
function power2(n: number): number {
  let result = 1;
  const factor = n < 0 ? 0.5 : 2;
  for (let i = Math.abs(n); i > 0; i--) result *= factor;
  return result;
}

/** e^x: x = n · ln 2 + r, then the power series in r. */
export function exp(x: number): number {
  if (x > 709.7) return Number.POSITIVE_INFINITY;
  if (x < -708) return 0;
  const n = Math.round(x / Math.LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 18; k > 0; k--) sum = 1 + (sum * r) / k;
  return sum * power2(n);
}

/** ln x for x > 0: x = 2^n · m, then ln m = 2 · atanh((m − 1) / (m + 1)) as a series. */
export function log(x: number): number {
  let n = 0;
  let m = x;
  while (m > Math.SQRT2) {
    m /= 2;
    n++;
  }
  while (m < Math.SQRT1_2) {
    m *= 2;
    n--;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 25; k > 0; k -= 2) sum = sum * square + 1 / k;
  return n * LN2_LOW + 2 * s * sum + n * LN2_HIGH;
}

/** base^exponent for base > 0. */
export function power(base: number, exponent: number): number {
  return base === 0 ? Number(exponent === 0) : exp(exponent * log(base));
}

/** cos x for 0 <= x <= 2π, by cos x = 1 − 2 sin²(x / 2) down to a small angle. */
export function cos(x: number): number {
  const folded = x > Math.PI ? 2 * Math.PI - x : x;
  const mirrored = folded > Math.PI / 2;
  const angle = mirrored ? Math.PI - folded : folded;
  const square = angle * angle;
  let sum = 1;
  for (let k = 22; k > 0; k -= 2) sum = 1 - (sum * square) / (k * (k - 1));
  return mirrored ? -sum : sum;
}
