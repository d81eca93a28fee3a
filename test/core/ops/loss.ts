/**
 * Losses and their gradients, plain and fused with the last activation, with and without row weights and gradient; and their
 * sum. Each kind states what its row value and its gradient may lose to rounding.
 */
import {
  DTYPE_F32,
  DTYPE_I32,
  FLAG_FUSED,
  LOSS_BINARY_CROSSENTROPY,
  LOSS_CATEGORICAL_CROSSENTROPY,
  LOSS_HALF_SQUARED_ERROR,
  LOSS_HINGE,
  LOSS_HUBER,
  LOSS_KULLBACK_LEIBLER_DIVERGENCE,
  LOSS_MEAN_ABSOLUTE_ERROR,
  LOSS_MEAN_SQUARED_ERROR,
  LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
  OP_LOSS,
  OP_LOSS_SUM,
} from '../../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../../src/compile/program.js';
import { ACTIVATIONS, LOSSES, LOSSES_OF_LOGITS, type Loss, type Row, total } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, exactly, rounded } from '../../support/rounding.js';
import { type Case, type Input, type OpRow, type Output, SHAPES, type Shape } from './row.js';

interface Kind {
  readonly name: string;
  readonly kind: number;
  readonly fused?: boolean;
  readonly oracle: Loss;
  /** Outputs and targets of a row are drawn between these. */
  readonly outputs: readonly [number, number];
  readonly targets: readonly [number, number] | 'labels' | 'signs';
  /** Some targets become what the loss has a kink at: the output itself, or 0. */
  readonly kink?: 'output' | 'zero';
  /** Roundings that a row's value takes, and the magnitude of what they round, where that is not the value. */
  readonly value: (p: Row, t: Row) => { operations: number; magnitude?: number };
  /** The same for column c of the gradient. */
  readonly gradient: (p: Row, t: Row, c: number) => { operations: number; magnitude?: number };
}

/** Largest distance of a logit from the row's maximum: e^(z - max) carries its rounding. */
const spread = (z: Row): number => Math.max(...z) - Math.min(...z);

/** Of softmax(z) · Σ t - t, both parts. */
function softmaxGradient(z: Row, t: Row, c: number): { operations: number; magnitude: number } {
  return { operations: z.length + 14 + 2 * spread(z), magnitude: ACTIVATIONS.softmax.value(z)[c] * total(t) + t[c] };
}

