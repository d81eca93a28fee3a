/**
 * Elementary functions on four f32 lanes. Knows nothing of tensors.
 *
 * Constants come from a read-only table, four lanes each: a splat inside a loop costs three instructions, a load none.
 * Polynomials and range reductions are those of the Cephes library (S. Moshier, single precision: expf, logf, tanhf). Long
 * polynomials are summed in pairs (G. Estrin): it is waiting for one sum after the other that takes the time.
 * pmin and pmax are single instructions where min and max cost about eight; `pmax(x, lo)` keeps a NaN in x.
 */
import { madd } from './simd';

const TABLE: usize = memory.data<f32>([
  -87.33654, -87.33654, -87.33654, -87.33654,
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341,
  12582912, 12582912, 12582912, 12582912,
  -0.693359375, -0.693359375, -0.693359375, -0.693359375,
  2.12194440e-4, 2.12194440e-4, 2.12194440e-4, 2.12194440e-4,
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1, 1, 1, 1,
  2, 2, 2, 2,
  0.625, 0.625, 0.625, 0.625,
  -5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3,
  2.06390887954e-2, 2.06390887954e-2, 2.06390887954e-2, 2.06390887954e-2,
  -5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2,
  1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1,
  -3.33332819422e-1, -3.33332819422e-1, -3.33332819422e-1, -3.33332819422e-1,
  0.707106781186547524, 0.707106781186547524, 0.707106781186547524, 0.707106781186547524,
  7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2,
  -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1,
  1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1,
  -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1,
  1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1,
  -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1,
  2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1,
  -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1,
  3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1,
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4,
  -0.5, -0.5, -0.5, -0.5,
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -0.0, -0.0, -0.0, -0.0,
], 16);

const NORMAL: usize = memory.data<f32>([
  0.7071067811865476, 0.7071067811865476, 0.7071067811865476, 0.7071067811865476,
  0.5, 0.5, 0.5, 0.5,
  0.17087277, 0.17087277, 0.17087277, 0.17087277,
  -0.82215223, -0.82215223, -0.82215223, -0.82215223,
  1.48851587, 1.48851587, 1.48851587, 1.48851587,
  -1.13520398, -1.13520398, -1.13520398, -1.13520398,
  0.27886807, 0.27886807, 0.27886807, 0.27886807,
  -0.18628806, -0.18628806, -0.18628806, -0.18628806,
  0.09678418, 0.09678418, 0.09678418, 0.09678418,
  0.37409196, 0.37409196, 0.37409196, 0.37409196,
  1.00002368, 1.00002368, 1.00002368, 1.00002368,
  -1.26551223, -1.26551223, -1.26551223, -1.26551223,
  0.3989422804014327, 0.3989422804014327, 0.3989422804014327, 0.3989422804014327,
], 16);

const QUANTILE: usize = memory.data<f32>([
  2.81022636e-08, 2.81022636e-08, 2.81022636e-08, 2.81022636e-08,
  3.43273939e-07, 3.43273939e-07, 3.43273939e-07, 3.43273939e-07,
  -3.5233877e-06, -3.5233877e-06, -3.5233877e-06, -3.5233877e-06,
  -4.39150654e-06, -4.39150654e-06, -4.39150654e-06, -4.39150654e-06,
  0.00021858087, 0.00021858087, 0.00021858087, 0.00021858087,
  -0.00125372503, -0.00125372503, -0.00125372503, -0.00125372503,
  -0.00417768164, -0.00417768164, -0.00417768164, -0.00417768164,
  0.246640727, 0.246640727, 0.246640727, 0.246640727,
  1.50140941, 1.50140941, 1.50140941, 1.50140941,
  -0.000200214257, -0.000200214257, -0.000200214257, -0.000200214257,
  0.000100950558, 0.000100950558, 0.000100950558, 0.000100950558,
  0.00134934322, 0.00134934322, 0.00134934322, 0.00134934322,
  -0.00367342844, -0.00367342844, -0.00367342844, -0.00367342844,
  0.00573950773, 0.00573950773, 0.00573950773, 0.00573950773,
  -0.0076224613, -0.0076224613, -0.0076224613, -0.0076224613,
  0.00943887047, 0.00943887047, 0.00943887047, 0.00943887047,
  1.00167406, 1.00167406, 1.00167406, 1.00167406,
  2.83297682, 2.83297682, 2.83297682, 2.83297682,
  1.4142135623730951, 1.4142135623730951, 1.4142135623730951, 1.4142135623730951,
], 16);

