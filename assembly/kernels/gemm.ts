/**
 * The loop nests of the three matrix products of a dense layer. The register tiles they call are generated
 * (generate-tiles.mjs); nothing here knows ops, threads or activations beyond the cut at zero.
 *
 * B rows of the batch, I inputs, O units. Kernels are panels of 8 units (abi.ts), activations padded rows.
 *
 *   forward           Y [B, O]  = bias + X [B, I] · W [I, O]
 *   backwardInput     dX [B, I] = dY [B, O] · Wᵀ
 *   backwardWeights   dW [I, O] = Xᵀ · dY,   db [O] = column sums of dY
 */
import { PANEL_ROW_BYTES } from '../abi';
import { forwardTile4, forwardTile8, inputTile1x4, inputTile2x4, rowTile1, rowTile2, rowTile4, weightsTile4, weightsTile8 } from './tiles.generated';

/** Rows of the forward tile: what 16 registers hold with and without a fused multiply-add. */
const FORWARD_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** A tile of one vector a row leaves room for six rows in both binaries. */
const NARROW_ROWS: i32 = 6;
/** Inputs of the weights tile. */
const WEIGHTS_INPUTS: i32 = 6;

/** Height of the next tile: the full height while two fit, then the rest in even parts (8 = 4 + 4, not 6 + 2). */
// @ts-ignore: decorator
@inline
export function tileHeight(left: i32, full: i32): i32 {
  if (left <= full) return left;
  return left >= 2 * full ? full : (left + 1) >> 1;
}

/** Y = bias + X · W, with `relu` cut at zero. Writes whole panels: columns beyond O become what the zero panels give, 0. */
export function forward(B: i32, I: i32, O: i32, x: usize, xStride: usize, w: usize, panelStride: usize, bias: usize, y: usize, yStride: usize, relu: bool): void {
  if (B == 1) {
    forwardRow(I, O, x, w, panelStride, bias, y, relu);
    return;
  }
  for (let o = 0; o < O; o += 8) {
    const narrow = O - o <= 4;
    const full = narrow ? NARROW_ROWS : FORWARD_ROWS;
    let xr = x, yr = y;
    for (let left = B; left > 0; ) {
      const rows = tileHeight(left, full);
      if (narrow) forwardTile4(rows, I, xr, xStride, w, yr, yStride, bias, relu);
      else forwardTile8(rows, I, xr, xStride, w, yr, yStride, bias, relu);
      xr += <usize>rows * xStride;
      yr += <usize>rows * yStride;
      left -= rows;
    }
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
 * dX = dY · Wᵀ. Inputs go four at a time up to the panel's padded height, whose rows of W are zero, so that dX is filled
 * with zeros up to a multiple of 8 columns. `scratch` holds 128 bytes.
 */
export function backwardInput(B: i32, I: i32, O: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {
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

/** dW = Xᵀ · dY and db = column sums of dY. `scratch` holds one packed panel of dY: B x 32 bytes. */
export function backwardWeights(B: i32, I: i32, O: i32, x: usize, xStride: usize, dy: usize, dyStride: usize, dw: usize, panelStride: usize, db: usize, scratch: usize): void {
  for (let o = 0; o < O; o += 8) {
    packPanel(B, dy, dyStride, scratch, db);
    const narrow = O - o <= 4;
    let xi = x, wi = dw;
    for (let left = I; left > 0; ) {
      const inputs = tileHeight(left, WEIGHTS_INPUTS);
      if (narrow) weightsTile4(inputs, B, xi, xStride, scratch, wi);
      else weightsTile8(inputs, B, xi, xStride, scratch, wi);
      xi += <usize>inputs << 2;
      wi += <usize>inputs * PANEL_ROW_BYTES;
      left -= inputs;
    }
    dw += panelStride;
    dy += PANEL_ROW_BYTES;
    if (db) db += PANEL_ROW_BYTES;
  }
}

/** Copies 8 columns of dY into one dense panel; on the way sums them into `db` (0: no bias). */
function packPanel(B: i32, dy: usize, dyStride: usize, panel: usize, db: usize): void {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
  for (let r = B; r > 0; r--) {
    const d0 = v128.load(dy), d1 = v128.load(dy, 16);
    v128.store(panel, d0);
    v128.store(panel, d1, 16);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    dy += dyStride;
    panel += PANEL_ROW_BYTES;
  }
  if (db) {
    v128.store(db, s0);
    v128.store(db, s1, 16);
  }
}
