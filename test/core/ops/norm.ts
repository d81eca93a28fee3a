/**
 * Layer and batch norm against the oracle's layers, forward, backward and by running statistics.
 * Tolerance, over a group of n numbers that share a mean: the mean errs by (n + 1) · U of what was added up, so does every
 * distance from it, and the deviation by that and n / 2 + 4 roundings; the way back sums n products of such numbers.
 */
import {
  DTYPE_F32,
  OP_BATCH_NORM_BACKWARD,
  OP_BATCH_NORM_FORWARD,
  OP_BATCH_NORM_INFERENCE,
  OP_LAYER_NORM_BACKWARD,
  OP_LAYER_NORM_BACKWARD_WEIGHTS,
  OP_LAYER_NORM_FORWARD,
} from '../../../assembly/abi.js';
import { roundUp, vectorBytes } from '../../../src/compile/layout.js';
import { flatTensor, type Op, rowsTensor, runTensor, type Tensor } from '../../../src/compile/program.js';
import { LAYERS, type Matrix, type Row, total } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, exactly, rounded, U } from '../../support/rounding.js';
import { type Case, type OpRow, type Output, SHAPES, type Shape, toRows } from './row.js';

/** Large enough to show. */
const EPSILON = Math.fround(0.02);
const MOMENTUM = Math.fround(0.8);

type Type = 'layerNorm' | 'batchNorm';

const mean = (values: Row): number => total(values) / values.length;
const spread = (values: Row): number => mean(values.map((v) => (v - mean(values)) ** 2));
const largest = (values: Row): number => Math.max(...values.map(Math.abs));
const transpose = (matrix: Matrix): Matrix => matrix[0].map((_, c) => matrix.map((row) => row[c]));

/** What the numbers of one group share. */
interface Group {
  readonly mean: number;
  /** 1 / √(variance + epsilon) */
  readonly rate: number;
  readonly meanError: number;
  /** Of the rate, relative to it. */
  readonly rateError: number;
  /** Of a normal value. */
  readonly normalError: (normal: number) => number;
}

/** Of one number alone the distance from the mean is 0 exactly. */
function groupOf(x: Row): Group {
  const n = x.length;
  const rate = 1 / Math.sqrt(spread(x) + EPSILON);
  const distance = n === 1 ? 0 : (n + 2) * U * largest(x);
  const rateError = distance * rate + (n / 2 + 6) * U;
  const normalError = (normal: number): number => distance * rate + (rateError + 2 * U) * Math.abs(normal);
  return { mean: mean(x), rate, meanError: (n + 1) * U * largest(x), rateError, normalError };
}

/** Rows for layer norm, columns for batch norm. */
function groupsOf(type: Type, x: Matrix): Group[] {
  return (type === 'layerNorm' ? x : transpose(x)).map(groupOf);
}

/** Means and rates as they lie in memory: side by side for each row, or one run after the other for all columns. */
function statisticsOf(type: Type, groups: readonly Group[]): Bounded[] {
  const means = groups.map(({ mean, meanError }) => ({ value: mean, error: meanError }));
  const rates = groups.map(({ rate, rateError }) => ({ value: rate, error: rateError * rate }));
  if (type === 'layerNorm') return means.flatMap((mean, at) => [mean, rates[at]]);
  return [...padded(means), ...padded(rates)];
}

/** A vector in whole panels, behind its end zeros. */
function padded(values: readonly Bounded[]): Bounded[] {
  const zeros = Array<Bounded>(roundUp(values.length, 8) - values.length).fill(exactly(0));
  return [...values, ...zeros];
}

function vector(name: string, units: number): Tensor {
  const bytes = vectorBytes(units);
  return guarded(runTensor(name, { name, bytes, life: 'kept' }, 0, units, bytes));
}

function statisticsTensor(type: Type, name: string, rows: number, units: number): Tensor {
  return guarded(flatTensor(name, type === 'layerNorm' ? 2 * rows : 2 * roundUp(units, 8), DTYPE_F32, 4));
}

interface Drawn {
  readonly x: Matrix;
  readonly gamma: Row;
  readonly beta: Row;
  readonly running: [mean: Row, variance: Row];
}

/** Values that are not centred, so that a mean that is left out shows. */
function draw({ rows, units }: Shape, random: Random): Drawn {
  return {
    x: toRows(random.floats(rows * units, -1, 2), units),
    gamma: random.floats(units, 0.5, 2),
    beta: random.floats(units),
    running: [random.floats(units), random.floats(units, 0.3, 3)],
  };
}

/** The oracle's pass; batch norm moves the running statistics handed to it. */
function pass(type: Type, { x, gamma, beta, running }: Drawn, training: boolean) {
  if (type === 'layerNorm') return LAYERS.layerNorm.forward({ type, epsilon: EPSILON }, [gamma, beta], x, training);
  return LAYERS.batchNorm.forward({ type, epsilon: EPSILON, momentum: MOMENTUM }, [gamma, beta, ...running], x, training);
}

