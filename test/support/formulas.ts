/**
 * The oracle's formulas in float64, written as plainly as possible, each beside its derivative, one row of a table each:
 * activations, losses, optimizers, schedules, metrics. Imports nothing, and must not know how the library computes.
 */

export type Row = number[];
export type Matrix = Row[];

// ---- activations: value(z) and, for the way back, dz from z, y = value(z) and dy

interface Activation {
  value(z: Row): Row;
  backward(z: Row, y: Row, dy: Row): Row;
}

function elementwise(value: (z: number) => number, derivative: (z: number, y: number) => number): Activation {
  return {
    value: (z) => z.map(value),
    backward: (z, y, dy) => dy.map((d, c) => d * derivative(z[c], y[c])),
  };
}

export const ACTIVATIONS = {
  linear: elementwise(
    (z) => z,
    () => 1,
  ),
  relu: elementwise(
    (z) => Math.max(z, 0),
    (z) => (z > 0 ? 1 : 0),
  ),
  sigmoid: elementwise(
    (z) => 1 / (1 + Math.exp(-z)),
    (_, y) => y * (1 - y),
  ),
  tanh: elementwise(Math.tanh, (_, y) => 1 - y * y),
  softmax: {
    value(z) {
      const largest = Math.max(...z);
      const exponentials = z.map((v) => Math.exp(v - largest));
      const sum = total(exponentials);
      return exponentials.map((e) => e / sum);
    },
    backward(_, y, dy) {
      const inner = total(y.map((v, c) => v * dy[c]));
      return y.map((v, c) => v * (dy[c] - inner));
    },
  },
} satisfies Record<string, Activation>;

export type ActivationName = keyof typeof ACTIVATIONS;

// ---- losses of one row: value(p, t) and its gradient with respect to p

export interface Loss {
  value(p: Row, t: Row): number;
  gradient(p: Row, t: Row): Row;
}

/** Sum over the columns, divided by `divisor(k)` of their number k. */
function overColumns(
  divisor: (k: number) => number,
  value: (p: number, t: number) => number,
  gradient: (p: number, t: number) => number,
): Loss {
  return {
    value: (p, t) => total(p.map((v, c) => value(v, t[c]))) / divisor(p.length),
    gradient: (p, t) => p.map((v, c) => gradient(v, t[c]) / divisor(p.length)),
  };
}

const mean = (k: number): number => k;
const sum = (): number => 1;

/** t · ln p, where 0 · ln 0 is 0. */
function timesLog(t: number, p: number): number {
  return t === 0 ? 0 : t * Math.log(p);
}

export const LOSSES = {
  meanSquaredError: overColumns(
    mean,
    (p, t) => (p - t) ** 2,
    (p, t) => 2 * (p - t),
  ),
  halfSquaredError: overColumns(
    sum,
    (p, t) => (p - t) ** 2 / 2,
    (p, t) => p - t,
  ),
  binaryCrossentropy: overColumns(
    mean,
    (p, t) => -timesLog(t, p) - timesLog(1 - t, 1 - p),
    (p, t) => (p - t) / (p * (1 - p)),
  ),
  categoricalCrossentropy: overColumns(
    sum,
    (p, t) => -timesLog(t, p),
    (p, t) => -t / p,
  ),
  /** The row of targets is one label. */
  sparseCategoricalCrossentropy: {
    value: (p, [label]) => -Math.log(p[label]),
    gradient: (p, [label]) => p.map((v, c) => (c === label ? -1 / v : 0)),
  },
} satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;

/** Crossentropies as functions of what goes into the last activation: the same numbers where those above overflow. */
export const LOSSES_OF_LOGITS = {
  binaryCrossentropy: overColumns(
    mean,
    (z, t) => Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z))),
    (z, t) => ACTIVATIONS.sigmoid.value([z])[0] - t,
  ),
  categoricalCrossentropy: {
    value: (z, t) => total(t.map((v, c) => v * (logSumExp(z) - z[c]))),
    gradient(z, t) {
      const mass = total(t);
      return ACTIVATIONS.softmax.value(z).map((p, c) => p * mass - t[c]);
    },
  },
  sparseCategoricalCrossentropy: {
    value: (z, [label]) => logSumExp(z) - z[label],
    gradient: (z, [label]) => ACTIVATIONS.softmax.value(z).map((p, c) => p - (c === label ? 1 : 0)),
  },
} satisfies Partial<Record<LossName, Loss>>;

