/**
 * The loop nests of the three matrix products of a dense layer. The register tiles they call are generated
 * (generate-tiles.mjs), operands are packed for them by pack.ts; nothing here knows ops, threads or activations beyond the
 * cut at zero.
 *
 * B rows of the batch, I inputs, O units. Kernels are panels of 8 units (abi.ts), activations padded rows.
 *
 *   forward           Y [B, O]  = bias + X [B, I] · W [I, O]
 *   backwardInput     dX [B, I] = dY [B, O] · Wᵀ
 *   backwardWeights   dW [I, O] = Xᵀ · dY,   db [O] = column sums of dY
 *
 * All three are one product of rows with a panel of 8 columns: X with a panel of W, dY with a transposed panel of Wᵀ, rows of
 * Xᵀ with a panel of dY. Only strict binaries form dX otherwise (see backwardInput).
 */
import { HINT_ONE_STEP, PANEL_ROW_BYTES, WEIGHTS_BLOCK_INPUTS, WEIGHTS_BLOCK_ROWS } from '../abi';
import { madd } from '../simd';
import { packPanel, transposePanels, transposeRows } from './pack';
import { inputTile1x4, inputTile2x4, rowTile1, rowTile2, rowTile4, tile4, tile8, tile8k4 } from './tiles.generated';

/** Rows of a tile of 8 columns with and without a fused multiply-add, and of one of 4 columns. */
const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
const ROWS_NARROW: i32 = 6;
/** Steps that a relaxed tile takes in one turn, the fewest rows of such a tile, and from how many steps on it pays. */
const STEPS: i32 = 4;
const STEPS_ROWS: i32 = 3;
const STEPS_FROM: i32 = 16;
/** From how many rows and units on a transposed copy of the inputs pays in the weights product. */
const TRANSPOSE_ROWS: i32 = 16;
const TRANSPOSE_UNITS: i32 = 17;

/** Height of the next tile: the full height while two fit, then the rest in even parts (8 = 4 + 4, not 6 + 2). */
// @ts-ignore: decorator
@inline
export function tileHeight(left: i32, full: i32): i32 {
  if (left <= full) return left;
  return left >= 2 * full ? full : (left + 1) >> 1;
}

/** Whether tiles of several steps a turn are worth it here. */
// @ts-ignore: decorator
@inline
function severalSteps(): bool {
  return ASC_FEATURE_RELAXED_SIMD && !load<i32>(HINT_ONE_STEP);
}

/**
 * y = from + x · w for `rows` rows and one panel; `narrow`: only its first four columns, the others become 0. Steps of x are
 * `xStep` bytes apart.
 */
function panelProduct(rows: i32, narrow: bool, K: i32, x: usize, xStride: usize, xStep: usize, w: usize, y: usize, yStride: usize, from: usize, fromStride: usize, relu: bool): void {
  if (ASC_FEATURE_RELAXED_SIMD && !narrow && rows >= STEPS_ROWS && K >= STEPS_FROM && xStep == 4 && severalSteps()) {
    const whole = K & -STEPS;
    let xr = x, yr = y;
    for (let left = rows; left > 0; ) {
      const height = tileHeight(left, ROWS);
      const tiles = left >= 2 * ROWS ? left / ROWS - 1 : 1;
      tile8k4(height, whole, xr, xStride, xStep, w, yr, yStride, from, fromStride, relu && K == whole, tiles);
      const done = height * tiles;
      xr += <usize>done * xStride;
      yr += <usize>done * yStride;
      from += <usize>done * fromStride;
      left -= done;
    }
    if (K == whole) return;
    K -= whole;
    x += <usize>whole << 2;
    w += <usize>whole * PANEL_ROW_BYTES;
    from = y;
    fromStride = yStride;
  }
  const full = narrow ? ROWS_NARROW : ROWS;
  while (rows > 0) {
    const height = tileHeight(rows, full);
    if (narrow) tile4(height, K, x, xStride, xStep, w, y, yStride, from, fromStride, relu);
    else tile8(height, K, x, xStride, xStep, w, y, yStride, from, fromStride, relu);
    x += <usize>height * xStride;
    y += <usize>height * yStride;
    from += <usize>height * fromStride;
    rows -= height;
  }
}

/** Y = bias + X · W, with `relu` cut at zero. Writes whole panels: columns beyond O become what the zero panels give, 0. */
export function forward(B: i32, I: i32, O: i32, x: usize, xStride: usize, w: usize, panelStride: usize, bias: usize, y: usize, yStride: usize, relu: bool): void {
  if (B == 1) {
    forwardRow(I, O, x, w, panelStride, bias, y, relu);
    return;
  }
  for (let o = 0; o < O; o += 8) {
    panelProduct(B, O - o <= 4, I, x, xStride, 4, w, y, yStride, bias, 0, relu);
    w += panelStride;
    bias += PANEL_ROW_BYTES;
    y += PANEL_ROW_BYTES;
  }
}

/** One row: several panels side by side, so that enough independent sums are under way. */
function forwardRow(I: i32, O: i32, x: usize, w: usize, panelStride: usize, bias: usize, y: usize, relu: bool): void {
  let panels = (O + 7) >> 3;
  for (; panels >= 4; panels -= 4) {
    rowTile4(I, x, w, panelStride, y, bias, relu);
    w += panelStride << 2;
    bias += PANEL_ROW_BYTES * 4;
    y += PANEL_ROW_BYTES * 4;
  }
  if (panels >= 2) {
    rowTile2(I, x, w, panelStride, y, bias, relu);
    w += panelStride << 1;
    bias += PANEL_ROW_BYTES * 2;
    y += PANEL_ROW_BYTES * 2;
    panels -= 2;
  }
  if (panels) rowTile1(I, x, w, panelStride, y, bias, relu);
}

