/**
 * Elementary functions on four f32 lanes. Knows nothing of tensors.
 *
 * Constants come from a read-only table, four lanes each: a splat inside a loop costs three instructions, a load none.
 * The exponential's polynomial and range reduction are those of the Cephes library (S. Moshier, expf). The polynomials
 * of artanh and of the normal distribution are the best of their degree by weighted least squares (C. Lawson). Long
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
  0.14012232422828674, 0.14012232422828674, 0.14012232422828674, 0.14012232422828674,
  0.13999569416046143, 0.13999569416046143, 0.13999569416046143, 0.13999569416046143,
  0.20010849833488464, 0.20010849833488464, 0.20010849833488464, 0.20010849833488464,
  0.3333320617675781, 0.3333320617675781, 0.3333320617675781, 0.3333320617675781,
  0.707106781186547524, 0.707106781186547524, 0.707106781186547524, 0.707106781186547524,
  0.14935864508152008, 0.14935864508152008, 0.14935864508152008, 0.14935864508152008,
  0.1998877078294754, 0.1998877078294754, 0.1998877078294754, 0.1998877078294754,
  0.3333338797092438, 0.3333338797092438, 0.3333338797092438, 0.3333338797092438,
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4,
  -0.5, -0.5, -0.5, -0.5,
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -0.0, -0.0, -0.0, -0.0,
], 16);

const NORMAL: usize = memory.data<f32>([
  0.305, 0.305, 0.305, 0.305,
  0.03669917583465576, 0.03669917583465576, 0.03669917583465576, 0.03669917583465576,
  -0.1529882401227951, -0.1529882401227951, -0.1529882401227951, -0.1529882401227951,
  0.18571676313877106, 0.18571676313877106, 0.18571676313877106, 0.18571676313877106,
  -0.0379767082631588, -0.0379767082631588, -0.0379767082631588, -0.0379767082631588,
  0.12102161347866058, 0.12102161347866058, 0.12102161347866058, 0.12102161347866058,
  0.10342088341712952, 0.10342088341712952, 0.10342088341712952, 0.10342088341712952,
  0.12246681749820709, 0.12246681749820709, 0.12246681749820709, 0.12246681749820709,
  0.12163973599672318, 0.12163973599672318, 0.12163973599672318, 0.12163973599672318,
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
const ATANH_POLYNOMIAL = 208;
const SQRT_HALF = 272;
const LOG_POLYNOMIAL = 288;
const MINUS_LN2_LOW = 336;
const MINUS_HALF = 352;
const LN2_HIGH = 368;
const SIGN = 384;

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

/** tanh x: -m / (2 + m) with m = e^-2|x| - 1, which has all its digits near 0, and the sign of x; at most 3 ulp. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const m = expm1NonPositive(negativeMagnitude(f32x4.add(x, x)));
  return v128.bitselect(x, f32x4.div(m, f32x4.add(v128.load(TABLE, TWO), m)), v128.load(TABLE, SIGN));
}

/**
 * ln x for normal x > 0, at most 2 ulp; NaN stays NaN. The caller keeps zero, negatives and infinity away.
 * x = 2^e · m with m between √½ and √2; ln x = e · ln 2 + 2 · artanh(s) with s = (m - 1) / (m + 1), at most 0.18.
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const split = v128.load(TABLE, SQRT_HALF);
  const bits = i32x4.sub(x, split);
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), split);
  const f = f32x4.sub(m, v128.load(TABLE, ONE));
  const s = f32x4.div(f, f32x4.add(v128.load(TABLE, TWO), f));
  const square = f32x4.mul(s, s);
  const twice = f32x4.add(s, s);
  let p = madd(v128.load(TABLE, LOG_POLYNOMIAL), square, v128.load(TABLE, LOG_POLYNOMIAL + 16));
  p = madd(p, square, v128.load(TABLE, LOG_POLYNOMIAL + 32));
  p = madd(f32x4.mul(twice, square), p, f32x4.mul(e, v128.load(TABLE, MINUS_LN2_LOW)));
  // x - x is 0, but for a NaN, whose bits would pass for a number otherwise.
  return f32x4.add(madd(e, v128.load(TABLE, LN2_HIGH), f32x4.add(twice, p)), f32x4.sub(x, x));
}

/** ln(1 + e) for 0 <= e <= 1, at most 2 ulp: 2 · artanh(s) with s = e / (2 + e), at most 1 / 3. */
// @ts-ignore: decorator
@inline
export function log1pUnit(e: v128): v128 {
  const s = f32x4.div(e, f32x4.add(v128.load(TABLE, TWO), e));
  const square = f32x4.mul(s, s);
  const twice = f32x4.add(s, s);
  let p = madd(v128.load(TABLE, ATANH_POLYNOMIAL), square, v128.load(TABLE, ATANH_POLYNOMIAL + 16));
  p = madd(p, square, v128.load(TABLE, ATANH_POLYNOMIAL + 32));
  p = madd(p, square, v128.load(TABLE, ATANH_POLYNOMIAL + 48));
  return madd(f32x4.mul(twice, square), p, twice);
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

/** e^(-x² / 2). */
// @ts-ignore: decorator
@inline
export function bell(x: v128): v128 {
  return expNonPositive(f32x4.mul(f32x4.mul(x, x), v128.load(TABLE, MINUS_HALF)));
}

/**
 * The normal distribution's Φ(x), given e^(-x² / 2): below 0 that times t · p(t) with t = 1 / (1 + 0.305 |x|), relative error
 * 1e-7 before rounding; above 0 what that leaves of 1. The form is that of M. Abramowitz and I. Stegun, 26.2.17.
 */
// @ts-ignore: decorator
@inline
export function normalCdf(x: v128, bell: v128): v128 {
  const unit = v128.load(TABLE, ONE);
  const t = f32x4.div(unit, madd(f32x4.abs(x), v128.load(NORMAL, 0), unit));
  const t2 = f32x4.mul(t, t);
  const c0 = madd(v128.load(NORMAL, 16), t, v128.load(NORMAL, 32));
  const c1 = madd(v128.load(NORMAL, 48), t, v128.load(NORMAL, 64));
  const c2 = madd(v128.load(NORMAL, 80), t, v128.load(NORMAL, 96));
  const c3 = madd(v128.load(NORMAL, 112), t, v128.load(NORMAL, 128));
  const p = madd(madd(c0, t2, c1), f32x4.mul(t2, t2), madd(c2, t2, c3));
  const tail = f32x4.mul(f32x4.mul(t, p), bell);
  return v128.bitselect(f32x4.sub(unit, tail), tail, f32x4.gt(x, f32x4.splat(0)));
}

/** The normal distribution's density e^(-x² / 2) / √2π, given e^(-x² / 2). */
// @ts-ignore: decorator
@inline
export function normalDensity(bell: v128): v128 {
  return f32x4.mul(bell, v128.load(NORMAL, 144));
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
