/**
 * Optimizers, after PyTorch's formulas (version 2, torch.optim). Knows no ops and no layers: one flat run of parameters
 * with its gradients and moments, `bytes` long, a multiple of 32. Hyperparameters come from the step record (abi.ts).
 *
 * Each returns whether second moments and parameters stayed finite, which they do not when a gradient is not: x - x is 0 for a
 * finite x and NaN otherwise, and a NaN has bits.
 * WebAssembly cannot flush denormals, and those of dead units make an update many times slower (measured 60 times):
 * moments below 1e-30 become 0.
 */
import {
  SCALAR_BETA1, SCALAR_BETA2, SCALAR_EPSILON, SCALAR_GRADIENT_RATE, SCALAR_MOMENTUM, SCALAR_ONE_MINUS_BETA1, SCALAR_ONE_MINUS_BETA2,
  SCALAR_RATE, SCALAR_WEIGHT_DECAY,
} from '../abi';
import { madd } from '../simd';

const NEGLIGIBLE_ROOT: f32 = 1e-15;
/** Four lanes each, because a splat in a loop costs three instructions: what counts as 0, its root, all bits but the sign. */
const TABLE: usize = memory.data<u32>([
  0x0da24260, 0x0da24260, 0x0da24260, 0x0da24260,
  0x26901d7d, 0x26901d7d, 0x26901d7d, 0x26901d7d,
  0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff,
], 16);
const NEGLIGIBLE = 0;
const ROOT = 16;
const MAGNITUDE = 32;

/** `x`, or 0 where its magnitude is below 1e-30; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function flush(x: v128, negligible: v128, magnitude: v128): v128 {
  return v128.andnot(x, f32x4.lt(v128.and(x, magnitude), negligible));
}

/** `flush` of what is not negative. */
// @ts-ignore: decorator
@inline
function flushSquares(x: v128, negligible: v128): v128 {
  return v128.andnot(x, f32x4.lt(x, negligible));
}

/** √v + epsilon, but not below the root of what counts as 0: padding, and v that were flushed, stay quiet without an epsilon. */
// @ts-ignore: decorator
@inline
function denominator(v: v128, epsilon: v128): v128 {
  return f32x4.pmax(f32x4.add(f32x4.sqrt(v), epsilon), v128.load(TABLE, ROOT));
}

/** Adds to `bad` what is not finite in x. */
// @ts-ignore: decorator
@inline
function notFinite(bad: v128, x: v128): v128 {
  return v128.or(bad, f32x4.sub(x, x));
}

/** w -= rate · (g + decay · w). */
export function sgd(scalars: usize, w: usize, g: usize, bytes: usize): bool {
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 32, g += 32) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    const after0 = madd(madd(w0, decay, v128.load(g)), rate, w0);
    const after1 = madd(madd(w1, decay, v128.load(g, 16)), rate, w1);
    v128.store(w, after0);
    v128.store(w, after1, 16);
    bad = notFinite(notFinite(bad, after0), after1);
  }
  return !v128.any_true(bad);
}

/** u = momentum · u + g;  w -= rate · u, or with Nesterov's look-ahead rate · (g + momentum · u). */
export function sgdMomentum(scalars: usize, nesterov: bool, w: usize, g: usize, u: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE), magnitude = v128.load(TABLE, MAGNITUDE);
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const momentum = v128.load32_splat(scalars, SCALAR_MOMENTUM);
  const ahead = nesterov ? momentum : f32x4.splat(0);
  const now = f32x4.splat(nesterov ? 1 : 0);
  const whole = f32x4.splat(nesterov ? 0 : 1);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, u += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const moment = flush(madd(v128.load(u), momentum, gradient), negligible, magnitude);
    v128.store(u, moment);
    // now · g + (ahead or 1) · u, without a branch in the loop.
    const direction = madd(gradient, now, f32x4.mul(moment, f32x4.add(ahead, whole)));
    const after = madd(direction, rate, before);
    v128.store(w, after);
    bad = notFinite(bad, after);
  }
  return !v128.any_true(bad);
}

