/**
 * Dropout and Gaussian noise. Random numbers are a pure function of (seed, step, row, column): nothing is kept, and the way
 * back draws the same ones again. Knows no ops.
 *
 * The function is two rounds of MurmurHash3's finaliser (A. Appleby) over the element's number, keyed by seed and step.
 */
import { NOISE_GAUSSIAN } from '../abi';
import { normalQuantile } from '../math';
import { laneMask } from '../simd';

// @ts-ignore: decorator
@inline
function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

// @ts-ignore: decorator
@inline
function mixLanes(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 24 random bits in each lane, for the elements from `element` on. */
// @ts-ignore: decorator
@inline
function randomLanes(key: u32, second: u32, element: u32): v128 {
  const index = i32x4.add(i32x4.splat(element), i32x4(0, 1, 2, 3));
  const first = mixLanes(v128.xor(i32x4.mul(index, i32x4.splat(0x9e3779b1)), i32x4.splat(key)));
  return i32x4.shr_u(mixLanes(v128.xor(first, i32x4.splat(second))), 8);
}

/** Kept elements times 1 / (1 - rate), the others 0. */
// @ts-ignore: decorator
@inline
function dropout(bits: v128, x: v128, threshold: v128, scale: v128): v128 {
  return v128.and(f32x4.mul(x, scale), i32x4.ge_s(bits, threshold));
}

/** B rows of N columns of x through noise into y; rows count from `firstRow` in the batch. */
export function noiseForward(kind: i32, seed: u32, step: u32, amount: f32, firstRow: i32, B: i32, N: i32, x: usize, xStride: usize, y: usize, yStride: usize): void {
  const key = mix(mix(seed ^ 0x9e3779b9) ^ step), second = mix(key ^ 0x85ebca77);
  const threshold = i32x4.splat(<i32>(amount * 16777216));
  const scale = f32x4.splat(1 / (1 - amount)), deviation = f32x4.splat(amount);
  const padded = (N + 7) & ~7;
  for (let r = 0; r < B; r++) {
    for (let c = 0; c < padded; c += 4) {
      const at = <usize>c << 2;
      const value = v128.load(x + at);
      const bits = randomLanes(key, second, <u32>((firstRow + r) * padded + c));
      if (kind == NOISE_GAUSSIAN) {
        // 23 bits and a half, so that f32 holds the sum: between -1 and 1, both excluded. Then the normal quantile.
        const half = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 1)), f32x4.splat(0.5));
        const uniform = f32x4.sub(f32x4.mul(half, f32x4.splat(1 / 4194304)), f32x4.splat(1));
        const noise = f32x4.mul(normalQuantile(uniform), deviation);
        v128.store(y + at, v128.and(f32x4.add(value, noise), laneMask(c, N)));
      } else {
        v128.store(y + at, dropout(bits, value, threshold, scale));
      }
    }
    x += xStride;
    y += yStride;
  }
}

/** dx = dy through the same mask; Gaussian noise lets gradients pass. */
export function noiseBackward(kind: i32, seed: u32, step: u32, amount: f32, firstRow: i32, B: i32, N: i32, dy: usize, dyStride: usize, dx: usize, dxStride: usize): void {
  if (kind == NOISE_GAUSSIAN) {
    for (let r = 0; r < B; r++) memory.copy(dx + <usize>r * dxStride, dy + <usize>r * dyStride, <usize>((N + 7) & ~7) << 2);
  } else {
    noiseForward(kind, seed, step, amount, firstRow, B, N, dy, dyStride, dx, dxStride);
  }
}