const KINDS: readonly Kind[] = [
  {
    name: 'mean squared error',
    kind: LOSS_MEAN_SQUARED_ERROR,
    oracle: LOSSES.meanSquaredError,
    outputs: [-2, 2],
    targets: [-2, 2],
    value: (p) => ({ operations: p.length + 5 }),
    gradient: () => ({ operations: 6 }),
  },
  {
    name: 'half squared error',
    kind: LOSS_HALF_SQUARED_ERROR,
    oracle: LOSSES.halfSquaredError,
    outputs: [-2, 2],
    targets: [-2, 2],
    value: (p) => ({ operations: p.length + 5 }),
    gradient: () => ({ operations: 6 }),
  },
  {
    name: 'mean absolute error',
    kind: LOSS_MEAN_ABSOLUTE_ERROR,
    oracle: LOSSES.meanAbsoluteError,
    outputs: [-2, 2],
    targets: [-2, 2],
    kink: 'output',
    value: (p) => ({ operations: p.length + 4 }),
    gradient: () => ({ operations: 4 }),
  },
  {
    name: 'huber',
    kind: LOSS_HUBER,
    oracle: LOSSES.huber,
    outputs: [-2, 2],
    targets: [-2, 2],
    kink: 'output',
    value: (p) => ({ operations: p.length + 7 }),
    gradient: () => ({ operations: 5 }),
  },
  {
    name: 'hinge',
    kind: LOSS_HINGE,
    oracle: LOSSES.hinge,
    outputs: [-2, 2],
    targets: 'signs',
    value: (p) => ({
      operations: p.length + 4,
      magnitude:
        LOSSES.hinge.value(
          p,
          p.map(() => 0),
        ) +
        total(p.map(Math.abs)) / p.length,
    }),
    gradient: () => ({ operations: 4 }),
  },
  {
    name: 'Kullback-Leibler divergence',
    kind: LOSS_KULLBACK_LEIBLER_DIVERGENCE,
    oracle: LOSSES.kullbackLeiblerDivergence,
    outputs: [0.02, 0.98],
    targets: [0.01, 1],
    kink: 'zero',
    value: (p, t) => ({ operations: p.length + 8, magnitude: total(t.map((v, c) => (v ? v * (1 - Math.log(v) - Math.log(p[c])) : 0))) }),
    gradient: () => ({ operations: 5 }),
  },
  {
    name: 'binary crossentropy',
    kind: LOSS_BINARY_CROSSENTROPY,
    oracle: LOSSES.binaryCrossentropy,
    outputs: [0.02, 0.98],
    targets: [0, 1],
    // The rounding of 1 - p reaches the logarithm absolutely, at most U / 2 of it.
    value: (p, t) => ({ operations: p.length + 8, magnitude: LOSSES.binaryCrossentropy.value(p, t) + 1 }),
    gradient: () => ({ operations: 9 }),
  },
  {
    name: 'binary crossentropy fused',
    kind: LOSS_BINARY_CROSSENTROPY,
    fused: true,
    oracle: LOSSES_OF_LOGITS.binaryCrossentropy,
    outputs: [-6, 6],
    targets: [0, 1],
    value: (z, t) => ({ operations: z.length + 10, magnitude: total(z.map((v, c) => Math.abs(v) * (1 + t[c]) + 1)) / z.length }),
    gradient: (z, t, c) => ({ operations: 12, magnitude: (ACTIVATIONS.sigmoid.value(z)[c] + t[c]) / z.length }),
  },
  {
    name: 'categorical crossentropy',
    kind: LOSS_CATEGORICAL_CROSSENTROPY,
    oracle: LOSSES.categoricalCrossentropy,
    outputs: [0.02, 0.98],
    targets: [0, 1],
    value: (p) => ({ operations: p.length + 6 }),
    gradient: () => ({ operations: 5 }),
  },
  {
    name: 'categorical crossentropy fused',
    kind: LOSS_CATEGORICAL_CROSSENTROPY,
    fused: true,
    oracle: LOSSES_OF_LOGITS.categoricalCrossentropy,
    outputs: [-6, 6],
    targets: [0, 1],
    value: (z, t) => ({ operations: 2 * z.length + 16, magnitude: total(t) * (1 + spread(z) + Math.log(z.length)) }),
    gradient: softmaxGradient,
  },
  {
    name: 'sparse categorical crossentropy',
    kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
    oracle: LOSSES.sparseCategoricalCrossentropy,
    outputs: [0.02, 0.98],
    targets: 'labels',
    value: () => ({ operations: 4 }),
    gradient: () => ({ operations: 5 }),
  },
  {
    name: 'sparse categorical crossentropy fused',
    kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
    fused: true,
    oracle: LOSSES_OF_LOGITS.sparseCategoricalCrossentropy,
    outputs: [-6, 6],
    targets: 'labels',
    value: (z) => ({ operations: z.length + 16, magnitude: 1 + spread(z) + Math.log(z.length) }),
    gradient: (z, [label], c) =>
      softmaxGradient(
        z,
        z.map((_, column) => Number(column === label)),
        c,
      ),
  },
];

interface Variant {
  readonly suffix: string;
  readonly weighted: boolean;
  readonly gradient: boolean;
}

const VARIANTS: readonly Variant[] = [
  { suffix: '', weighted: false, gradient: true },
  { suffix: ' with row weights', weighted: true, gradient: true },
  { suffix: ' without gradient', weighted: true, gradient: false },
];

/** A bound on an intermediate result becomes one on its product with `factor`. */
function scaled({ value, error }: Bounded, factor: number): Bounded {
  return { value: value * factor, error: error * Math.abs(factor) };
}

