/**
 * Activations, each beside its derivative. Elementwise ones work on whole vectors of padded rows; softmax on rows.
 * Knows no ops. A new one: a constant in abi.ts, one case in `value`, one in `derivative`, one row in src/activations.ts.
 *
 * B rows, N columns; `dz` may be the same region as `dy`. Padding: y's stays finite, dz's stays zero because dy's is.
 */
import {
  ACTIVATION_ELU, ACTIVATION_GELU, ACTIVATION_LEAKY_RELU, ACTIVATION_LINEAR, ACTIVATION_RELU, ACTIVATION_SELU, ACTIVATION_SIGMOID, ACTIVATION_SILU,
  ACTIVATION_SOFTMAX, ACTIVATION_SOFTPLUS, ACTIVATION_SOFTSIGN, ACTIVATION_TANH,
} from '../abi';
import { bell, expm1NonPositive, expNonPositive, normalCdf, normalDensity, one, sigmoid, softplus, tanh } from '../math';
import { laneMask, madd, maxLanes, sumLanes } from '../simd';

/** Slope of leakyRelu below 0. */
const LEAK: f32 = 0.01;
/** G. Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_ALPHA: f32 = 1.6732632423543772;
const HUGE: f32 = 1e30;

/** y = kind(z), one vector. */
// @ts-ignore: decorator
@inline
function value(kind: i32, z: v128): v128 {
  if (kind == ACTIVATION_RELU) return f32x4.pmax(z, f32x4.splat(0));
  if (kind == ACTIVATION_SIGMOID) return sigmoid(z);
  if (kind == ACTIVATION_TANH) return tanh(z);
  if (kind == ACTIVATION_SOFTPLUS) return softplus(z);
  const zero = f32x4.splat(0);
  if (kind == ACTIVATION_LEAKY_RELU) return v128.bitselect(z, f32x4.mul(z, f32x4.splat(LEAK)), f32x4.gt(z, zero));
  if (kind == ACTIVATION_ELU) return v128.bitselect(z, expm1NonPositive(f32x4.pmin(z, zero)), f32x4.gt(z, zero));
  if (kind == ACTIVATION_SELU) {
    const below = f32x4.mul(expm1NonPositive(f32x4.pmin(z, zero)), f32x4.splat(SELU_SCALE * SELU_ALPHA));
    return v128.bitselect(f32x4.mul(z, f32x4.splat(SELU_SCALE)), below, f32x4.gt(z, zero));
  }
  // Kept finite, so that a factor of 0 gives 0.
  const finite = f32x4.pmin(f32x4.pmax(z, f32x4.splat(-HUGE)), f32x4.splat(HUGE));
  if (kind == ACTIVATION_GELU) return f32x4.mul(finite, normalCdf(finite, bell(finite)));
  if (kind == ACTIVATION_SILU) return f32x4.mul(finite, sigmoid(finite));
  if (kind == ACTIVATION_SOFTSIGN) return f32x4.div(finite, f32x4.add(one(), f32x4.abs(finite)));
  return z;
}

/** dz = dy · kind'(z), one vector, given z and y = kind(z). */
// @ts-ignore: decorator
@inline
function derivative(kind: i32, z: v128, y: v128, dy: v128): v128 {
  if (kind == ACTIVATION_RELU) return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  if (kind == ACTIVATION_SIGMOID) return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(one(), y)));
  if (kind == ACTIVATION_TANH) return f32x4.mul(dy, f32x4.sub(one(), f32x4.mul(y, y)));
  if (kind == ACTIVATION_SOFTPLUS) return f32x4.mul(dy, sigmoid(z));
  const zero = f32x4.splat(0);
  if (kind == ACTIVATION_LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(LEAK)), f32x4.gt(y, zero));
  if (kind == ACTIVATION_ELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(y, one())), f32x4.gt(y, zero));
  if (kind == ACTIVATION_SELU) {
    const below = f32x4.add(y, f32x4.splat(SELU_SCALE * SELU_ALPHA));
    return f32x4.mul(dy, v128.bitselect(f32x4.splat(SELU_SCALE), below, f32x4.gt(y, zero)));
  }
  if (kind == ACTIVATION_GELU) {
    const e = bell(z);
    return f32x4.mul(dy, madd(z, normalDensity(e), normalCdf(z, e)));
  }
  if (kind == ACTIVATION_SILU) {
    const s = sigmoid(z);
    return f32x4.mul(dy, f32x4.mul(s, madd(z, f32x4.sub(one(), s), one())));
  }
  if (kind == ACTIVATION_SOFTSIGN) {
    const d = f32x4.add(one(), f32x4.abs(z));
    return f32x4.div(dy, f32x4.mul(d, d));
  }
  return dy;
}

/** Zeros in the last of an even number of vectors a row, where N columns leave that empty: nobody needs a value of it. */
function clearOdd(B: i32, N: i32, y: usize, stride: usize): void {
  const vectors = (N + 3) >> 2;
  if (!(vectors & 1)) return;
  let at = y + (<usize>vectors << 4);
  for (let r = B; r > 0; r--) {
    v128.store(at, f32x4.splat(0));
    at += stride;
  }
}

/** The loop around `value`: instantiated once a kind, so that the choice is made outside of the loop. */
// @ts-ignore: decorator
@inline
function valueRows(kind: i32, B: i32, N: i32, z: usize, zStride: usize, y: usize, yStride: usize): void {
  const width = <usize>((N + 3) & ~3) << 2;
  for (let r = B; r > 0; r--) {
    for (let at: usize = 0; at < width; at += 16) v128.store(y + at, value(kind, v128.load(z + at)));
    z += zStride;
    y += yStride;
  }
}

