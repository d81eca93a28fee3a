/**
 * How matrices lie in memory: strides and sizes, measured to keep rows and panels off each other's cache sets.
 * Knows no ops.
 */
import { PANEL_COLUMNS, PANEL_ROW_BYTES, WEIGHTS_BLOCK_INPUTS, WEIGHTS_BLOCK_ROWS } from '../../assembly/abi.js';

const CACHE_LINE = 64;

/** `n` rounded up to a multiple of `step`. */
export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}

/** The next odd number of cache lines that holds `bytes`. */
function oddLines(bytes: number): number {
  const lines = Math.ceil(bytes / CACHE_LINE);
  return (lines % 2 ? lines : lines + 1) * CACHE_LINE;
}

/** Bytes from one row to the next of an activation: a multiple of 8 floats below 64 columns, else an odd number of lines. */
export function rowStride(columns: number): number {
  return columns < CACHE_LINE ? roundUp(columns, PANEL_COLUMNS) * 4 : oddLines(columns * 4);
}

/** Bytes from one panel of a kernel to the next: `inputs` rounded up to 8 rows of 8 units, an odd number of lines. */
export function panelStride(inputs: number): number {
  return oddLines(roundUp(inputs, PANEL_COLUMNS) * PANEL_ROW_BYTES);
}

/** Panels of a kernel. */
export function panelCount(units: number): number {
  return Math.ceil(units / PANEL_COLUMNS);
}

/** Bytes of a vector that is read in whole panels: bias, gamma. */
export function vectorBytes(units: number): number {
  return panelCount(units) * PANEL_ROW_BYTES;
}

/** Inputs whose weights the input product may transpose at a time (assembly/kernels/gemm-wide.ts). */
const TRANSPOSED_INPUTS = 32;
/** Panels of dY that the weights product may pack at a time. */
const PACKED_PANELS = 2;

/** Scratch of the input product, in whichever way a core forms it: transposed panels of weights beside zeros in the place of a bias, or 128 bytes of sums. */
export function inputScratch(units: number): number {
  const onePanel = Math.max(128, (roundUp(units, 4) + 1) * PANEL_ROW_BYTES);
  const panel = oddLines(roundUp(units, PANEL_COLUMNS) * PANEL_ROW_BYTES);
  return Math.max(onePanel, TRANSPOSED_INPUTS * 4 + (TRANSPOSED_INPUTS / PANEL_COLUMNS) * panel);
}

/** Scratch of the weights product: a line of zeros, one panel of the gradient and one block of transposed inputs; or some panels of the gradient. */
export function weightsScratch(rows: number, inputs: number): number {
  const blockRows = roundUp(Math.min(rows, WEIGHTS_BLOCK_ROWS), 4);
  const blockInputs = roundUp(Math.min(inputs, WEIGHTS_BLOCK_INPUTS), 4);
  const transposed = CACHE_LINE + blockRows * PANEL_ROW_BYTES + blockInputs * oddLines(blockRows * 4);
  return Math.max(transposed, rows * PANEL_ROW_BYTES * PACKED_PANELS);
}

/** Copies a row-major kernel [inputs, units] into panels at `at` (an index into `to`). */
export function packKernel(from: ArrayLike<number>, inputs: number, units: number, to: Float32Array, at: number): void {
  const panel = panelStride(inputs) / 4;
  for (let i = 0; i < inputs; i++) {
    for (let u = 0; u < units; u++) to[at + (u >> 3) * panel + i * PANEL_COLUMNS + (u & 7)] = from[i * units + u];
  }
}

/** The inverse of `packKernel`: a fresh row-major kernel. */
export function unpackKernel(from: Float32Array, at: number, inputs: number, units: number): Float32Array<ArrayBuffer> {
  const kernel = new Float32Array(inputs * units);
  const panel = panelStride(inputs) / 4;
  for (let i = 0; i < inputs; i++) {
    for (let u = 0; u < units; u++) kernel[i * units + u] = from[at + (u >> 3) * panel + i * PANEL_COLUMNS + (u & 7)];
  }
  return kernel;
}
