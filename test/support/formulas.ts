/**
 * The oracle's formulas in float64, written as plainly as possible, each beside its derivative, one row of a table each:
 * activations, losses, metrics. Imports nothing, and must not know how the library computes.
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

/** G. Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

function logistic(z: number): number {
  return z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z));
}

/** The normal distribution's density. */
export function normalDensity(x: number): number {
  return Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The normal distribution's Φ: near 0 by its series, beyond by its continued fraction (M. Abramowitz, I. Stegun, "Handbook of
 * mathematical functions", 26.2.11 and 26.2.14).
 */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let sum = 0;
    for (let k = 1, term = x; k < 100; k += 2, term *= (x * x) / k) sum += term;
    return 0.5 + normalDensity(x) * sum;
  }
  let fraction = a;
  for (let k = 300; k > 0; k--) fraction = a + k / fraction;
  const tail = Number.isFinite(a) ? normalDensity(x) / fraction : 0;
  return x > 0 ? 1 - tail : tail;
}

/** z times what goes to 0 faster than z to -∞. */
function timesFactor(z: number, factor: number): number {
  return factor === 0 ? -0 : z * factor;
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
  leakyRelu: elementwise(
    (z) => (z > 0 ? z : 0.01 * z),
    (z) => (z > 0 ? 1 : 0.01),
  ),
  elu: elementwise(
    (z) => (z > 0 ? z : Math.expm1(z)),
    (z) => (z > 0 ? 1 : Math.exp(z)),
  ),
  selu: elementwise(
    (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    (z) => SELU_SCALE * (z > 0 ? 1 : SELU_ALPHA * Math.exp(z)),
  ),
  gelu: elementwise(
    (z) => timesFactor(z, normalCdf(z)),
    (z) => normalCdf(z) + z * normalDensity(z),
  ),
  silu: elementwise(
    (z) => timesFactor(z, logistic(z)),
    (z) => logistic(z) * (1 + z * logistic(-z)),
  ),
  sigmoid: elementwise(logistic, (_, y) => y * (1 - y)),
  softplus: elementwise((z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), logistic),
  softsign: elementwise(
    (z) => (Number.isFinite(z) ? z / (1 + Math.abs(z)) : Math.sign(z)),
    (z) => 1 / (1 + Math.abs(z)) ** 2,
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
  meanAbsoluteError: overColumns(
    mean,
    (p, t) => Math.abs(p - t),
    (p, t) => Math.sign(p - t),
  ),
  huber: overColumns(
    mean,
    (p, t) => (Math.abs(p - t) < 1 ? (p - t) ** 2 / 2 : Math.abs(p - t) - 0.5),
    (p, t) => Math.max(-1, Math.min(1, p - t)),
  ),
  hinge: overColumns(
    mean,
    (p, t) => Math.max(0, 1 - t * p),
    (p, t) => (t * p < 1 ? -t : 0),
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
  kullbackLeiblerDivergence: overColumns(
    sum,
    (p, t) => timesLog(t, t) - timesLog(t, p),
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
