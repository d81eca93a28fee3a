/**
 * Losses, each value beside its gradient. Knows no ops.
 *
 * B rows, N columns. For each row r: losses[r] = weight[r] · loss(p, t) and, unless `dp` is 0,
 * dp = gradient of Σ_r losses[r] · `scale`, filled with zeros up to a multiple of 8 columns. `weights` 0 means all one.
 *
 * The `fused` forms take the input of the last activation (logits z) and give the gradient with respect to it:
 * softmax + crossentropy is Σ t · (ln Σ e^z - z), its gradient softmax(z) · Σ t - t; sigmoid + binary crossentropy is
 * max(z, 0) - z · t + ln(1 + e^-|z|), its gradient sigmoid(z) - t. Both are finite for every finite logit.
 * At their kinks hinge (t · p = 1) and mean absolute error (p = t) have gradient 0.
 * Not fused, the logarithm's argument is kept at or above the smallest normal number, and a denominator at 1e-12.
 */
import {
  LOSS_BINARY_CROSSENTROPY, LOSS_CATEGORICAL_CROSSENTROPY, LOSS_HALF_SQUARED_ERROR, LOSS_HINGE, LOSS_HUBER,
  LOSS_KULLBACK_LEIBLER_DIVERGENCE, LOSS_MEAN_ABSOLUTE_ERROR, LOSS_MEAN_SQUARED_ERROR, LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
} from '../abi';
import { expNonPositive, log, log1pUnit, one, sigmoid } from '../math';
import { laneMask, sumLanes } from '../simd';
import { expRow, rowMax } from './activation';

/** Below this, a logarithm or a quotient is taken of it instead: the smallest normal f32. */
const SMALLEST: f32 = 1.1754944e-38;

/** Codes of the fused forms, which share a kind with the plain ones. */
const FUSED: i32 = 64;
const BINARY_FUSED: i32 = LOSS_BINARY_CROSSENTROPY | FUSED;
const CATEGORICAL_FUSED: i32 = LOSS_CATEGORICAL_CROSSENTROPY | FUSED;
const SPARSE_FUSED: i32 = LOSS_SPARSE_CATEGORICAL_CROSSENTROPY | FUSED;

// ---- elementwise losses: value(p, t) and gradient(p, t), summed over a row and divided by `divisor`

// @ts-ignore: decorator
@inline
function elementValue(kind: i32, p: v128, t: v128): v128 {
  if (kind == BINARY_FUSED) {
    const zero = f32x4.splat(0);
    const tail = log1pUnit(expNonPositive(f32x4.neg(f32x4.abs(p))));
    return f32x4.add(f32x4.sub(f32x4.pmax(p, zero), f32x4.mul(p, t)), tail);
  }
  if (kind == LOSS_BINARY_CROSSENTROPY) {
    const low = f32x4.splat(SMALLEST);
    const yes = f32x4.mul(t, log(f32x4.pmax(p, low)));
    const no = f32x4.mul(f32x4.sub(one(), t), log(f32x4.pmax(f32x4.sub(one(), p), low)));
    return f32x4.neg(f32x4.add(yes, no));
  }
  if (kind == LOSS_CATEGORICAL_CROSSENTROPY) {
    return f32x4.neg(f32x4.mul(t, log(f32x4.pmax(p, f32x4.splat(SMALLEST)))));
  }
  if (kind == LOSS_KULLBACK_LEIBLER_DIVERGENCE) {
    // A target of 0 counts 0, whatever its logarithm.
    const low = f32x4.splat(SMALLEST);
    return f32x4.mul(t, f32x4.sub(log(f32x4.pmax(t, low)), log(f32x4.pmax(p, low))));
  }
  if (kind == LOSS_HINGE) return f32x4.pmax(f32x4.sub(one(), f32x4.mul(t, p)), f32x4.splat(0));
  const d = f32x4.sub(p, t);
  if (kind == LOSS_MEAN_ABSOLUTE_ERROR) return f32x4.abs(d);
  if (kind == LOSS_HUBER) {
    const magnitude = f32x4.abs(d), half = f32x4.splat(0.5);
    const inner = f32x4.mul(half, f32x4.mul(d, d));
    return v128.bitselect(f32x4.sub(magnitude, half), inner, f32x4.gt(magnitude, one()));
  }
  return kind == LOSS_HALF_SQUARED_ERROR ? f32x4.mul(f32x4.splat(0.5), f32x4.mul(d, d)) : f32x4.mul(d, d);
}

