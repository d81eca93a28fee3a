/** Losses at the ends of their domain: far logits, certain outputs, and outputs that are no numbers. Knows no training. */
import { describe, expect, it } from 'vitest';
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
} from '../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../src/compile/program.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { LOSSES_OF_LOGITS, type Loss, type Matrix, type Row } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { Rig } from '../support/rig.js';
import { U, violations } from '../support/rounding.js';

interface Form {
  readonly kind: number;
  readonly fused: boolean;
}

/** Row losses and the gradient of their mean. */
function evaluate(binary: BinaryName, { kind, fused }: Form, outputs: Matrix, targets: Matrix): { losses: Row; gradient: Row } {
  const [rows, columns] = [outputs.length, outputs[0].length];
  const [p, gradient, spare] = ['p', 'gradient', 'spare'].map((name) => rowsTensor(name, rows, columns));
  const labels = kind === LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
  const t = labels ? flatTensor('t', rows, DTYPE_I32, 4) : rowsTensor('t', rows, columns);
  const losses = flatTensor('losses', rows, DTYPE_F32, 4);
  const rig = new Rig(binary, [
    { code: OP_LOSS, operands: [p, t, undefined, losses, gradient, spare], kind, flags: fused ? FLAG_FUSED : 0 },
  ]);
  rig.put(p, outputs.flat());
  rig.put(t, targets.flat());
  rig.run({ rows });
  return { losses: rig.get(losses), gradient: rig.get(gradient) };
}

const FAR: Matrix = [1e4, -1e4, 88.8, -88.8, 0].flatMap((a) =>
  [1e4, -1e4, 104, 0].flatMap((b) => [0, -1e4].map((c) => [a, b, c].map(Math.fround))),
);

/** Fused losses and targets that hit and miss; a fused loss of a new kind is one row here. */
const FUSED: readonly { name: string; kind: number; oracle: Loss; targets: Matrix }[] = [
  {
    name: 'sigmoid and binary crossentropy',
    kind: LOSS_BINARY_CROSSENTROPY,
    oracle: LOSSES_OF_LOGITS.binaryCrossentropy,
    targets: [
      [0, 1, 0.25],
      [1, 0, 1],
    ],
  },
  {
    name: 'softmax and categorical crossentropy',
    kind: LOSS_CATEGORICAL_CROSSENTROPY,
    oracle: LOSSES_OF_LOGITS.categoricalCrossentropy,
    targets: [
      [0, 1, 0],
      [0.5, 0.25, 0.25],
    ],
  },
  {
    name: 'softmax and sparse crossentropy',
    kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
    oracle: LOSSES_OF_LOGITS.sparseCategoricalCrossentropy,
    targets: [[0], [2]],
  },
];

/** Every kind and form of a loss, and the column in which a bad output must show whatever the target is (0 or [1, 0, 0]). */
const FORMS: readonly (Form & { name: string; columns: readonly number[] })[] = [
  { name: 'mean squared error', kind: LOSS_MEAN_SQUARED_ERROR, fused: false, columns: [0, 1, 2] },
  { name: 'half squared error', kind: LOSS_HALF_SQUARED_ERROR, fused: false, columns: [0, 1, 2] },
  { name: 'mean absolute error', kind: LOSS_MEAN_ABSOLUTE_ERROR, fused: false, columns: [0, 1, 2] },
  { name: 'huber', kind: LOSS_HUBER, fused: false, columns: [0, 1, 2] },
  { name: 'hinge', kind: LOSS_HINGE, fused: false, columns: [0, 1, 2] },
  { name: 'Kullback-Leibler divergence', kind: LOSS_KULLBACK_LEIBLER_DIVERGENCE, fused: false, columns: [0, 1, 2] },
  { name: 'binary crossentropy', kind: LOSS_BINARY_CROSSENTROPY, fused: false, columns: [0, 1, 2] },
  { name: 'binary crossentropy fused', kind: LOSS_BINARY_CROSSENTROPY, fused: true, columns: [0, 1, 2] },
  { name: 'categorical crossentropy', kind: LOSS_CATEGORICAL_CROSSENTROPY, fused: false, columns: [0, 1, 2] },
  { name: 'categorical crossentropy fused', kind: LOSS_CATEGORICAL_CROSSENTROPY, fused: true, columns: [0, 1, 2] },
  // Only the label's output enters the loss.
  { name: 'sparse crossentropy', kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, fused: false, columns: [0] },
  { name: 'sparse crossentropy fused', kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, fused: true, columns: [0, 1, 2] },
];

describeBinaries('losses at their ends', (binary) => {
  it.each(FUSED)('$name is right for logits of ±1e4', ({ kind, oracle, targets }) => {
    for (const target of targets) {
      const rows = FAR.map(() => target);
      const { losses, gradient } = evaluate(binary, { kind, fused: true }, FAR, rows);
      // Next to a maximum, ln Σ e^(z - max) keeps as many digits as 1 does.
      const values = FAR.map((z) => oracle.value(z, target)).map((value) => ({ value, error: 4 * U * (Math.abs(value) + 1) }));
      expect(violations(losses, values), `target ${target}`).toEqual([]);
      const gradients = FAR.flatMap((z) => oracle.gradient(z, target)).map((g) => ({ value: g / FAR.length, error: 1e-7 }));
      expect(violations(gradient, gradients), `target ${target}`).toEqual([]);
    }
  });

  it.each([
    { name: 'binary crossentropy', kind: LOSS_BINARY_CROSSENTROPY, outputs: [[0, 0, 1, 1]], targets: [[0, 1, 0, 1]], loss: 87.33654 / 2 },
    {
      name: 'categorical crossentropy',
      kind: LOSS_CATEGORICAL_CROSSENTROPY,
      outputs: [[0, 0, 1, 1]],
      targets: [[0, 1, 0, 1]],
      loss: 87.33654,
    },
    { name: 'sparse crossentropy', kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, outputs: [[0, 0, 1, 1]], targets: [[1]], loss: 87.33654 },
    {
      name: 'Kullback-Leibler divergence',
      kind: LOSS_KULLBACK_LEIBLER_DIVERGENCE,
      outputs: [[0, 0, 1, 1]],
      targets: [[0, 1, 0, 1]],
      loss: 87.33654,
    },
  ])('$name of certain outputs is finite, and its gradient', ({ kind, outputs, targets, loss }) => {
    const result = evaluate(binary, { kind, fused: false }, outputs, targets);
    expect(result.losses[0]).toBeCloseTo(loss, 3);
    expect(result.gradient.every(Number.isFinite)).toBe(true);
    expect(result.gradient[1]).toBeLessThan(-1e9);
  });

  describe.each(FORMS)('$name', (form) => {
    const targets = form.kind === LOSS_SPARSE_CATEGORICAL_CROSSENTROPY ? [[0]] : [[1, 0, 0]];

    it.each(form.columns)('is not finite when output %i is NaN', (column) => {
      const outputs = [0.25, 0.5, 0.75].map((v, c) => (c === column ? Number.NaN : v));
      const [loss] = evaluate(binary, form, [outputs], targets).losses;
      expect(Number.isFinite(loss), `${loss}`).toBe(false);
    });
  });
});
