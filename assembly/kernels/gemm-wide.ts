/**
 * The loop nests of the three matrix products in the wide binary: two panels at a time, in tiles that V8's revectorizer turns
 * into 256-bit instructions (generate-wide.mjs). What is left over, one panel or one row, goes to the narrow ones (gemm.ts).
 * Same names, parameters and layout as there.
 */
import { PANEL_ROW_BYTES } from '../abi';
import { madd } from '../simd';
import { backwardWeights as narrowBackwardWeights, forward as narrowForward, tileHeight } from './gemm';
import { forwardTile16, weightsTile16 } from './tiles-wide.generated';

/** Rows of the forward tile and inputs of the weights tile: what 16 registers hold. */
const TILE_ROWS: i32 = 6;
/** Columns of two panels. */
const PAIR: i32 = 16;
/** Inputs that the input product transposes at a time: of 16, 32 and 64 the fewest that read W fast (measured). */
const BLOCK: i32 = 32;

export function forward(B: i32, I: i32, O: i32, x: usize, xStride: usize, w: usize, panelStride: usize, bias: usize, y: usize, yStride: usize, relu: bool): void {
  let left = O;
  if (B > 1) {
    for (; left > 8; left -= PAIR) {
      let xr = x, yr = y;
      for (let rowsLeft = B; rowsLeft > 0; ) {
        const rows = tileHeight(rowsLeft, TILE_ROWS);
        forwardTile16(rows, I, xr, xStride, w, panelStride, yr, yStride, bias, relu);
        xr += <usize>rows * xStride;
        yr += <usize>rows * yStride;
        rowsLeft -= rows;
      }
      w += panelStride << 1;
      bias += PANEL_ROW_BYTES * 2;
      y += PANEL_ROW_BYTES * 2;
    }
  }
  if (left > 0) narrowForward(B, I, left, x, xStride, w, panelStride, bias, y, yStride, relu);
}

/**
 * dX = dY · Wᵀ, as a forward pass with dY in the place of X: some inputs of W at a time are transposed into panels of their own.
 * Every sum is one chain in ascending order of units, for one row too. `scratch` holds a bias of zeros and the panels
 * (src/compile/layout.ts).
 */
export function backwardInput(B: i32, I: i32, O: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {
  if (B == 1) {
    backwardInputRow(I, O, dy, w, panelStride, dx);
    return;
  }
  const panels = scratch + BLOCK * 4;
  // An odd number of cache lines, as everywhere.
  const stride = (<usize>((O + 7) & ~7) * PANEL_ROW_BYTES) | 64;
  memory.fill(scratch, 0, BLOCK * 4);
  for (let left = I; left > 0; left -= BLOCK) {
    const inputs = min(left, BLOCK);
    transpose(inputs, O, w, panelStride, panels, stride);
    forward(B, O, inputs, dy, dyStride, panels, stride, scratch, dx, dxStride, false);
    w += PANEL_ROW_BYTES * BLOCK;
    dx += BLOCK * 4;
  }
}

/** Some inputs of all units, transposed: [inputs / 8][O][8], panels whose last rows are zero like W's last columns. */
function transpose(inputs: i32, O: i32, w: usize, panelStride: usize, to: usize, stride: usize): void {
  for (let o = 0; o < O; o += 8) {
    let from = w, at = to;
    for (let i = 0; i < inputs; i += 8) {
      transposeQuarter(from, at);
      transposeQuarter(from + 128, at + 16);
      transposeQuarter(from + 16, at + 128);
      transposeQuarter(from + 144, at + 144);
      from += PANEL_ROW_BYTES * 8;
      at += stride;
    }
    w += panelStride;
    to += PANEL_ROW_BYTES * 8;
  }
}

/** A block of 4 x 4, from rows of one panel to rows of another. */
// @ts-ignore: decorator
@inline
function transposeQuarter(from: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from, 32), c = v128.load(from, 64), d = v128.load(from, 96);
  const ab = interleaveLow(a, b), cd = interleaveLow(c, d), abHigh = interleaveHigh(a, b), cdHigh = interleaveHigh(c, d);
  v128.store(to, lowHalves(ab, cd));
  v128.store(to, highHalves(ab, cd), 32);
  v128.store(to, lowHalves(abHigh, cdHigh), 64);
  v128.store(to, highHalves(abHigh, cdHigh), 96);
}