/** y = gamma · normal + beta. */
function outputBounds(y: Matrix, { gamma, beta }: Drawn, errorOf: (r: number, c: number, normal: number) => number): Bounded[] {
  return y.flatMap((row, r) =>
    row.map((value, c) => {
      const normal = (value - beta[c]) / gamma[c];
      const error = gamma[c] * errorOf(r, c, normal) + 3 * U * (Math.abs(gamma[c] * normal) + Math.abs(beta[c]));
      return { value, error };
    }),
  );
}

/** A mean of a batch moves the running one; the same for variances, which are unbiased there. */
function runningBounds(before: Drawn['running'], after: Drawn['running'], { x }: Drawn): Bounded[] {
  const groups = groupsOf('batchNorm', x);
  const bound = (at: 0 | 1, errorOf: (group: Group) => number): Bounded[] =>
    after[at].map((value, c) =>
      x.length === 1
        ? exactly(value)
        : { value, error: 6 * U * (Math.abs(before[at][c]) + Math.abs(value)) + (1 - MOMENTUM) * errorOf(groups[c]) },
    );
  // A variance is rate^-2, so its relative error is twice that of the rate; at most doubled by the unbiased divisor.
  const variances = bound(1, ({ rate, rateError }) => (4 * (rateError + 2 * U)) / rate ** 2);
  return [...padded(bound(0, ({ meanError }) => meanError)), ...padded(variances)];
}

function forwardRow(type: Type, code: number): OpRow {
  const build = (shape: Shape, random: Random): Case => {
    const { rows, units } = shape;
    const [x, y] = ['x', 'y'].map((name) => guarded(rowsTensor(name, rows + 1, units)));
    const [gamma, beta] = ['gamma', 'beta'].map((name) => vector(name, units));
    const statistics = statisticsTensor(type, 'statistics', rows, units);
    const running = statisticsTensor('batchNorm', 'running', rows, units);
    const drawn = draw(shape, random);
    const moved: Drawn = { ...drawn, running: [[...drawn.running[0]], [...drawn.running[1]]] };
    const groups = groupsOf(type, drawn.x);
    const errorOf = (r: number, c: number, normal: number): number => groups[type === 'layerNorm' ? r : c].normalError(normal);
    const outputs: Output[] = [
      { tensor: y, expected: outputBounds(pass(type, moved, true).y, drawn, errorOf), padding: 'zero', alone: type === 'layerNorm' },
      { tensor: statistics, expected: statisticsOf(type, groups) },
    ];
    const inputs = [
      { tensor: x, values: drawn.x.flat(), perRow: true },
      { tensor: gamma, values: drawn.gamma },
      { tensor: beta, values: drawn.beta },
    ];
    if (type === 'batchNorm') {
      outputs.push({ tensor: running, expected: runningBounds(drawn.running, moved.running, drawn) });
      inputs.push({
        tensor: running,
        values: drawn.running.flatMap((values) => padded(values.map(exactly)).map(({ value }) => value)),
        perRow: false,
      });
    }
    const operands = [x, gamma, beta, y, statistics, type === 'batchNorm' ? running : undefined];
    return { ops: [{ code, operands, scalar: EPSILON, scalar2: MOMENTUM }], rows, inputs, outputs };
  };
  return { name: type, code, shapes: SHAPES, build };
}

const INFERENCE: OpRow = {
  name: 'batchNorm by running statistics',
  code: OP_BATCH_NORM_INFERENCE,
  shapes: SHAPES,
  build(shape, random) {
    const { rows, units } = shape;
    const [x, y] = ['x', 'y'].map((name) => guarded(rowsTensor(name, rows + 1, units)));
    const [gamma, beta] = ['gamma', 'beta'].map((name) => vector(name, units));
    const running = statisticsTensor('batchNorm', 'running', rows, units);
    const drawn = draw(shape, random);
    const errorOf = (r: number, c: number, normal: number): number =>
      2 * U * (Math.abs(normal) * 4 + (Math.abs(drawn.x[r][c]) + Math.abs(drawn.running[0][c])) / Math.sqrt(drawn.running[1][c]));
    return {
      ops: [{ code: OP_BATCH_NORM_INFERENCE, operands: [x, gamma, beta, y, running], scalar: EPSILON }],
      rows,
      inputs: [
        { tensor: x, values: drawn.x.flat(), perRow: true },
        { tensor: gamma, values: drawn.gamma },
        { tensor: beta, values: drawn.beta },
        { tensor: running, values: drawn.running.flatMap((values) => padded(values.map(exactly)).map(({ value }) => value)) },
      ],
      outputs: [{ tensor: y, expected: outputBounds(pass('batchNorm', drawn, false).y, drawn, errorOf), padding: 'zero', alone: true }],
    };
  },
};

/** Where dx goes: to a tensor of its own, over dy, or nowhere. */
type Place = 'apart' | 'in place' | 'without dx';