/**
 * m = beta1 · m + (1 - beta1) · g;  v = beta2 · v + (1 - beta2) · g²;  w -= rate · m / (√v + epsilon), where rate is
 * learningRate · √c2 / c1 and epsilon is epsilon · √c2, with the bias corrections c1 = 1 - beta1^t and c2 = 1 - beta2^t.
 * (D. Kingma, J. Ba, "Adam", 2015, end of section 2.) `decoupled`: w decays by itself before (I. Loshchilov, F. Hutter,
 * "Decoupled weight decay regularization", 2019). `largest`, unless 0, keeps the largest v, which is then divided by
 * (S. Reddi et al., "On the convergence of Adam and beyond", 2018).
 */
export function adam(scalars: usize, decoupled: bool, w: usize, g: usize, m: usize, v: usize, largest: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE), magnitude = v128.load(TABLE, MAGNITUDE);
  const rate = v128.load32_splat(scalars, SCALAR_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const zero = f32x4.splat(0);
  const coupledDecay = decoupled ? zero : decay, ownDecay = decoupled ? f32x4.neg(decay) : zero;
  const beta1 = v128.load32_splat(scalars, SCALAR_BETA1), rest1 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA1);
  const beta2 = v128.load32_splat(scalars, SCALAR_BETA2), rest2 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  if (!largest && load<f32>(scalars, SCALAR_WEIGHT_DECAY) == 0 && load<f32>(scalars, SCALAR_EPSILON) >= NEGLIGIBLE_ROOT) {
    return plainAdam(rate, beta1, rest1, beta2, rest2, epsilon, w, g, m, v, bytes);
  }
  let bad = zero;
  for (const end = w + bytes; w < end; w += 16, g += 16, m += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, coupledDecay, v128.load(g));
    const decayed = madd(before, ownDecay, before);
    const first = flush(madd(v128.load(m), beta1, f32x4.mul(gradient, rest1)), negligible, magnitude);
    let second = flushSquares(madd(v128.load(v), beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2)), negligible);
    v128.store(m, first);
    v128.store(v, second);
    if (largest) {
      second = f32x4.pmax(v128.load(largest), second);
      v128.store(largest, second);
      largest += 16;
    }
    const after = f32x4.sub(decayed, f32x4.div(f32x4.mul(first, rate), denominator(second, epsilon)));
    v128.store(w, after);
    bad = notFinite(notFinite(bad, second), after);
  }
  return !v128.any_true(bad);
}

/** adam as almost always: no decay, no largest moments, an epsilon that keeps the denominator away from 0. The same bits. */
function plainAdam(rate: v128, beta1: v128, rest1: v128, beta2: v128, rest2: v128, epsilon: v128, w: usize, g: usize, m: usize, v: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE), magnitude = v128.load(TABLE, MAGNITUDE);
  // 0 · x is 0 for a finite x and NaN otherwise, and a sum with a NaN stays one: with a fused multiply-add one instruction.
  const zero = f32x4.splat(0);
  let bad0 = zero, bad1 = zero;
  for (const end = w + bytes; w < end; w += 32, g += 32, m += 32, v += 32) {
    const g0 = v128.load(g);
    const second0 = flushSquares(madd(v128.load(v), beta2, f32x4.mul(f32x4.mul(g0, g0), rest2)), negligible);
    v128.store(v, second0);
    const first0 = flush(madd(v128.load(m), beta1, f32x4.mul(g0, rest1)), negligible, magnitude);
    v128.store(m, first0);
    const after0 = f32x4.sub(v128.load(w), f32x4.div(f32x4.mul(first0, rate), f32x4.add(f32x4.sqrt(second0), epsilon)));
    v128.store(w, after0);
    bad0 = madd(after0, zero, madd(second0, zero, bad0));
    const g1 = v128.load(g, 16);
    const second1 = flushSquares(madd(v128.load(v, 16), beta2, f32x4.mul(f32x4.mul(g1, g1), rest2)), negligible);
    v128.store(v, second1, 16);
    const first1 = flush(madd(v128.load(m, 16), beta1, f32x4.mul(g1, rest1)), negligible, magnitude);
    v128.store(m, first1, 16);
    const after1 = f32x4.sub(v128.load(w, 16), f32x4.div(f32x4.mul(first1, rate), f32x4.add(f32x4.sqrt(second1), epsilon)));
    v128.store(w, after1, 16);
    bad1 = madd(after1, zero, madd(second1, zero, bad1));
  }
  const bad = f32x4.add(bad0, bad1);
  return !v128.any_true(f32x4.ne(bad, bad));
}