/**
 * dX = dY · Wᵀ. Inputs go in whole groups up to the panel's padded height, whose rows of W are zero, so that dX is filled
 * with zeros up to a multiple of 8 columns. `scratch` holds inputScratch(O) bytes (src/compile/layout.ts).
 *
 * Relaxed binaries transpose eight inputs of W and use the tiles of forward: one chain a sum. Strict ones, bound by arithmetic
 * and not by loads, save the copy and add lane by lane: four chains a sum.
 */
export function backwardInput(B: i32, I: i32, O: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const zeros = scratch + <usize>((O + 3) & ~3) * PANEL_ROW_BYTES;
    v128.store(zeros, f32x4.splat(0));
    v128.store(zeros, f32x4.splat(0), 16);
    const K = (O + 3) & ~3;
    for (let i = 0; i < I; i += 8) {
      transposePanels(O, w, panelStride, scratch);
      panelProduct(B, I - i <= 4, K, dy, dyStride, 4, scratch, dx, dxStride, zeros, 0, false);
      w += PANEL_ROW_BYTES * 8;
      dx += PANEL_ROW_BYTES;
    }
    return;
  }
  const vectors = (O + 3) >> 2;
  const padded = (I + 7) & ~7;
  for (let i = 0; i < padded; i += 4) {
    let dr = dy, xr = dx;
    let left = B;
    for (; left >= 2; left -= 2) {
      inputTile2x4(vectors, dr, dyStride, w, panelStride, xr, dxStride, scratch);
      dr += dyStride << 1;
      xr += dxStride << 1;
    }
    if (left) inputTile1x4(vectors, dr, dyStride, w, panelStride, xr, dxStride, scratch);
    w += PANEL_ROW_BYTES * 4;
    dx += 16;
  }
}

/**
 * dW = Xᵀ · dY and db = column sums of dY, by blocks of the batch and of inputs; sums go on from one block of the batch to the
 * next where they lie. Where it pays a block of X is transposed once and stays in the second-level cache for all panels.
 * `scratch` holds weightsScratch(B, I) bytes (src/compile/layout.ts).
 */
export function backwardWeights(B: i32, I: i32, O: i32, x: usize, xStride: usize, dy: usize, dyStride: usize, dw: usize, panelStride: usize, db: usize, scratch: usize): void {
  if (B == 1) {
    outerProduct(I, O, x, dy, dw, panelStride, db);
    return;
  }
  const transpose = B >= TRANSPOSE_ROWS && O >= TRANSPOSE_UNITS && (!ASC_FEATURE_RELAXED_SIMD || severalSteps());
  v128.store(scratch, f32x4.splat(0));
  v128.store(scratch, f32x4.splat(0), 16);
  const panel = scratch + 64;
  for (let r = 0; r == 0 || r < B; r += WEIGHTS_BLOCK_ROWS) {
    const rows = min(B - r, WEIGHTS_BLOCK_ROWS);
    const padded = (rows + 3) & ~3;
    const transposed = panel + <usize>padded * PANEL_ROW_BYTES;
    // Rows of Xᵀ an odd number of cache lines apart.
    const stride: usize = transpose ? <usize>(((padded + 15) >> 4) | 1) << 6 : 4;
    const K = ASC_FEATURE_RELAXED_SIMD && transpose ? padded : rows;
    for (let i = 0; i < I; i += WEIGHTS_BLOCK_INPUTS) {
      const inputs = min(I - i, WEIGHTS_BLOCK_INPUTS);
      let block = x + (<usize>i << 2);
      if (transpose) {
        transposeRows(rows, inputs, block, xStride, transposed, stride);
        block = transposed;
      }
      let dyp = dy, dbp = db, dwp = dw + <usize>i * PANEL_ROW_BYTES;
      for (let o = 0; o < O; o += 8) {
        packPanel(rows, dyp, dyStride, panel, i ? 0 : dbp, r != 0);
        const from = r ? dwp : scratch;
        panelProduct(inputs, O - o <= 4, K, block, stride, transpose ? 4 : xStride, panel, dwp, PANEL_ROW_BYTES, from, r ? <usize>PANEL_ROW_BYTES : 0, false);
        dyp += PANEL_ROW_BYTES;
        dwp += panelStride;
        if (db) dbp += PANEL_ROW_BYTES;
      }
    }
    x += xStride * WEIGHTS_BLOCK_ROWS;
    dy += dyStride * WEIGHTS_BLOCK_ROWS;
  }
}

/** dW and db of a single row. */
export function outerProduct(I: i32, O: i32, x: usize, dy: usize, dw: usize, panelStride: usize, db: usize): void {
  const zero = f32x4.splat(0);
  for (let o = 0; o < O; o += 8) {
    const d0 = v128.load(dy), d1 = v128.load(dy, 16);
    let xi = x, wi = dw;
    for (let i = I; i > 0; i--) {
      const b = v128.load32_splat(xi);
      v128.store(wi, madd(b, d0, zero));
      v128.store(wi, madd(b, d1, zero), 16);
      xi += 4;
      wi += PANEL_ROW_BYTES;
    }
    if (db) {
      v128.store(db, d0);
      v128.store(db, d1, 16);
      db += PANEL_ROW_BYTES;
    }
    dy += PANEL_ROW_BYTES;
    dw += panelStride;
  }
}