/** Bounds of dx over one group: g = dy · gamma and normal values as they are known, statistics rounded once. */
function backwardBounds(dx: Row, g: Row, normal: Row, { rate }: Group, scale: number): Bounded[] {
  const n = dx.length;
  if (n === 1) return dx.map(exactly);
  const known = 8 * U * (largest(normal) + scale * rate);
  const [meanG, product] = [mean(g.map(Math.abs)), mean(g.map((v, at) => Math.abs(v * normal[at])))];
  const shift = (n + 4) * U * meanG;
  const slope = (n + 4) * U * product + known * meanG;
  return dx.map((value, at) => {
    const parts = Math.abs(g[at]) + meanG + Math.abs(normal[at]) * product;
    return { value, error: rate * (6 * U * parts + shift + Math.abs(normal[at]) * slope + known * product) };
  });
}

function backwardRow(type: Type, code: number, place: Place): OpRow {
  const build = (shape: Shape, random: Random): Case => {
    const { rows, units } = shape;
    const [x, dy] = ['x', 'dy'].map((name) => guarded(rowsTensor(name, rows + 1, units)));
    const dx = place === 'in place' ? dy : guarded(rowsTensor('dx', rows + 1, units));
    const [gamma, dGamma, dBeta] = ['gamma', 'dGamma', 'dBeta'].map((name) => vector(name, units));
    const statistics = statisticsTensor(type, 'statistics', rows, units);
    const drawn = draw(shape, random);
    const dyRows = toRows(random.floats(rows * units, -1, 2), units);
    const groups = groupsOf(type, drawn.x);
    const result = pass(type, drawn, true).back(dyRows);
    const groupAt = (r: number, c: number): Group => groups[type === 'layerNorm' ? r : c];
    const normal = drawn.x.map((row, r) => row.map((v, c) => (v - groupAt(r, c).mean) * groupAt(r, c).rate));
    const g = dyRows.map((row) => row.map((d, c) => d * drawn.gamma[c]));
    const turn = (matrix: Matrix): Matrix => (type === 'layerNorm' ? matrix : transpose(matrix));
    const bounds = groups.map((group, at) =>
      backwardBounds(turn(result.dx)[at], turn(g)[at], turn(normal)[at], group, largest(turn(drawn.x)[at])),
    );
    const expected = drawn.x.flatMap((row, r) => row.map((_, c) => (type === 'layerNorm' ? bounds[r][c] : bounds[c][r])));
    const known = 8 * U * (largest(normal.flat()) + largest(drawn.x.flat()) / Math.sqrt(EPSILON));
    const sums = transpose(dyRows).map((column) => total(column.map(Math.abs)));
    const gammaBounds = result.gradients[0].map((value, c) => ({
      value,
      error: sums[c] * known + (rows + 3) * U * total(dyRows.map((row, r) => Math.abs(row[c] * normal[r][c]))),
    }));
    const outputs: Output[] = [
      { tensor: dGamma, expected: gammaBounds, padding: 'zero' },
      { tensor: dBeta, expected: result.gradients[1].map((value, c) => rounded(value, rows + 1, sums[c])), padding: 'zero' },
    ];
    if (place !== 'without dx') outputs.unshift({ tensor: dx, expected, padding: 'zero', alone: type === 'layerNorm' });
    const wanted = place === 'without dx' ? undefined : dx;
    const ops: Op[] =
      type === 'batchNorm'
        ? [{ code, operands: [x, gamma, statistics, dy, wanted, dGamma, dBeta] }]
        : [
            { code: OP_LAYER_NORM_BACKWARD_WEIGHTS, operands: [x, statistics, dy, dGamma, dBeta] },
            ...(wanted ? [{ code, operands: [x, gamma, statistics, dy, wanted] }] : []),
          ];
    return {
      ops,
      rows,
      inputs: [
        { tensor: x, values: drawn.x.flat(), perRow: true },
        ...(type === 'batchNorm' || wanted ? [{ tensor: gamma, values: drawn.gamma }] : []),
        { tensor: statistics, values: statisticsOf(type, groups).map(({ value }) => value), perRow: type === 'layerNorm' },
        { tensor: dy, values: dyRows.flat(), perRow: true },
      ],
      outputs,
    };
  };
  return { name: `${type} backward ${place}`, code, shapes: SHAPES, build };
}

const PLACES: readonly Place[] = ['apart', 'in place', 'without dx'];

export const NORM_ROWS: readonly OpRow[] = [
  forwardRow('layerNorm', OP_LAYER_NORM_FORWARD),
  forwardRow('batchNorm', OP_BATCH_NORM_FORWARD),
  INFERENCE,
  ...PLACES.map((place) =>
    backwardRow('layerNorm', place === 'without dx' ? OP_LAYER_NORM_BACKWARD_WEIGHTS : OP_LAYER_NORM_BACKWARD, place),
  ),
  ...PLACES.map((place) => backwardRow('batchNorm', OP_BATCH_NORM_BACKWARD, place)),
];