// @ts-ignore: decorator
@inline
function elementGradient(kind: i32, p: v128, t: v128): v128 {
  if (kind == BINARY_FUSED) return f32x4.sub(sigmoid(p), t);
  if (kind == LOSS_BINARY_CROSSENTROPY) {
    const variance = f32x4.mul(p, f32x4.sub(one(), p));
    return f32x4.div(f32x4.sub(p, t), f32x4.pmax(variance, f32x4.splat(1e-12)));
  }
  if (kind == LOSS_CATEGORICAL_CROSSENTROPY || kind == LOSS_KULLBACK_LEIBLER_DIVERGENCE) {
    return f32x4.neg(f32x4.div(t, f32x4.pmax(p, f32x4.splat(SMALLEST))));
  }
  const zero = f32x4.splat(0);
  if (kind == LOSS_HINGE) return v128.and(f32x4.neg(t), f32x4.gt(f32x4.sub(one(), f32x4.mul(t, p)), zero));
  const d = f32x4.sub(p, t);
  if (kind == LOSS_MEAN_ABSOLUTE_ERROR) {
    return f32x4.sub(v128.and(one(), f32x4.gt(d, zero)), v128.and(one(), f32x4.lt(d, zero)));
  }
  if (kind == LOSS_HUBER) return f32x4.pmin(f32x4.pmax(d, f32x4.neg(one())), one());
  return kind == LOSS_HALF_SQUARED_ERROR ? d : f32x4.add(d, d);
}

// @ts-ignore: decorator
@inline
function elementRows(kind: i32, divisor: f32, B: i32, N: i32, p: usize, pStride: usize, t: usize, tStride: usize, weights: usize, losses: usize, dp: usize, dpStride: usize, scale: f32): void {
  const padded = (N + 7) & ~7;
  for (let r = 0; r < B; r++) {
    const weight: f32 = weights ? load<f32>(weights + (<usize>r << 2)) : 1;
    let sum = f32x4.splat(0);
    for (let c = 0; c < N; c += 4) {
      const at = <usize>c << 2;
      sum = f32x4.add(sum, v128.and(elementValue(kind, v128.load(p + at), v128.load(t + at)), laneMask(c, N)));
    }
    store<f32>(losses + (<usize>r << 2), f32x4.extract_lane(sumLanes(sum), 0) / divisor * weight);
    if (dp) {
      const factor = f32x4.splat(weight * scale / divisor);
      for (let c = 0; c < padded; c += 4) {
        const at = <usize>c << 2;
        const g = f32x4.mul(elementGradient(kind, v128.load(p + at), v128.load(t + at)), factor);
        v128.store(dp + at, v128.and(g, laneMask(c, N)));
      }
      dp += dpStride;
    }
    p += pStride;
    t += tStride;
  }
}

// ---- losses over a whole row

/** Softmax + crossentropy with one target a column. Without `dp`, `spare` (a row) takes the exponentials. */
function categoricalFused(B: i32, N: i32, z: usize, zStride: usize, t: usize, tStride: usize, weights: usize, losses: usize, dz: usize, dzStride: usize, scale: f32, spare: usize): void {
  const padded = (N + 7) & ~7;
  for (let r = 0; r < B; r++) {
    const weight: f32 = weights ? load<f32>(weights + (<usize>r << 2)) : 1;
    const largest = rowMax(N, z);
    const exponentials = dz ? dz : spare;
    const sum = expRow(N, z, largest, exponentials);
    const logSum = log(sum);
    let loss = f32x4.splat(0), mass = f32x4.splat(0);
    for (let c = 0; c < N; c += 4) {
      const at = <usize>c << 2;
      const target = v128.and(v128.load(t + at), laneMask(c, N));
      const distance = f32x4.add(logSum, f32x4.sub(largest, v128.load(z + at)));
      loss = f32x4.add(loss, v128.and(f32x4.mul(target, distance), laneMask(c, N)));
      mass = f32x4.add(mass, target);
    }
    store<f32>(losses + (<usize>r << 2), f32x4.extract_lane(sumLanes(loss), 0) * weight);
    if (dz) {
      const factor = f32x4.splat(weight * scale);
      const share = f32x4.div(sumLanes(mass), sum);
      for (let c = 0; c < padded; c += 4) {
        const at = <usize>c << 2;
        const g = f32x4.sub(f32x4.mul(v128.load(dz + at), share), v128.load(t + at));
        v128.store(dz + at, v128.and(f32x4.mul(g, factor), laneMask(c, N)));
      }
      dz += dzStride;
    }
    z += zStride;
    t += tStride;
  }
}