function logSumExp(z: Row): number {
  const largest = Math.max(...z);
  return largest + Math.log(total(z.map((v) => Math.exp(v - largest))));
}

// ---- optimizers: the new parameter, from the old one and its gradient

/** An optimizer's hyperparameters, as in PyTorch; each row of the table reads those it knows. */
export interface OptimizerSpec {
  readonly name: OptimizerName;
  readonly learningRate?: number | ((step: number) => number);
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** `state` is what is remembered of this one parameter, zeros at first; `step` counts from 1. */
type Update = (w: number, g: number, state: Row, rate: number, step: number, spec: OptimizerSpec) => number;

export const OPTIMIZERS = {
  sgd(w, gradient, state, rate, _, { momentum = 0, nesterov = false, weightDecay = 0 }) {
    const g = gradient + weightDecay * w;
    state[0] = momentum * state[0] + g;
    return w - rate * (nesterov ? g + momentum * state[0] : state[0]);
  },
  adam(w, gradient, state, rate, step, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }) {
    const g = gradient + weightDecay * w;
    state[0] = beta1 * state[0] + (1 - beta1) * g;
    state[1] = beta2 * state[1] + (1 - beta2) * g * g;
    const first = state[0] / (1 - beta1 ** step);
    const second = state[1] / (1 - beta2 ** step);
    return w - (rate * first) / (Math.sqrt(second) + epsilon);
  },
} satisfies Record<string, Update>;

export type OptimizerName = 'sgd' | 'adam';

export const SCHEDULES = {
  exponentialDecay:
    (rate: number, { decayRate = 1, decaySteps = 1 }) =>
    (step: number): number =>
      rate * decayRate ** (step / decaySteps),
  cosineDecay:
    (rate: number, { decaySteps = 1 }) =>
    (step: number): number =>
      rate * 0.5 * (1 + Math.cos((Math.PI * Math.min(step, decaySteps)) / decaySteps)),
};

// ---- metrics over all rows; targets are as wide as the outputs (labels: see oneHot)

export const METRICS = {
  accuracy: (p: Matrix, t: Matrix): number =>
    average(p.map((row, r) => Number(row.length === 1 ? row[0] > 0.5 === t[r][0] > 0.5 : argmax(row) === argmax(t[r])))),
  binaryAccuracy: (p: Matrix, t: Matrix): number => average(p.flatMap((row, r) => row.map((v, c) => Number(v > 0.5 === t[r][c] > 0.5)))),
  meanAbsoluteError: (p: Matrix, t: Matrix): number => average(p.flatMap((row, r) => row.map((v, c) => Math.abs(v - t[r][c])))),
  /** 1 - Σ (t - p)² / Σ (t - mean t)², averaged over the columns. */
  r2: (p: Matrix, t: Matrix): number =>
    average(
      p[0].map((_, c) => {
        const centre = average(t.map((row) => row[c]));
        const spread = total(t.map((row) => (row[c] - centre) ** 2));
        return 1 - total(t.map((row, r) => (row[c] - p[r][c]) ** 2)) / spread;
      }),
    ),
};

export type MetricName = keyof typeof METRICS;

/** Labels, one a row, as rows of zeros with a one. */
export function oneHot(labels: Matrix, columns: number): Matrix {
  return labels.map(([label]) => indices(columns).map((c) => Number(c === label)));
}

// ---- small arithmetic

export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

export function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function average(values: readonly number[]): number {
  return total(values) / values.length;
}

function argmax(values: Row): number {
  return values.indexOf(Math.max(...values));
}
