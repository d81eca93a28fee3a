/**
 * The table of metrics: what the core adds up for each (assembly/kernels/metric.ts), and what is made of the sums.
 * Knows no networks.
 */
import { METRIC_ACCURACY, METRIC_BINARY_ACCURACY, METRIC_MEAN_ABSOLUTE_ERROR, METRIC_R2 } from '../../assembly/abi.js';

export interface MetricRow {
  /** The core's code. */
  readonly kind: number;
  /** How many sums the core keeps for outputs of `columns` columns. */
  readonly sums: (columns: number) => number;
  /** The metric, from the sums. */
  readonly result: (sums: Float64Array) => number;
}

const mean = ([count, total]: Float64Array): number => (count ? total / count : Number.NaN);

/** 1 - Σ (t - p)² / Σ (t - mean t)², averaged over the columns; of a constant column 1 if it is met exactly, else 0. */
function r2(sums: Float64Array): number {
  let total = 0;
  for (let at = 0; at < sums.length; at += 4) {
    const [count, sum, squares, errors] = sums.subarray(at, at + 4);
    const spread = squares - (sum * sum) / count;
    total += spread > 1e-12 * squares ? 1 - errors / spread : Number(errors === 0);
  }
  return total / (sums.length / 4);
}

export const METRICS = {
  accuracy: { kind: METRIC_ACCURACY, sums: () => 2, result: mean },
  binaryAccuracy: { kind: METRIC_BINARY_ACCURACY, sums: () => 2, result: mean },
  meanAbsoluteError: { kind: METRIC_MEAN_ABSOLUTE_ERROR, sums: () => 2, result: mean },
  r2: { kind: METRIC_R2, sums: (columns) => 4 * columns, result: r2 },
} as const satisfies Record<string, MetricRow>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;