/** One row: W is transposed in registers, eight inputs at a time. */
function backwardInputRow(I: i32, O: i32, dy: usize, w: usize, panelStride: usize, dx: usize): void {
  for (let i = 0; i < I; i += 8) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
    let from = w, d = dy;
    let step: usize = 16;
    // A panel holds two vectors of units: alternately one vector further, and on to the next panel.
    for (let left = O; left > 0; left -= 4) {
      const a0 = v128.load(from), b0 = v128.load(from, 32), c0 = v128.load(from, 64), d0 = v128.load(from, 96);
      const a1 = v128.load(from, 128), b1 = v128.load(from, 160), c1 = v128.load(from, 192), d1 = v128.load(from, 224);
      const ab0 = interleaveLow(a0, b0), cd0 = interleaveLow(c0, d0), ab1 = interleaveLow(a1, b1), cd1 = interleaveLow(c1, d1);
      const first = v128.load32_splat(d);
      s0 = madd(first, lowHalves(ab0, cd0), s0);
      s1 = madd(first, lowHalves(ab1, cd1), s1);
      if (left > 1) {
        const second = v128.load32_splat(d, 4);
        s0 = madd(second, highHalves(ab0, cd0), s0);
        s1 = madd(second, highHalves(ab1, cd1), s1);
      }
      if (left > 2) {
        const abHigh0 = interleaveHigh(a0, b0), cdHigh0 = interleaveHigh(c0, d0), abHigh1 = interleaveHigh(a1, b1), cdHigh1 = interleaveHigh(c1, d1);
        const third = v128.load32_splat(d, 8);
        s0 = madd(third, lowHalves(abHigh0, cdHigh0), s0);
        s1 = madd(third, lowHalves(abHigh1, cdHigh1), s1);
        if (left > 3) {
          const fourth = v128.load32_splat(d, 12);
          s0 = madd(fourth, highHalves(abHigh0, cdHigh0), s0);
          s1 = madd(fourth, highHalves(abHigh1, cdHigh1), s1);
        }
      }
      from += step;
      step = panelStride - step;
      d += 16;
    }
    v128.store(dx, s0);
    v128.store(dx, s1, 16);
    dx += 32;
    w += PANEL_ROW_BYTES * 8;
  }
}

/** [a0, b0, a1, b1]. */
// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** [a2, b2, a3, b3]. */
// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** [a0, a1, b0, b1]. */
// @ts-ignore: decorator
@inline
function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** [a2, a3, b2, b3]. */
// @ts-ignore: decorator
@inline
function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

export function backwardWeights(B: i32, I: i32, O: i32, x: usize, xStride: usize, dy: usize, dyStride: usize, dw: usize, panelStride: usize, db: usize, scratch: usize): void {
  let left = O;
  for (; left > 8; left -= PAIR) {
    packPanels(B, dy, dyStride, scratch, db);
    let xi = x, wi = dw;
    for (let inputsLeft = I; inputsLeft > 0; ) {
      const inputs = tileHeight(inputsLeft, TILE_ROWS);
      weightsTile16(inputs, B, xi, xStride, scratch, wi, panelStride);
      xi += <usize>inputs << 2;
      wi += <usize>inputs * PANEL_ROW_BYTES;
      inputsLeft -= inputs;
    }
    dw += panelStride << 1;
    dy += PANEL_ROW_BYTES * 2;
    if (db) db += PANEL_ROW_BYTES * 2;
  }
  if (left > 0) narrowBackwardWeights(B, I, left, x, xStride, dy, dyStride, dw, panelStride, db, scratch);
}

/** Copies 16 columns of dY into two dense panels, one after the other; on the way sums them into `db` (0: no bias). */
function packPanels(B: i32, dy: usize, dyStride: usize, panel: usize, db: usize): void {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  let next = panel + (<usize>B << 5);
  for (let r = B; r > 0; r--) {
    const d0 = v128.load(dy), d1 = v128.load(dy, 16), d2 = v128.load(dy, 32), d3 = v128.load(dy, 48);
    v128.store(panel, d0);
    v128.store(panel, d1, 16);
    v128.store(next, d2);
    v128.store(next, d3, 16);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    s2 = f32x4.add(s2, d2);
    s3 = f32x4.add(s3, d3);
    dy += dyStride;
    panel += PANEL_ROW_BYTES;
    next += PANEL_ROW_BYTES;
  }
  if (db) {
    v128.store(db, s0);
    v128.store(db, s1, 16);
    v128.store(db, s2, 32);
    v128.store(db, s3, 48);
  }
}
