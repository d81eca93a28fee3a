/**
 * What is done to gradients before an update and to weights after it: penalties, clipping, maximum norms. Knows no ops.
 * Flat runs are `bytes` long, a multiple of 16, their padding zero.
 */
import { PANEL_COLUMNS, PANEL_ROW_BYTES } from '../abi';
import { madd } from '../simd';

/** Adds the gradient of l1 · Σ|w| + l2 · Σw² to `g`: l1 · sign w + 2 · l2 · w. */
export function addPenalty(l1: f32, l2: f32, w: usize, g: usize, bytes: usize): void {
  const zero = f32x4.splat(0), slope = f32x4.splat(l1), twice = f32x4.splat(2 * l2);
  for (const end = w + bytes; w < end; w += 16, g += 16) {
    const x = v128.load(w);
    const sign = f32x4.sub(v128.and(slope, f32x4.gt(x, zero)), v128.and(slope, f32x4.lt(x, zero)));
    v128.store(g, f32x4.add(v128.load(g), madd(x, twice, sign)));
  }
}

/** Cuts every gradient off at ±limit; NaN stays NaN. */
export function clipValue(limit: f32, g: usize, bytes: usize): void {
  const high = f32x4.splat(limit), low = f32x4.splat(-limit);
  for (const end = g + bytes; g < end; g += 16) v128.store(g, f32x4.pmin(f32x4.pmax(v128.load(g), low), high));
}

/** Scales all gradients by min(1, limit / (‖g‖ + 1e-6)), as torch.nn.utils.clip_grad_norm_ does. The norm is formed in f64. */
export function clipNorm(limit: f32, g: usize, bytes: usize): void {
  let even = f64x2.splat(0), odd = f64x2.splat(0);
  for (let p = g, end = g + bytes; p < end; p += 16) {
    const x = v128.load(p);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const sums = f64x2.add(even, odd);
  const norm = Math.sqrt(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
  const scale = <f64>limit / (norm + 1e-6);
  // A norm that is not finite leaves the gradients as they are: the update then reports them.
  if (!(scale < 1) || !isFinite(norm)) return;
  const factor = f32x4.splat(<f32>scale);
  for (const end = g + bytes; g < end; g += 16) v128.store(g, f32x4.mul(v128.load(g), factor));
}

/** Scales each unit of a kernel [I, O] whose weights have a norm above `limit` down to it. */
export function maxNorm(limit: f32, I: i32, O: i32, w: usize, panelStride: usize): void {
  const bound = f32x4.splat(limit), one = f32x4.splat(1);
  for (let o = 0; o < O; o += PANEL_COLUMNS) {
    for (let half: usize = 0; half < <usize>PANEL_ROW_BYTES; half += 16) {
      let sum = f32x4.splat(0);
      for (let i = 0, p = w + half; i < I; i++, p += PANEL_ROW_BYTES) {
        const x = v128.load(p);
        sum = madd(x, x, sum);
      }
      const norm = f32x4.sqrt(sum);
      const scale = v128.bitselect(f32x4.div(bound, norm), one, f32x4.gt(norm, bound));
      for (let i = 0, p = w + half; i < I; i++, p += PANEL_ROW_BYTES) v128.store(p, f32x4.mul(v128.load(p), scale));
    }
    w += panelStride;
  }
}
