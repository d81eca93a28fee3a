/**
 * What happens from step to step: updates that build on each other, statuses, and sums over batches. Programs of a few ops,
 * against the oracle. Knows no networks.
 */
import { expect, it } from 'vitest';
import {
  DTYPE_F32,
  DTYPE_F64,
  METRIC_MEAN_ABSOLUTE_ERROR,
  OP_GATHER,
  OP_LOSS_SUM,
  OP_METRIC,
  STATUS_LOSS,
  STATUS_OK,
  STATUS_UPDATE,
} from '../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../src/compile/program.js';
import { METRICS as LIBRARY_METRICS } from '../../src/training/metrics.js';
import { optimizerRow, sgd } from '../../src/training/optimizers.js';
import { METRICS, optimizerReference } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { guarded, Rig } from '../support/rig.js';
import { violations } from '../support/rounding.js';
import { toRows } from './ops/row.js';
import { nextScalars, OPTIMIZER_CASES, type OptimizerCase, updatedBounds, updateOp } from './ops/update.js';

const LENGTH = 40;
const UPDATES = 12;
/** A step record that has not been run keeps what the rig put there. */
const NOT_RUN = -1;

/** A rig with one update on it, moments at zero. */
function updateRig(binary: ConstructorParameters<typeof Rig>[0], row: OptimizerCase, weights: readonly number[]) {
  const { op, operands } = updateOp(row, LENGTH);
  const rig = new Rig(binary, [op]);
  for (const tensor of operands) rig.put(tensor, tensor === operands[0] ? weights : Array<number>(LENGTH).fill(0));
  const rule = optimizerRow(row.optimizer).rule(row.optimizer);
  const [parameters, gradients, ...moments] = operands;
  const step = (values: readonly number[]) => {
    rig.put(gradients, values);
    return rig.run({ rows: 1, scalars: nextScalars(rule, row.optimizer) });
  };
  return { rig, parameters, moments, step };
}

describeBinaries('updates', (binary) => {
  it.each(OPTIMIZER_CASES)('$name follows the oracle over several', (row) => {
    const random = seeded(3);
    const before = random.floats(LENGTH);
    const expected = [[...before]];
    const update = optimizerReference(row.optimizer, () => row.optimizer.learningRate as number);
    const { rig, parameters, step } = updateRig(binary, row, before);
    for (let done = 1; done <= UPDATES; done++) {
      // A few gradients are zero for good, or very small: their moments must not matter to the others.
      const gradients = random.floats(LENGTH).map((g, at) => Math.fround(at < 4 ? 0 : at < 8 ? g * 1e-12 : g));
      expect(step(gradients)).toMatchObject({ done: 1, status: [STATUS_OK] });
      update(expected, [gradients]);
      expect(violations(rig.get(parameters), updatedBounds(before, expected[0], 2 * done)), `update ${done}`).toEqual([]);
    }
  });

  it.each(
    OPTIMIZER_CASES.flatMap((row) => [Number.NaN, Infinity, -Infinity].map((bad) => ({ ...row, bad }))),
  )('$name reports a gradient of $bad', ({ bad, ...row }) => {
    const gradients = Array<number>(LENGTH).fill(0.5);
    for (const place of [0, 17, LENGTH - 1]) {
      const { step } = updateRig(binary, row, gradients);
      expect(step(gradients)).toMatchObject({ done: 1, status: [STATUS_OK] });
      expect(step(gradients.map((g, at) => (at === place ? bad : g)))).toMatchObject({ done: 0, status: [STATUS_UPDATE] });
    }
  });

  it('reports a parameter that overflows under a finite gradient', () => {
    const row = { ...OPTIMIZER_CASES[0], optimizer: sgd({ learningRate: 10 }) };
    const { step } = updateRig(binary, row, Array<number>(LENGTH).fill(3e38));
    expect(step(Array<number>(LENGTH).fill(-3e38))).toMatchObject({ done: 0, status: [STATUS_UPDATE] });
  });

  it.each(
    OPTIMIZER_CASES.filter((row) => optimizerRow(row.optimizer).form(row.optimizer).moments > 0),
  )('$name drops moments below 1e-30', (row) => {
    const zeros = Array<number>(LENGTH).fill(0);
    const { rig, moments, step } = updateRig(binary, row, zeros);
    // The third, the largest second moment so far, is made of second moments alone.
    const flushed = moments.slice(0, 2);
    for (const moment of flushed)
      rig.put(
        moment,
        zeros.map((_, at) => [9e-31, -9e-31, 1e-38, 1e-20][at % 4]),
      );
    step(zeros);
    for (const moment of flushed) {
      const left = rig.get(moment);
      expect(left.filter((value, at) => at % 4 !== 3 && value !== 0)).toEqual([]);
      expect(left.filter((value, at) => at % 4 === 3 && !(value > 1e-21))).toEqual([]);
    }
  });
});

