/**
 * Metrics: the core's sums, made into a number by src/training/metrics.ts, against the oracle. Sums are in f64, so only the
 * last digits of a double may differ.
 */
import {
  DTYPE_F64,
  DTYPE_I32,
  METRIC_ACCURACY,
  METRIC_BINARY_ACCURACY,
  METRIC_MEAN_ABSOLUTE_ERROR,
  METRIC_R2,
  OP_METRIC,
} from '../../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../../src/compile/program.js';
import { METRICS as LIBRARY_METRICS, type MetricName } from '../../../src/training/metrics.js';
import { METRICS, oneHot } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Case, type OpRow, SHAPES, type Shape } from './row.js';

const KINDS: readonly { readonly kind: number; readonly name: MetricName }[] = [
  { kind: METRIC_ACCURACY, name: 'accuracy' },
  { kind: METRIC_BINARY_ACCURACY, name: 'binaryAccuracy' },
  { kind: METRIC_MEAN_ABSOLUTE_ERROR, name: 'meanAbsoluteError' },
  { kind: METRIC_R2, name: 'r2' },
];

/** R2 of one row, and of labels that are all the same, has no spread to compare with: its convention is tested by metrics of src/. */
const hasSpread = ({ rows }: Shape): boolean => rows > 1;

function metricRow({ kind, name }: (typeof KINDS)[number], labels: boolean): OpRow {
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const p = guarded(rowsTensor('p', rows + 1, units));
    const t = guarded(labels ? flatTensor('t', rows + 1, DTYPE_I32, 4) : rowsTensor('t', rows + 1, units));
    const { sums: count, result } = LIBRARY_METRICS[name];
    const sums = guarded(flatTensor('sums', count(units), DTYPE_F64, 8));
    const pRows = Array.from({ length: rows }, () => random.floats(units, 0, 1));
    const tRows = pRows.map(() => (labels ? [random.integer(0, units - 1)] : random.floats(units, 0, 1)));
    // Half of the rows are right, so that an accuracy is neither 0 nor 1 for certain.
    for (let r = 0; r < rows; r += 2) pRows[r][labels ? tRows[r][0] : tRows[r].indexOf(Math.max(...tRows[r]))] = 2;
    const value = METRICS[name](pRows, labels ? oneHot(tRows, units) : tRows);
    return {
      ops: [{ code: OP_METRIC, operands: [p, t, sums], kind }],
      rows,
      inputs: [
        { tensor: p, values: pRows.flat(), perRow: true },
        { tensor: t, values: tRows.flat(), perRow: true },
        { tensor: sums, values: Array<number>(sums.rows).fill(0) },
      ],
      outputs: [
        { tensor: sums, expected: [{ value, error: 1e-11 * Math.abs(value) }], read: (rig) => [result(Float64Array.from(rig.get(sums)))] },
      ],
    };
  };
  const usable = name === 'r2' ? SHAPES.filter(hasSpread) : SHAPES;
  // One class leaves nothing to guess, and r2 of labels needs each class both met and missed.
  const shapes = labels ? usable.filter(({ units }) => units > 1) : usable;
  return { name: `metric ${name}${labels ? ' of labels' : ''}`, code: OP_METRIC, kind, shapes, build };
}

export const METRIC_ROWS: readonly OpRow[] = KINDS.flatMap((kind) =>
  (kind.name === 'r2' ? [false] : [false, true]).map((labels) => metricRow(kind, labels)),
);
