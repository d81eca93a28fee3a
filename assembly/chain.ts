/**
 * A training step of a chain of small dense layers (at most 8 units each) on one row, in one op: with so little to compute,
 * going from op to op would take most of the time. The arithmetic is that of the ops it stands for, sum for sum, so its
 * bits are theirs. Knows ops and tensor descriptors, like execute.ts.
 */
import {
  ACTIVATION_LINEAR, FLAG_FUSED, FLAG_UPDATE, OP_A, OP_B, OP_C, OP_D, OP_E, OP_F, OP_FLAGS, OP_G, OP_KIND, OP_MEMBERS, OP_SIZE, PANEL_ROW_BYTES,
  SCALAR_RATE, SCALAR_WEIGHT_DECAY, STATUS_LOSS, STATUS_OK, STATUS_UPDATE, STEP_LOSS, STEP_SCALARS, TENSOR_COLUMNS, TENSOR_DATA, TENSOR_ROWS,
} from './abi';
import { activationBackward, activationForward } from './kernels/activation';
import { outerProduct } from './kernels/gemm';
import { loss, lossSum } from './kernels/loss';
import { madd, sumEach } from './simd';

/** Data of the tensor that an op names at `place`; 0 for "none". */
// @ts-ignore: decorator
@inline
function at(op: usize, place: usize): usize {
  const tensor = <usize>load<u32>(op + place);
  return tensor ? <usize>load<u32>(tensor, TENSOR_DATA) : 0;
}

// @ts-ignore: decorator
@inline
function inputsOf(link: usize): i32 {
  return load<i32>(<usize>load<u32>(link, OP_B), TENSOR_ROWS);
}

// @ts-ignore: decorator
@inline
function unitsOf(link: usize): i32 {
  return load<i32>(<usize>load<u32>(link, OP_B), TENSOR_COLUMNS);
}

/** Runs OP_CHAIN. Returns STATUS_. */
export function runChain(op: usize, step: usize): i32 {
  const first = op + OP_SIZE;
  const last = op + <usize>load<i32>(op, OP_MEMBERS) * OP_SIZE;
  for (let link = first; link <= last; link += OP_SIZE) forwardLink(link);
  const flags = load<i32>(op, OP_FLAGS);
  const losses = at(op, OP_C), delta = at(op, OP_D);
  loss(load<i32>(op, OP_KIND), (flags & FLAG_FUSED) != 0, 1, unitsOf(last), at(last, OP_E), 0, at(op, OP_A), 0, at(op, OP_B), losses, delta, 0, 1, at(op, OP_E));
  const sum = lossSum(1, losses);
  store<f64>(step, sum, STEP_LOSS);
  if (!isFinite(sum)) return STATUS_LOSS;
  let bad = f32x4.splat(0);
  for (let link = last; link >= first; link -= OP_SIZE) {
    bad = v128.or(bad, backwardLink(link, delta, link != first, flags & FLAG_UPDATE ? step + STEP_SCALARS : 0));
  }
  return v128.any_true(bad) ? STATUS_UPDATE : STATUS_OK;
}

/** y = activation(bias + x · W). */
function forwardLink(link: usize): void {
  const units = unitsOf(link), inputs = inputsOf(link);
  const bias = at(link, OP_C), z = at(link, OP_D), x = at(link, OP_A), w = at(link, OP_B);
  v128.store(z, weighted(inputs, x, w, bias));
  v128.store(z, units > 4 ? weighted(inputs, x, w + 16, bias + 16) : f32x4.splat(0), 16);
  const kind = load<i32>(link, OP_KIND);
  if (kind != ACTIVATION_LINEAR) activationForward(kind, 1, units, z, 0, at(link, OP_E), 0);
}

/** bias + x · W for four units. */
// @ts-ignore: decorator
@inline
function weighted(inputs: i32, x: usize, w: usize, bias: usize): v128 {
  let sum = v128.load(bias);
  for (let i = inputs; i > 0; i--) {
    sum = madd(v128.load32_splat(x), v128.load(w), sum);
    x += 4;
    w += PANEL_ROW_BYTES;
  }
  return sum;
}

/**
 * From the gradient of a link's output, in `delta`, to those of its weights and, where there is a link before, of its input, in
 * `delta` again. With `scalars` the weights are updated (sgd); returns what has bits if something became non-finite then.
 */