// Byte offsets into the table, in its order.
const EXP_LOW = 0;
const LOG2_E = 16;
const ROUND = 32;
const MINUS_LN2_HIGH = 48;
const LN2_LOW = 64;
const EXP_POLYNOMIAL = 80;
const ONE = 176;
const TWO = 192;
const TANH_SPLIT = 208;
const TANH_POLYNOMIAL = 224;
const SQRT_HALF = 304;
const LOG_POLYNOMIAL = 320;
const MINUS_LN2_LOW = 464;
const MINUS_HALF = 480;
const LN2_HIGH = 496;
const SIGN = 512;

/** 1 in every lane. */
// @ts-ignore: decorator
@inline
export function one(): v128 {
  return v128.load(TABLE, ONE);
}

/** (e^r - 1 - r) / r² for |r| <= ln 2 / 2; `square` is r². */
// @ts-ignore: decorator
@inline
function expTail(r: v128, square: v128): v128 {
  const a = madd(v128.load(TABLE, EXP_POLYNOMIAL), r, v128.load(TABLE, EXP_POLYNOMIAL + 16));
  const b = madd(v128.load(TABLE, EXP_POLYNOMIAL + 32), r, v128.load(TABLE, EXP_POLYNOMIAL + 48));
  const c = madd(v128.load(TABLE, EXP_POLYNOMIAL + 64), r, v128.load(TABLE, EXP_POLYNOMIAL + 80));
  return madd(madd(a, square, b), square, c);
}

/** e^r with x = n · ln 2 + r; `t` carries n in its low bits. */
// @ts-ignore: decorator
@inline
function expReduced(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, v128.load(TABLE, ROUND));
  let r = madd(n, v128.load(TABLE, MINUS_LN2_HIGH), x);
  r = madd(n, v128.load(TABLE, LN2_LOW), r);
  const square = f32x4.mul(r, r);
  return madd(expTail(r, square), square, f32x4.add(r, v128.load(TABLE, ONE)));
}

/** e^x for x <= 0: at most 2 ulp; 0 below the logarithm of the smallest normal number; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function expNonPositive(x: v128): v128 {
  const clamped = f32x4.pmax(x, v128.load(TABLE, EXP_LOW));
  const t = madd(clamped, v128.load(TABLE, LOG2_E), v128.load(TABLE, ROUND));
  const y = i32x4.add(expReduced(clamped, t), i32x4.shl(t, 23));
  return v128.andnot(y, f32x4.lt(x, v128.load(TABLE, EXP_LOW)));
}

/** -|x|. */
// @ts-ignore: decorator
@inline
function negativeMagnitude(x: v128): v128 {
  return v128.or(x, v128.load(TABLE, SIGN));
}