/** The loop around `derivative`. */
// @ts-ignore: decorator
@inline
function derivativeRows(kind: i32, B: i32, N: i32, z: usize, zStride: usize, y: usize, yStride: usize, dy: usize, dyStride: usize, dz: usize, dzStride: usize): void {
  const width = <usize>((N + 3) & ~3) << 2;
  for (let r = B; r > 0; r--) {
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(dz + at, derivative(kind, v128.load(z + at), v128.load(y + at), v128.load(dy + at)));
    }
    z += zStride;
    y += yStride;
    dy += dyStride;
    dz += dzStride;
  }
}

/** y = kind(z) for all rows; linear is computed in place alone, where there is nothing to do. */
export function activationForward(kind: i32, B: i32, N: i32, z: usize, zStride: usize, y: usize, yStride: usize): void {
  if (kind == ACTIVATION_LINEAR) return;
  clearOdd(B, N, y, yStride);
  switch (kind) {
    case ACTIVATION_RELU: valueRows(ACTIVATION_RELU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SIGMOID: valueRows(ACTIVATION_SIGMOID, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_TANH: valueRows(ACTIVATION_TANH, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_LEAKY_RELU: valueRows(ACTIVATION_LEAKY_RELU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_ELU: valueRows(ACTIVATION_ELU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SELU: valueRows(ACTIVATION_SELU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_GELU: valueRows(ACTIVATION_GELU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SILU: valueRows(ACTIVATION_SILU, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SOFTPLUS: valueRows(ACTIVATION_SOFTPLUS, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SOFTSIGN: valueRows(ACTIVATION_SOFTSIGN, B, N, z, zStride, y, yStride); return;
    case ACTIVATION_SOFTMAX: softmaxForward(B, N, z, zStride, y, yStride); return;
    default: unreachable();
  }
}

/** dz = dy · kind'(z) for all rows. */
export function activationBackward(kind: i32, B: i32, N: i32, z: usize, zStride: usize, y: usize, yStride: usize, dy: usize, dyStride: usize, dz: usize, dzStride: usize): void {
  if (kind == ACTIVATION_LINEAR) return;
  clearOdd(B, N, dz, dzStride);
  switch (kind) {
    case ACTIVATION_RELU: derivativeRows(ACTIVATION_RELU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SIGMOID: derivativeRows(ACTIVATION_SIGMOID, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_TANH: derivativeRows(ACTIVATION_TANH, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_LEAKY_RELU: derivativeRows(ACTIVATION_LEAKY_RELU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_ELU: derivativeRows(ACTIVATION_ELU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SELU: derivativeRows(ACTIVATION_SELU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_GELU: derivativeRows(ACTIVATION_GELU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SILU: derivativeRows(ACTIVATION_SILU, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SOFTPLUS: derivativeRows(ACTIVATION_SOFTPLUS, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SOFTSIGN: derivativeRows(ACTIVATION_SOFTSIGN, B, N, z, zStride, y, yStride, dy, dyStride, dz, dzStride); return;
    case ACTIVATION_SOFTMAX: softmaxBackward(B, N, y, yStride, dy, dyStride, dz, dzStride); return;
    default: unreachable();
  }
}

/** The largest of the first N columns of a row, in every lane. */
// @ts-ignore: decorator
@inline
export function rowMax(N: i32, z: usize): v128 {
  const low = f32x4.splat(-Infinity);
  let largest = low;
  let c = 0;
  for (; c + 4 <= N; c += 4) largest = f32x4.pmax(largest, v128.load(z + (<usize>c << 2)));
  if (c < N) largest = f32x4.pmax(largest, v128.bitselect(v128.load(z + (<usize>c << 2)), low, laneMask(c, N)));
  return maxLanes(largest);
}

/** y = e^(z - max z) for the first N columns, zeros up to a multiple of 8; returns their sum in every lane. */
// @ts-ignore: decorator
@inline
export function expRow(N: i32, z: usize, largest: v128, y: usize): v128 {
  let sum = f32x4.splat(0);
  for (let c = 0; c < N; c += 4) {
    const at = <usize>c << 2;
    const e = v128.and(expNonPositive(f32x4.sub(v128.load(z + at), largest)), laneMask(c, N));
    v128.store(y + at, e);
    sum = f32x4.add(sum, e);
  }
  if (((N + 3) >> 2) & 1) v128.store(y + (<usize>((N + 3) & ~3) << 2), f32x4.splat(0));
  return sumLanes(sum);
}

/** Softmax of each row: e^(z - max z) / Σ. */
function softmaxForward(B: i32, N: i32, z: usize, zStride: usize, y: usize, yStride: usize): void {
  const width = <usize>((N + 7) & ~7) << 2;
  for (let r = B; r > 0; r--) {
    const sum = expRow(N, z, rowMax(N, z), y);
    for (let at: usize = 0; at < width; at += 16) v128.store(y + at, f32x4.div(v128.load(y + at), sum));
    z += zStride;
    y += yStride;
  }
}

/** dz = y · (dy - Σ y · dy) for each row. */
function softmaxBackward(B: i32, N: i32, y: usize, yStride: usize, dy: usize, dyStride: usize, dz: usize, dzStride: usize): void {
  const width = <usize>((N + 7) & ~7) << 2;
  for (let r = B; r > 0; r--) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < width; at += 16) sum = madd(v128.load(y + at), v128.load(dy + at), sum);
    const inner = sumLanes(sum);
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(dz + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), inner)));
    }
    y += yStride;
    dy += dyStride;
    dz += dzStride;
  }
}
