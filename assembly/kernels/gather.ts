/**
 * Brings rows of the data into the batch: picks, converts, scales. Knows no ops.
 * `order` holds i32 row numbers of the source; 0 means rows 0, 1, 2 …
 */

/** Address of row `r` of the batch in the source. */
// @ts-ignore: decorator
@inline
function sourceRow(source: usize, stride: usize, order: usize, r: i32): usize {
  return source + <usize>(order ? load<i32>(order + (<usize>r << 2)) : r) * stride;
}

/** Columns of a row of the batch with its padding; a flat run of one number a row has none. */
// @ts-ignore: decorator
@inline
function paddedColumns(N: i32, toStride: usize): i32 {
  return min((N + 7) & ~7, <i32>(toStride >> 2));
}

/** B rows of N f32, times `scale` where `scaled`. */
export function gatherFloats(B: i32, N: i32, source: usize, sourceStride: usize, order: usize, to: usize, toStride: usize, scaled: bool, scale: f32): void {
  const single: f32 = scaled ? scale : 1;
  const factor = f32x4.splat(single);
  const padded = paddedColumns(N, toStride);
  for (let r = 0; r < B; r++) {
    let from = sourceRow(source, sourceStride, order, r), at = to;
    let left = N;
    for (; left >= 8; left -= 8) {
      v128.store(at, f32x4.mul(v128.load(from), factor));
      v128.store(at, f32x4.mul(v128.load(from, 16), factor), 16);
      from += 32;
      at += 32;
    }
    if (padded > N) {
      v128.store(at, f32x4.splat(0));
      v128.store(at, f32x4.splat(0), 16);
    }
    for (; left > 0; left--) {
      store<f32>(at, load<f32>(from) * single);
      from += 4;
      at += 4;
    }
    to += toStride;
  }
}

/** B rows of N u8 as f32, times `scale` where `scaled`. */
export function gatherBytes(B: i32, N: i32, source: usize, sourceStride: usize, order: usize, to: usize, toStride: usize, scaled: bool, scale: f32): void {
  const factor = f32x4.splat(scaled ? scale : 1);
  const padded = paddedColumns(N, toStride);
  for (let r = 0; r < B; r++) {
    const from = sourceRow(source, sourceStride, order, r);
    let c = 0;
    for (; c + 8 <= N; c += 8) {
      const words = v128.load8x8_u(from + <usize>c);
      const at = to + (<usize>c << 2);
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words)), factor));
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words)), factor), 16);
    }
    for (; c < N; c++) {
      store<f32>(to + (<usize>c << 2), <f32>load<u8>(from + <usize>c) * f32x4.extract_lane(factor, 0));
    }
    for (; c < padded; c++) store<f32>(to + (<usize>c << 2), 0);
    to += toStride;
  }
}

/** B labels (i32), one a row. */
export function gatherLabels(B: i32, source: usize, order: usize, to: usize): void {
  for (let r = 0; r < B; r++) {
    store<i32>(to + (<usize>r << 2), load<i32>(sourceRow(source, 4, order, r)));
  }
}