/** 1 / (1 + e^-x), by e^-|x| so that nothing overflows and small results keep their digits. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = expNonPositive(negativeMagnitude(x));
  const numerator = v128.bitselect(e, v128.load(TABLE, ONE), f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(numerator, f32x4.add(v128.load(TABLE, ONE), e));
}

/** tanh x: an odd polynomial below 0.625, else 1 - 2 / (e^2|x| + 1) written with e^-2|x|. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const sign = v128.and(x, v128.load(TABLE, SIGN));
  const magnitude = v128.xor(x, sign);
  const square = f32x4.mul(x, x);
  let p = madd(v128.load(TABLE, TANH_POLYNOMIAL), square, v128.load(TABLE, TANH_POLYNOMIAL + 16));
  p = madd(p, square, v128.load(TABLE, TANH_POLYNOMIAL + 32));
  p = madd(p, square, v128.load(TABLE, TANH_POLYNOMIAL + 48));
  p = madd(p, square, v128.load(TABLE, TANH_POLYNOMIAL + 64));
  p = madd(f32x4.mul(p, square), magnitude, magnitude);
  const e = expNonPositive(negativeMagnitude(f32x4.add(x, x)));
  const unit = v128.load(TABLE, ONE);
  const q = f32x4.sub(unit, f32x4.div(f32x4.mul(v128.load(TABLE, TWO), e), f32x4.add(unit, e)));
  return v128.or(v128.bitselect(p, q, f32x4.lt(magnitude, v128.load(TABLE, TANH_SPLIT))), sign);
}

/** ln x for normal x > 0, at most 1 ulp; NaN stays NaN. The caller keeps zero, negatives and infinity away. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // x = 2^e · m with m between sqrt(1/2) and sqrt(2); ln x = e · ln 2 + ln m, ln m by a polynomial in m - 1.
  const split = v128.load(TABLE, SQRT_HALF);
  const bits = i32x4.sub(x, split);
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), split);
  const f = f32x4.sub(m, v128.load(TABLE, ONE));
  const square = f32x4.mul(f, f);
  const fourth = f32x4.mul(square, square);
  const a = madd(v128.load(TABLE, LOG_POLYNOMIAL), f, v128.load(TABLE, LOG_POLYNOMIAL + 16));
  const b = madd(v128.load(TABLE, LOG_POLYNOMIAL + 32), f, v128.load(TABLE, LOG_POLYNOMIAL + 48));
  const c = madd(v128.load(TABLE, LOG_POLYNOMIAL + 64), f, v128.load(TABLE, LOG_POLYNOMIAL + 80));
  const d = madd(v128.load(TABLE, LOG_POLYNOMIAL + 96), f, v128.load(TABLE, LOG_POLYNOMIAL + 112));
  let p = madd(madd(a, square, b), fourth, madd(c, square, d));
  p = madd(p, f, v128.load(TABLE, LOG_POLYNOMIAL + 128));
  p = f32x4.mul(f32x4.mul(p, f), square);
  p = madd(e, v128.load(TABLE, MINUS_LN2_LOW), p);
  p = madd(square, v128.load(TABLE, MINUS_HALF), p);
  // x - x is 0, but for a NaN, whose bits would pass for a number otherwise.
  return f32x4.add(madd(e, v128.load(TABLE, LN2_HIGH), f32x4.add(f, p)), f32x4.sub(x, x));
}

/**
 * ln(1 + e) for 0 <= e <= 1: ln w with w = 1 + e rounded, plus what the rounding took away over w, so that small e keep their
 * digits. 1 / w by 1 - e + e² / 2: the rest is below a quarter of the last digit.
 */
// @ts-ignore: decorator
@inline
export function log1pUnit(e: v128): v128 {
  const unit = v128.load(TABLE, ONE);
  const w = f32x4.add(unit, e);
  const lost = f32x4.sub(e, f32x4.sub(w, unit));
  const reciprocal = madd(madd(e, v128.load(TABLE, MINUS_HALF), unit), f32x4.neg(e), unit);
  return madd(lost, reciprocal, log(w));
}

/** e^x - 1 for x <= 0, with all digits near 0: 2^n · (e^r - 1) + (2^n - 1). */
// @ts-ignore: decorator
@inline
export function expm1NonPositive(x: v128): v128 {
  const clamped = f32x4.pmax(x, v128.load(TABLE, EXP_LOW));
  const t = madd(clamped, v128.load(TABLE, LOG2_E), v128.load(TABLE, ROUND));
  const n = f32x4.sub(t, v128.load(TABLE, ROUND));
  let r = madd(n, v128.load(TABLE, MINUS_LN2_HIGH), clamped);
  r = madd(n, v128.load(TABLE, LN2_LOW), r);
  const square = f32x4.mul(r, r);
  const p = madd(expTail(r, square), square, r);
  const unit = v128.load(TABLE, ONE);
  const power = i32x4.add(unit, i32x4.shl(t, 23));
  return madd(power, p, f32x4.sub(power, unit));
}

