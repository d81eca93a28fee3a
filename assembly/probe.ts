/**
 * A program of its own, for gradlet/turbo to time: the same forward product, 6 rows x 16 units, once in the tiles of the relaxed
 * binary and once in one of the wide. Knows nothing of programs; its memory is its own.
 */
import { forwardTile6x16 } from './kernels/tiles-wide.generated';
import { tile8k4 } from './kernels/tiles.generated';

/** Inputs of the product: with two panels of weights well within the first cache. */
const INPUTS: i32 = 256;
const ROWS: i32 = 6;
const X: usize = 1024;
const X_STRIDE: usize = 1088;
const W: usize = 8192;
const PANEL_STRIDE: usize = 8256;
const Y: usize = 32768;
const Y_STRIDE: usize = 64;
/** 64 bytes that are zero. */
const BIAS: usize = 40960;

export function narrow(times: i32): void {
  for (let i = times; i > 0; i--) {
    tile8k4(ROWS, INPUTS, X, X_STRIDE, 4, W, Y, Y_STRIDE, BIAS, 0, false, 1);
    tile8k4(ROWS, INPUTS, X, X_STRIDE, 4, W + PANEL_STRIDE, Y + 32, Y_STRIDE, BIAS, 0, false, 1);
  }
}

export function wide(times: i32): void {
  for (let i = times; i > 0; i--) forwardTile6x16(INPUTS, X, X_STRIDE, W, PANEL_STRIDE, Y, Y_STRIDE, BIAS, false);
}
