/**
 * Optimizers, after PyTorch's formulas (version 2, torch.optim). Knows no ops and no layers: one flat run of parameters
 * with its gradients and moments, `bytes` long, a multiple of 32. Hyperparameters come from the step record (abi.ts).
 *
 * Each returns whether gradients, second moments and parameters stayed finite: x - x is 0 for a finite x and NaN otherwise, and a NaN has bits.
 * WebAssembly cannot flush denormals, and those of dead units make an update many times slower (measured 60 times):
 * moments below 1e-30 become 0.
 */
import {
  SCALAR_BETA1, SCALAR_BETA2, SCALAR_EPSILON, SCALAR_GRADIENT_RATE, SCALAR_MOMENTUM, SCALAR_ONE_MINUS_BETA1, SCALAR_ONE_MINUS_BETA2,
  SCALAR_RATE, SCALAR_WEIGHT_DECAY,
} from '../abi';
import { madd } from '../simd';

const NEGLIGIBLE: f32 = 1e-30;
const NEGLIGIBLE_ROOT: f32 = 1e-15;

/** `x`, or 0 where its magnitude is below 1e-30; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function flush(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(NEGLIGIBLE)));
}

/** √v + epsilon, but not below the root of what counts as 0: padding, and v that were flushed, stay quiet without an epsilon. */
// @ts-ignore: decorator
@inline
function denominator(v: v128, epsilon: v128): v128 {
  return f32x4.pmax(f32x4.add(f32x4.sqrt(v), epsilon), f32x4.splat(NEGLIGIBLE_ROOT));
}

/** Adds to `bad` what is not finite in the gradient or the new parameter. */
// @ts-ignore: decorator
@inline
function notFinite(bad: v128, g: v128, w: v128): v128 {
  return v128.or(bad, v128.or(f32x4.sub(g, g), f32x4.sub(w, w)));
}

/** w -= rate · (g + decay · w). */
export function sgd(scalars: usize, w: usize, g: usize, bytes: usize): bool {
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const after = madd(gradient, rate, before);
    v128.store(w, after);
    bad = notFinite(bad, gradient, after);
  }
  return !v128.any_true(bad);
}

/** u = momentum · u + g;  w -= rate · u, or with Nesterov's look-ahead rate · (g + momentum · u). */
export function sgdMomentum(scalars: usize, nesterov: bool, w: usize, g: usize, u: usize, bytes: usize): bool {
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
    const moment = flush(madd(v128.load(u), momentum, gradient));
    v128.store(u, moment);
    // now · g + (ahead or 1) · u, without a branch in the loop.
    const direction = madd(gradient, now, f32x4.mul(moment, f32x4.add(ahead, whole)));
    const after = madd(direction, rate, before);
    v128.store(w, after);
    bad = notFinite(bad, gradient, after);
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
  const rate = v128.load32_splat(scalars, SCALAR_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const zero = f32x4.splat(0);
  const coupledDecay = decoupled ? zero : decay, ownDecay = decoupled ? f32x4.neg(decay) : zero;
  const beta1 = v128.load32_splat(scalars, SCALAR_BETA1), rest1 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA1);
  const beta2 = v128.load32_splat(scalars, SCALAR_BETA2), rest2 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = zero;
  for (const end = w + bytes; w < end; w += 16, g += 16, m += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, coupledDecay, v128.load(g));
    const decayed = madd(before, ownDecay, before);
    const first = flush(madd(v128.load(m), beta1, f32x4.mul(gradient, rest1)));
    let second = flush(madd(v128.load(v), beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2)));
    v128.store(m, first);
    v128.store(v, second);
    if (largest) {
      second = f32x4.pmax(v128.load(largest), second);
      v128.store(largest, second);
      largest += 16;
    }
    const after = f32x4.sub(decayed, f32x4.div(f32x4.mul(first, rate), denominator(second, epsilon)));
    v128.store(w, after);
    bad = notFinite(v128.or(bad, f32x4.sub(second, second)), gradient, after);
  }
  return !v128.any_true(bad);
}

/**
 * m and v as in adam;  w -= (gradientRate · g + rate · m) / (√v + epsilon), with Nesterov's momentum in the two rates
 * (T. Dozat, "Incorporating Nesterov momentum into Adam", 2016); what they are stands in src/training/optimizers.ts.
 */
export function nadam(scalars: usize, w: usize, g: usize, m: usize, v: usize, bytes: usize): bool {
  const rate = v128.load32_splat(scalars, SCALAR_RATE), gradientRate = v128.load32_splat(scalars, SCALAR_GRADIENT_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const beta1 = v128.load32_splat(scalars, SCALAR_BETA1), rest1 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA1);
  const beta2 = v128.load32_splat(scalars, SCALAR_BETA2), rest2 = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, m += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const first = flush(madd(v128.load(m), beta1, f32x4.mul(gradient, rest1)));
    const second = flush(madd(v128.load(v), beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2)));
    v128.store(m, first);
    v128.store(v, second);
    const direction = madd(gradient, gradientRate, f32x4.mul(first, rate));
    const after = f32x4.sub(before, f32x4.div(direction, denominator(second, epsilon)));
    v128.store(w, after);
    bad = notFinite(v128.or(bad, f32x4.sub(second, second)), gradient, after);
  }
  return !v128.any_true(bad);
}

/**
 * v = rho · v + (1 - rho) · g²;  w -= rate · g / (√v + epsilon), or with a momentum buffer `u` (0: none)
 * u = momentum · u + g / (√v + epsilon), w -= rate · u. (G. Hinton, lecture 6e of "Neural networks for machine learning".)
 */
export function rmsprop(scalars: usize, w: usize, g: usize, v: usize, u: usize, bytes: usize): bool {
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const momentum = v128.load32_splat(scalars, SCALAR_MOMENTUM);
  const rho = v128.load32_splat(scalars, SCALAR_BETA2), rest = v128.load32_splat(scalars, SCALAR_ONE_MINUS_BETA2);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, v += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const second = flush(madd(v128.load(v), rho, f32x4.mul(f32x4.mul(gradient, gradient), rest)));
    v128.store(v, second);
    let direction = f32x4.div(gradient, denominator(second, epsilon));
    if (u) {
      direction = flush(madd(v128.load(u), momentum, direction));
      v128.store(u, direction);
      u += 16;
    }
    const after = madd(direction, rate, before);
    v128.store(w, after);
    bad = notFinite(v128.or(bad, f32x4.sub(second, second)), gradient, after);
  }
  return !v128.any_true(bad);
}

/** s = s + g²;  w -= rate · g / (√s + epsilon). (J. Duchi et al., "Adaptive subgradient methods", 2011.) */
export function adagrad(scalars: usize, w: usize, g: usize, s: usize, bytes: usize): bool {
  const rate = v128.load32_splat(scalars, SCALAR_RATE);
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const epsilon = v128.load32_splat(scalars, SCALAR_EPSILON);
  let bad = f32x4.splat(0);
  for (const end = w + bytes; w < end; w += 16, g += 16, s += 16) {
    const before = v128.load(w);
    const gradient = madd(before, decay, v128.load(g));
    const sum = flush(madd(gradient, gradient, v128.load(s)));
    v128.store(s, sum);
    const after = f32x4.sub(before, f32x4.div(f32x4.mul(gradient, rate), denominator(sum, epsilon)));
    v128.store(w, after);
    bad = notFinite(v128.or(bad, f32x4.sub(sum, sum)), gradient, after);
  }
  return !v128.any_true(bad);
}