/** ln(1 + e^x), as max(x, 0) + ln(1 + e^-|x|). */
// @ts-ignore: decorator
@inline
export function softplus(x: v128): v128 {
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1pUnit(expNonPositive(negativeMagnitude(x))));
}

/**
 * The normal distribution's Φ(x) = erfc(-x / √2) / 2, relative error 1.2e-7 before rounding (W. Press et al., "Numerical
 * Recipes", erfcc: a Chebyshev fit in t = 1 / (1 + |x| / 2√2)).
 */
// @ts-ignore: decorator
@inline
export function normalCdf(x: v128): v128 {
  const a = f32x4.mul(f32x4.abs(x), v128.load(NORMAL, 0));
  const unit = v128.load(TABLE, ONE);
  const t = f32x4.div(unit, madd(a, v128.load(NORMAL, 16), unit));
  const t2 = f32x4.mul(t, t);
  const c0 = madd(v128.load(NORMAL, 32), t, v128.load(NORMAL, 48));
  const c1 = madd(v128.load(NORMAL, 64), t, v128.load(NORMAL, 80));
  const c2 = madd(v128.load(NORMAL, 96), t, v128.load(NORMAL, 112));
  const c3 = madd(v128.load(NORMAL, 128), t, v128.load(NORMAL, 144));
  const c4 = madd(v128.load(NORMAL, 160), t, v128.load(NORMAL, 176));
  let p = madd(madd(c0, t2, c1), f32x4.mul(t2, t2), madd(c2, t2, c3));
  p = madd(p, t2, c4);
  const e = expNonPositive(f32x4.sub(p, f32x4.mul(a, a)));
  const tail = f32x4.mul(f32x4.mul(v128.load(NORMAL, 16), t), e);
  return v128.bitselect(f32x4.sub(unit, tail), tail, f32x4.gt(x, f32x4.splat(0)));
}

/** The normal distribution's density e^(-x² / 2) / √2π. */
// @ts-ignore: decorator
@inline
export function normalDensity(x: v128): v128 {
  const square = f32x4.mul(f32x4.mul(x, x), v128.load(TABLE, MINUS_HALF));
  return f32x4.mul(expNonPositive(square), v128.load(NORMAL, 192));
}

/**
 * Quantile of the normal distribution at (u + 1) / 2 for -1 < u < 1: √2 · erfinv(u) (M. Giles, "Approximating the erfinv
 * function", 2010, single precision).
 */
// @ts-ignore: decorator
@inline
export function normalQuantile(u: v128): v128 {
  const unit = v128.load(TABLE, ONE);
  const w = f32x4.neg(log(f32x4.mul(f32x4.sub(unit, u), f32x4.add(unit, u))));
  const c = f32x4.sub(w, f32x4.splat(2.5));
  let p = madd(v128.load(QUANTILE, 0), c, v128.load(QUANTILE, 16));
  p = madd(p, c, v128.load(QUANTILE, 32));
  p = madd(p, c, v128.load(QUANTILE, 48));
  p = madd(p, c, v128.load(QUANTILE, 64));
  p = madd(p, c, v128.load(QUANTILE, 80));
  p = madd(p, c, v128.load(QUANTILE, 96));
  p = madd(p, c, v128.load(QUANTILE, 112));
  p = madd(p, c, v128.load(QUANTILE, 128));
  const d = f32x4.sub(f32x4.sqrt(w), f32x4.splat(3));
  let q = madd(v128.load(QUANTILE, 144), d, v128.load(QUANTILE, 160));
  q = madd(q, d, v128.load(QUANTILE, 176));
  q = madd(q, d, v128.load(QUANTILE, 192));
  q = madd(q, d, v128.load(QUANTILE, 208));
  q = madd(q, d, v128.load(QUANTILE, 224));
  q = madd(q, d, v128.load(QUANTILE, 240));
  q = madd(q, d, v128.load(QUANTILE, 256));
  q = madd(q, d, v128.load(QUANTILE, 272));
  const root = v128.bitselect(p, q, f32x4.lt(w, f32x4.splat(5)));
  return f32x4.mul(f32x4.mul(root, u), v128.load(QUANTILE, 288));
}
