/**
 * Copies of operands in the order in which a register tile reads them: a panel of dY, transposed rows of X, a transposed
 * panel of W. Knows no products. All are filled with zeros up to a multiple of 4 in the summed index, so that a tile of four
 * steps a turn may run over the end.
 */
import { PANEL_ROW_BYTES } from '../abi';
import { storeTransposed } from '../simd';

/** Copies 8 columns of dY into one dense panel; on the way sums them into `db` (0: no bias), onto what is there if `more`. */
export function packPanel(B: i32, dy: usize, dyStride: usize, panel: usize, db: usize, more: bool): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero;
  if (more && db) {
    s0 = v128.load(db);
    s1 = v128.load(db, 16);
  }
  for (let r = B; r > 0; r--) {
    const d0 = v128.load(dy), d1 = v128.load(dy, 16);
    v128.store(panel, d0);
    v128.store(panel, d1, 16);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    dy += dyStride;
    panel += PANEL_ROW_BYTES;
  }
  for (let r = B; r & 3; r++) {
    v128.store(panel, zero);
    v128.store(panel, zero, 16);
    panel += PANEL_ROW_BYTES;
  }
  if (db) {
    v128.store(db, s0);
    v128.store(db, s1, 16);
  }
}

/** B rows of N columns to N rows of B columns; writes whole groups of four of both. */
export function transposeRows(B: i32, N: i32, x: usize, xStride: usize, to: usize, toStride: usize): void {
  const zero = f32x4.splat(0);
  for (let r = 0; r < B; r += 4) {
    const left = B - r;
    let from = x, at = to;
    for (let i = 0; i < N; i += 4) {
      const b = left > 1 ? v128.load(from + xStride) : zero;
      const c = left > 2 ? v128.load(from + (xStride << 1)) : zero;
      const d = left > 3 ? v128.load(from + xStride * 3) : zero;
      storeTransposed(v128.load(from), b, c, d, at, toStride);
      from += 16;
      at += toStride << 2;
    }
    x += xStride << 2;
    to += 16;
  }
}

/** Eight inputs (a row of 8 units each, panel after panel) to one panel of 8 inputs: O rows, in whole groups of four. */
export function transposePanels(O: i32, w: usize, panelStride: usize, to: usize): void {
  let step: usize = 16;
  for (let o = 0; o < O; o += 4) {
    storeTransposed(v128.load(w), v128.load(w, 32), v128.load(w, 64), v128.load(w, 96), to, PANEL_ROW_BYTES);
    storeTransposed(v128.load(w, 128), v128.load(w, 160), v128.load(w, 192), v128.load(w, 224), to + 16, PANEL_ROW_BYTES);
    to += PANEL_ROW_BYTES * 4;
    w += step;
    step = panelStride - step;
  }
}