function backwardLink(link: usize, delta: usize, onward: bool, scalars: usize): v128 {
  const units = unitsOf(link), inputs = inputsOf(link);
  const w = at(link, OP_B);
  const kind = load<i32>(link, OP_KIND);
  if (kind != ACTIVATION_LINEAR) activationBackward(kind, 1, units, at(link, OP_D), 0, at(link, OP_E), 0, delta, 0, delta, 0);
  const d0 = v128.load(delta), d1 = v128.load(delta, 16);
  const x = at(link, OP_A), g = at(link, OP_F);
  const dBias = at(link, OP_G);
  const zero = f32x4.splat(0);
  if (!scalars) outerProduct(inputs, units, x, delta, g, 0, dBias);
  if (onward) {
    v128.store(delta, inputGradient(units > 4, d0, d1, w));
    v128.store(delta, inputs > 4 ? inputGradient(units > 4, d0, d1, w + 4 * PANEL_ROW_BYTES) : zero, 16);
  }
  if (!scalars) return zero;
  const bias = dBias ? at(link, OP_C) : 0;
  const bad = update(inputs, scalars, x, d0, w, g, bias, dBias);
  return units > 4 ? v128.or(bad, update(inputs, scalars, x, d1, w + 16, g + 16, bias ? bias + 16 : 0, dBias + 16)) : bad;
}

/**
 * w -= rate · (g + decay · w) for the weights of four units and, unless it is 0, their bias; the gradients are left at `g` and
 * `dBias` for whoever looks for a mistake. Returns what has bits if something became non-finite.
 */
// @ts-ignore: decorator
@inline
function update(inputs: i32, scalars: usize, x: usize, d: v128, w: usize, g: usize, bias: usize, dBias: usize): v128 {
  const rate = f32x4.neg(v128.load32_splat(scalars, SCALAR_RATE));
  const decay = v128.load32_splat(scalars, SCALAR_WEIGHT_DECAY);
  const zero = f32x4.splat(0);
  let bad = zero;
  for (let i = inputs; i > 0; i--) {
    bad = updateFour(bad, rate, decay, w, g, madd(v128.load32_splat(x), d, zero));
    x += 4;
    w += PANEL_ROW_BYTES;
    g += PANEL_ROW_BYTES;
  }
  return bias ? updateFour(bad, rate, decay, bias, dBias, d) : bad;
}

// @ts-ignore: decorator
@inline
function updateFour(bad: v128, rate: v128, decay: v128, w: usize, to: usize, gradient: v128): v128 {
  v128.store(to, gradient);
  const before = v128.load(w);
  const after = madd(madd(before, decay, gradient), rate, before);
  v128.store(w, after);
  return v128.or(bad, f32x4.sub(after, after));
}

/** dY · Wᵀ for four inputs whose rows of W start at `w`, summed in the order in which `backwardInput` of this binary sums. */
// @ts-ignore: decorator
@inline
function inputGradient(both: bool, d0: v128, d1: v128, w: usize): v128 {
  const zero = f32x4.splat(0);
  if (ASC_FEATURE_RELAXED_SIMD || WIDE) {
    const sum = addColumns(zero, d0, w);
    return both ? addColumns(sum, d1, w + 16) : sum;
  }
  let s0 = madd(d0, v128.load(w), zero), s1 = madd(d0, v128.load(w, 32), zero);
  let s2 = madd(d0, v128.load(w, 64), zero), s3 = madd(d0, v128.load(w, 96), zero);
  if (both) {
    s0 = madd(d1, v128.load(w, 16), s0);
    s1 = madd(d1, v128.load(w, 48), s1);
    s2 = madd(d1, v128.load(w, 80), s2);
    s3 = madd(d1, v128.load(w, 112), s3);
  }
  return sumEach(s0, s1, s2, s3);
}

/** sum + Σ d[j] · column j, of a block of 4 rows and columns. */
// @ts-ignore: decorator
@inline
function addColumns(sum: v128, d: v128, w: usize): v128 {
  const r0 = v128.load(w), r1 = v128.load(w, 32), r2 = v128.load(w, 64), r3 = v128.load(w, 96);
  const low01 = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const low23 = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high01 = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const high23 = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  sum = madd(f32x4.splat(f32x4.extract_lane(d, 0)), i64x2.shuffle(low01, low23, 0, 2), sum);
  sum = madd(f32x4.splat(f32x4.extract_lane(d, 1)), i64x2.shuffle(low01, low23, 1, 3), sum);
  sum = madd(f32x4.splat(f32x4.extract_lane(d, 2)), i64x2.shuffle(high01, high23, 0, 2), sum);
  return madd(f32x4.splat(f32x4.extract_lane(d, 3)), i64x2.shuffle(high01, high23, 1, 3), sum);
}