/**
 * m and v as in adam;  w -= (gradientRate · g + rate · m) / (√v + epsilon), with Nesterov's momentum in the two rates
 * (T. Dozat, "Incorporating Nesterov momentum into Adam", 2016); what they are stands in src/training/optimizers.ts.
 */
export function nadam(scalars: usize, w: usize, g: usize, m: usize, v: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE), magnitude = v128.load(TABLE, MAGNITUDE);
  const rate = v128.load32_splat(scalars, SCALAR_RATE), gradientRate = v128.load32_splat(scalars, SCALAR_GRADIENT_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const beta1 = v128.load32_splat(scalars, SCALAR_BETA1), rest1 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA1);
  const beta2 = v128.load32_splat(scalars, SCALAR_BETA2), rest2 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, m += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const first = flush(madd(v128.load(m), beta1, f32x4.mul(gradient, rest1)), negligible, magnitude);
    const second = flushSquares(madd(v128.load(v), beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2)), negligible);
    v128.store(m, first);
    v128.store(v, second);
    const direction = madd(gradient, gradientRate, f32x4.mul(first, rate));
    const after = f32x4.sub(before, f32x4.div(direction, denominator(second, epsilon)));
    v128.store(w, after);
    bad = notFinite(notFinite(bad, second), after);
  }
  return !v128.any_true(bad);
}

/**
 * v = rho · v + (1 - rho) · g²;  w -= rate · g / (√v + epsilon), or with a momentum buffer `u` (0: none)
 * u = momentum · u + g / (√v + epsilon), w -= rate · u. (G. Hinton, lecture 6e of "Neural networks for machine learning".)
 */
export function rmsprop(scalars: usize, w: usize, g: usize, v: usize, u: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE), magnitude = v128.load(TABLE, MAGNITUDE);
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const momentum = v128.load32_splat(scalars, SCALAR_MOMENTUM);
  const rho = v128.load32_splat(scalars, SCALAR_BETA2), rest = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const second = flushSquares(madd(v128.load(v), rho, f32x4.mul(f32x4.mul(gradient, gradient), rest)), negligible);
    v128.store(v, second);
    let direction = f32x4.div(gradient, denominator(second, epsilon));
    if (u) {
      direction = flush(madd(v128.load(u), momentum, direction), negligible, magnitude);
      v128.store(u, direction);
      u += 16;
    }
    const after = madd(direction, rate, before);
    v128.store(w, after);
    bad = notFinite(notFinite(bad, second), after);
  }
  return !v128.any_true(bad);
}

/** s = s + g²;  w -= rate · g / (√s + epsilon). (J. Duchi et al., "Adaptive subgradient methods", 2011.) */
export function adagrad(scalars: usize, w: usize, g: usize, s: usize, bytes: usize): bool {
  const negligible = v128.load(TABLE, NEGLIGIBLE);
  const rate = v128.load32_splat(scalars, SCALAR_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, s += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const sum = flushSquares(madd(gradient, gradient, v128.load(s)), negligible);
    v128.store(s, sum);
    const after = f32x4.sub(before, f32x4.div(f32x4.mul(gradient, rate), denominator(sum, epsilon)));
    v128.store(w, after);
    bad = notFinite(notFinite(bad, sum), after);
  }
  return !v128.any_true(bad);
}