describeBinaries('steps', (binary) => {
  /** Losses gathered from `values`, their sum, and an update that moves every parameter by -1. */
  function lossRig(values: readonly number[]) {
    const source = guarded({ ...flatTensor('source', values.length, DTYPE_F32, 4), columns: 1 });
    const losses = guarded(flatTensor('losses', values.length, DTYPE_F32, 4));
    const row = { ...OPTIMIZER_CASES[0], optimizer: sgd({ learningRate: 1 }) };
    const { op, operands } = updateOp(row, LENGTH);
    const rig = new Rig(binary, [{ code: OP_GATHER, operands: [source, losses] }, { code: OP_LOSS_SUM, operands: [losses] }, op], {
      steps: 3,
    });
    rig.put(source, values);
    rig.put(operands[0], Array<number>(LENGTH).fill(10));
    rig.put(operands[1], Array<number>(LENGTH).fill(1));
    const scalars = nextScalars(optimizerRow(row.optimizer).rule(row.optimizer), row.optimizer);
    return { rig, parameters: operands[0], scalars };
  }

  it('take their own rows in their own order', () => {
    const { rig, parameters, scalars } = lossRig([1, 2, 4, 8, 16, 32]);
    const result = rig.run({ rows: 2, order: [5, 0], scalars }, { rows: 3, order: [1, 2, 3], scalars }, { rows: 1, scalars });
    expect(result).toEqual({ done: 3, status: [STATUS_OK, STATUS_OK, STATUS_OK], loss: [33, 14, 1] });
    expect(new Set(rig.get(parameters))).toEqual(new Set([7]));
  });

  it.each([Number.NaN, Infinity, -Infinity])('stop before anything is updated at a loss of %f', (bad) => {
    const { rig, parameters, scalars } = lossRig([1, 2, bad, 8, 16, 32]);
    const result = rig.run({ rows: 2, scalars }, { rows: 3, order: [1, 2, 3], scalars }, { rows: 1, scalars });
    expect(result).toEqual({ done: 1, status: [STATUS_OK, STATUS_LOSS, NOT_RUN], loss: [3, bad, Number.NaN] });
    expect(new Set(rig.get(parameters))).toEqual(new Set([9]));
  });

  it('stop behind an update that spoils parameters', () => {
    const { rig, parameters, scalars } = lossRig([1, 2, 4]);
    const spoiling = Float32Array.from(scalars, (value) => value * Number.POSITIVE_INFINITY);
    const result = rig.run({ rows: 1, scalars }, { rows: 2, scalars: spoiling }, { rows: 1, scalars });
    expect(result).toMatchObject({ done: 1, status: [STATUS_OK, STATUS_UPDATE, NOT_RUN] });
    expect(rig.get(parameters).some(Number.isFinite)).toBe(false);
  });

  it('add metrics up over batches of different size', () => {
    const random = seeded(9);
    const [rows, columns] = [23, 5];
    const sources = ['p', 't'].map((name) =>
      guarded({ ...flatTensor(`source.${name}`, rows * columns, DTYPE_F32, 4), rows, columns, stride: 4 * columns }),
    );
    const batches = ['p', 't'].map((name) => guarded(rowsTensor(name, 10, columns)));
    const sums = guarded(flatTensor('sums', 2, DTYPE_F64, 8));
    const gathers = sources.map((source, index) => ({ code: OP_GATHER, operands: [source, batches[index]] }));
    const rig = new Rig(binary, [...gathers, { code: OP_METRIC, operands: [...batches, sums], kind: METRIC_MEAN_ABSOLUTE_ERROR }], {
      steps: 3,
    });
    const [p, t] = sources.map(() => random.floats(rows * columns));
    rig.put(sources[0], p);
    rig.put(sources[1], t);
    rig.put(sums, [0, 0]);
    const order = Array.from({ length: rows }, (_, r) => (7 * r) % rows);
    rig.run({ rows: 10, order: order.slice(0, 10) }, { rows: 10, order: order.slice(10, 20) }, { rows: 3, order: order.slice(20) });
    const expected = METRICS.meanAbsoluteError(toRows(p, columns), toRows(t, columns));
    expect(LIBRARY_METRICS.meanAbsoluteError.result(Float64Array.from(rig.get(sums)))).toBeCloseTo(expected, 12);
  });
});
