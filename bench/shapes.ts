/** Shapes that the benchmarks measure, as data. Knows nothing else. */

/** Batch x inputs x units of a dense layer. */
export const PRODUCTS: readonly (readonly [rows: number, inputs: number, units: number])[] = [
  [64, 784, 128],
  [128, 512, 512],
  [128, 1024, 1024],
  [64, 128, 10],
  [1, 784, 128],
];

/** Networks whose whole training step is measured: layer widths, rows in a batch. */
export const STEPS: readonly {
  readonly widths: readonly number[];
  readonly batch: number;
  readonly optimizers: readonly ('sgd' | 'adam')[];
}[] = [
  { widths: [784, 128, 10], batch: 64, optimizers: ['sgd', 'adam'] },
  { widths: [784, 512, 256, 10], batch: 128, optimizers: ['adam'] },
];

/** Networks whose prediction of one row is measured. */
export const PREDICTIONS: readonly (readonly number[])[] = [
  [4, 16, 3],
  [784, 128, 10],
];

/** Multiply-adds of a training step, times two: three products a layer, two for the first, which needs no input gradient. */
export function stepFlops(widths: readonly number[], batch: number): number {
  const weights = widths.slice(1).reduce((sum, units, index) => sum + units * widths[index], 0);
  return batch * (6 * weights - 2 * widths[0] * widths[1]);
}