function drawTargets({ targets, kink }: Kind, p: Row, random: Random): Row {
  if (targets === 'labels') return [random.integer(0, p.length - 1)];
  // Of a target of ±1, not every output can be the kink: some become it.
  if (targets === 'signs') return p.map((v) => (Math.abs(v) === 1 ? v : random.pick([-1, 1])));
  const drawn = random.floats(p.length, ...targets);
  return drawn.map((t, c) => (kink && random.integer(0, 5) === 0 ? { output: p[c], zero: 0 }[kink] : t));
}

function lossRow(row: Kind, { suffix, weighted, gradient }: Variant): OpRow {
  const { name, kind, fused, oracle, outputs, targets } = row;
  const flags = fused ? FLAG_FUSED : 0;
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const labels = targets === 'labels';
    const p = guarded(rowsTensor('p', rows + 1, units));
    const t = guarded(labels ? flatTensor('t', rows + 1, DTYPE_I32, 4) : rowsTensor('t', rows + 1, units));
    const weights = guarded(flatTensor('weights', rows + 1, DTYPE_F32, 4));
    const losses = guarded(flatTensor('losses', rows + 1, DTYPE_F32, 4));
    const dp = guarded(rowsTensor('dp', rows + 1, units));
    const spare = guarded(rowsTensor('spare', 1, units));
    const pRows = Array.from({ length: rows }, () =>
      random.floats(units, ...outputs).map((p) => (targets === 'signs' && random.integer(0, 5) === 0 ? Math.sign(p) : p)),
    );
    const tRows = pRows.map((p) => drawTargets(row, p, random));
    const w = pRows.map(() => (weighted ? random.floats(1, 0.2, 3)[0] : 1));
    const lossOf = (z: Row, r: number): Bounded => {
      const { operations, magnitude } = row.value(z, tRows[r]);
      return scaled(rounded(oracle.value(z, tRows[r]), operations, magnitude), w[r]);
    };
    const gradientOf = (z: Row, r: number): Bounded[] =>
      oracle.gradient(z, tRows[r]).map((g, c) => {
        const { operations, magnitude } = row.gradient(z, tRows[r], c);
        return scaled(rounded(g, operations, magnitude), w[r] / rows);
      });
    const inputs: Input[] = [
      { tensor: p, values: pRows.flat(), perRow: true },
      { tensor: t, values: tRows.flat(), perRow: true },
    ];
    if (weighted) inputs.push({ tensor: weights, values: w, perRow: true });
    const results: Output[] = [{ tensor: losses, expected: pRows.map(lossOf), alone: true }];
    if (gradient) results.push({ tensor: dp, expected: pRows.flatMap(gradientOf), padding: 'zero' });
    const operands = [p, t, weighted ? weights : undefined, losses, gradient ? dp : undefined, spare];
    return { ops: [{ code: OP_LOSS, operands, kind, flags }], rows, inputs, outputs: results, scratch: [spare] };
  };
  return { name: `${name}${suffix}`, code: OP_LOSS, kind, flags, shapes: SHAPES, build };
}

const LOSS_SUM: OpRow = {
  name: 'loss sum',
  code: OP_LOSS_SUM,
  shapes: SHAPES,
  build({ rows }, random) {
    const losses = guarded(flatTensor('losses', rows + 1, DTYPE_F32, 4));
    const values = random.floats(rows, 0, 5);
    return {
      ops: [{ code: OP_LOSS_SUM, operands: [losses] }],
      rows,
      inputs: [{ tensor: losses, values, perRow: true }],
      // The sum is in f64 and in order, as the oracle's.
      outputs: [{ tensor: losses, expected: [exactly(total(values))], read: (rig) => rig.last?.loss ?? [], untouched: true }],
    };
  },
};

export const LOSS_ROWS: readonly OpRow[] = [...KINDS.flatMap((kind) => VARIANTS.map((variant) => lossRow(kind, variant))), LOSS_SUM];
