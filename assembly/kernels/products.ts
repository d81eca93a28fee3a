/**
 * The matrix products of the binary that is being built: WIDE is a constant of the build (asconfig.json), 1 for the wide
 * binary and 0 for the others, so what is not chosen is not compiled. Knows nothing else.
 */
import * as narrow from './gemm';
import * as wide from './gemm-wide';

// @ts-ignore: decorator
@inline
export function forward(B: i32, I: i32, O: i32, x: usize, xStride: usize, w: usize, panelStride: usize, bias: usize, y: usize, yStride: usize, relu: bool): void {
  if (WIDE) wide.forward(B, I, O, x, xStride, w, panelStride, bias, y, yStride, relu);
  else narrow.forward(B, I, O, x, xStride, w, panelStride, bias, y, yStride, relu);
}

// @ts-ignore: decorator
@inline
export function backwardInput(B: i32, I: i32, O: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {
  if (WIDE) wide.backwardInput(B, I, O, dy, dyStride, w, panelStride, dx, dxStride, scratch);
  else narrow.backwardInput(B, I, O, dy, dyStride, w, panelStride, dx, dxStride, scratch);
}

// @ts-ignore: decorator
@inline
export function backwardWeights(B: i32, I: i32, O: i32, x: usize, xStride: usize, dy: usize, dyStride: usize, dw: usize, panelStride: usize, db: usize, scratch: usize): void {
  if (WIDE) wide.backwardWeights(B, I, O, x, xStride, dy, dyStride, dw, panelStride, db, scratch);
  else narrow.backwardWeights(B, I, O, x, xStride, dy, dyStride, dw, panelStride, db, scratch);
}
