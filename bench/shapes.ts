/** Shapes that the benchmarks measure, as data. Knows nothing else. */

/** Rows of a batch, inputs and units of a dense layer. */
export type Product = readonly [rows: number, inputs: number, units: number];

export interface Step {
  readonly widths: readonly number[];
  readonly batch: number;
  readonly optimizer: 'sgd' | 'adam';
}

const DIGITS = [784, 128, 10];
const LARGE = [784, 512, 256, 10];

export const PRODUCTS: readonly Product[] = [
  [64, 784, 128],
  [128, 512, 512],
  [128, 1024, 1024],
  [64, 128, 10],
  [1, 784, 128],
];

/** Prime widths, one unit, one row, the short batch at the end of an epoch. */
export const ODD_PRODUCTS: readonly Product[] = [
  [64, 787, 127],
  [61, 509, 509],
  [67, 131, 61],
  [64, 784, 1],
  [64, 1, 128],
  [1, 787, 127],
  [1, 784, 1],
  [7, 784, 128],
  [33, 784, 128],
];

/** Networks whose whole training step is measured. */
export const STEPS: readonly Step[] = [
  { widths: DIGITS, batch: 64, optimizer: 'sgd' },
  { widths: DIGITS, batch: 64, optimizer: 'adam' },
  { widths: LARGE, batch: 128, optimizer: 'adam' },
];

/** Networks whose prediction of one row is measured. */
export const PREDICTIONS: readonly (readonly number[])[] = [[4, 16, 3], DIGITS];

/** Steps that share their work between threads. */
export const THREADED_STEPS: readonly Step[] = [
  { widths: LARGE, batch: 128, optimizer: 'adam' },
  { widths: DIGITS, batch: 64, optimizer: 'adam' },
];

/** The step whose units die. */
export const DENORMAL_STEP: Step = { widths: DIGITS, batch: 64, optimizer: 'adam' };

/** Long runs of fit that a page has to survive: rows of data decide how much is looked at before the first step. */
export const LONG_RUNS: readonly (Step & { readonly rows: number; readonly epochs: number })[] = [
  { widths: [2, 4, 1], batch: 1, optimizer: 'sgd', rows: 4, epochs: 100_000 },
  { widths: DIGITS, batch: 64, optimizer: 'adam', rows: 20_000, epochs: 2 },
  { widths: LARGE, batch: 128, optimizer: 'adam', rows: 1280, epochs: 8 },
];

/** Rows x columns of the tensor that elementwise ops work on: input and output stay in the first two caches. */
export const ELEMENTWISE = [32, 128] as const;

/** Multiply-adds of a training step, times two: three products a layer, two for the first, which needs no input gradient. */
export function stepFlops({ widths, batch }: Step): number {
  const weights = widths.slice(1).reduce((sum, units, index) => sum + units * widths[index], 0);
  return batch * (6 * weights - 2 * widths[0] * widths[1]);
}

export function stepName({ widths, batch, optimizer }: Step): string {
  return `${widths.join('-')}, batch ${batch}, ${optimizer}`;
}