/** Softmax + crossentropy with one label (i32) a row. */
function sparseFused(B: i32, N: i32, z: usize, zStride: usize, labels: usize, weights: usize, losses: usize, dz: usize, dzStride: usize, scale: f32, spare: usize): void {
  const padded = (N + 7) & ~7;
  for (let r = 0; r < B; r++) {
    const weight: f32 = weights ? load<f32>(weights + (<usize>r << 2)) : 1;
    const label = <usize>load<i32>(labels + (<usize>r << 2)) << 2;
    const largest = rowMax(N, z);
    const sum = expRow(N, z, largest, dz ? dz : spare);
    const distance = f32x4.add(log(sum), f32x4.sub(largest, v128.load32_splat(z + label)));
    store<f32>(losses + (<usize>r << 2), f32x4.extract_lane(distance, 0) * weight);
    if (dz) {
      const factor = weight * scale;
      const share = f32x4.div(f32x4.splat(factor), sum);
      for (let c = 0; c < padded; c += 4) {
        const at = dz + (<usize>c << 2);
        v128.store(at, v128.and(f32x4.mul(v128.load(at), share), laneMask(c, N)));
      }
      store<f32>(dz + label, load<f32>(dz + label) - factor);
      dz += dzStride;
    }
    z += zStride;
  }
}

/** -ln p[label] of outputs that are probabilities already. */
function sparsePlain(B: i32, N: i32, p: usize, pStride: usize, labels: usize, weights: usize, losses: usize, dp: usize, dpStride: usize, scale: f32): void {
  const padded = (N + 7) & ~7;
  for (let r = 0; r < B; r++) {
    const weight: f32 = weights ? load<f32>(weights + (<usize>r << 2)) : 1;
    const label = <usize>load<i32>(labels + (<usize>r << 2)) << 2;
    const kept = f32x4.pmax(v128.load32_splat(p + label), f32x4.splat(SMALLEST));
    store<f32>(losses + (<usize>r << 2), -f32x4.extract_lane(log(kept), 0) * weight);
    if (dp) {
      memory.fill(dp, 0, <usize>padded << 2);
      store<f32>(dp + label, -(weight * scale) / f32x4.extract_lane(kept, 0));
      dp += dpStride;
    }
    p += pStride;
  }
}

/** One loss over B rows; `spare` holds one padded row. See the head of this file. */
export function loss(kind: i32, fused: bool, B: i32, N: i32, p: usize, pStride: usize, t: usize, tStride: usize, weights: usize, losses: usize, dp: usize, dpStride: usize, scale: f32, spare: usize): void {
  switch (fused ? kind | FUSED : kind) {
    case LOSS_MEAN_SQUARED_ERROR: elementRows(LOSS_MEAN_SQUARED_ERROR, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_HALF_SQUARED_ERROR: elementRows(LOSS_HALF_SQUARED_ERROR, 1, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_BINARY_CROSSENTROPY: elementRows(LOSS_BINARY_CROSSENTROPY, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case BINARY_FUSED: elementRows(BINARY_FUSED, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_CATEGORICAL_CROSSENTROPY: elementRows(LOSS_CATEGORICAL_CROSSENTROPY, 1, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_MEAN_ABSOLUTE_ERROR: elementRows(LOSS_MEAN_ABSOLUTE_ERROR, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_HUBER: elementRows(LOSS_HUBER, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_HINGE: elementRows(LOSS_HINGE, <f32>N, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case LOSS_KULLBACK_LEIBLER_DIVERGENCE: elementRows(LOSS_KULLBACK_LEIBLER_DIVERGENCE, 1, B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale); return;
    case CATEGORICAL_FUSED: categoricalFused(B, N, p, pStride, t, tStride, weights, losses, dp, dpStride, scale, spare); return;
    case LOSS_SPARSE_CATEGORICAL_CROSSENTROPY: sparsePlain(B, N, p, pStride, t, weights, losses, dp, dpStride, scale); return;
    case SPARSE_FUSED: sparseFused(B, N, p, pStride, t, weights, losses, dp, dpStride, scale, spare); return;
    default: unreachable();
  }
}

/** Σ losses[0 … B-1], in order, in f64. */
export function lossSum(B: i32, losses: usize): f64 {
  let sum: f64 = 0;
  for (let r = B; r > 0; r--) {
    sum += <f64>load<f32>(losses);
    losses += 4;
  }
  return sum;
}
