// Losses and metrics against their definitions, computed here in double precision from predictions: in the history of
// training, in validation and in evaluate. It knows the public interface only.

import { describe, expect, it } from 'vitest';
import {
  type ActivationName,
  dense,
  type FitOptions,
  type History,
  type LossName,
  type MetricName,
  Network,
  type Numbers,
  sgd,
} from '../../src/index.js';
import { integers, numbers, rowsOf } from './support.js';

type Rows = readonly (readonly number[])[];

const ROWS = 301;
const INPUTS = 4;
const X = numbers(ROWS * INPUTS, 1, -2, 2);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const zip = (p: Rows, t: Rows) => p.flatMap((row, at) => row.map((value, k) => [value, t[at][k]] as const));

/** The value of one row, from its outputs p and targets t. */
const LOSSES: Record<LossName, (p: readonly number[], t: readonly number[]) => number> = {
  meanSquaredError: (p, t) => mean(p.map((value, k) => (value - t[k]) ** 2)),
  halfSquaredError: (p, t) => sum(p.map((value, k) => (value - t[k]) ** 2)) / 2,
  binaryCrossentropy: (p, t) => -mean(p.map((value, k) => t[k] * Math.log(value) + (1 - t[k]) * Math.log(1 - value))),
  categoricalCrossentropy: (p, t) => -sum(p.map((value, k) => t[k] * Math.log(value))),
  sparseCategoricalCrossentropy: (p, t) => -sum(p.map((value, k) => t[k] * Math.log(value))),
  meanAbsoluteError: (p, t) => mean(p.map((value, k) => Math.abs(value - t[k]))),
  huber: (p, t) => mean(p.map((value, k) => (Math.abs(value - t[k]) > 1 ? Math.abs(value - t[k]) - 0.5 : (value - t[k]) ** 2 / 2))),
  kullbackLeiblerDivergence: (p, t) => sum(p.map((value, k) => (t[k] ? t[k] * Math.log(t[k] / value) : 0))),
  hinge: (p, t) => mean(p.map((value, k) => Math.max(0, 1 - t[k] * value))),
};

/** The metric of outputs p and targets t; labels come as one column a class. */
const METRICS: Record<MetricName, (p: Rows, t: Rows) => number> = {
  accuracy: (p, t) => mean(p.map((row, at) => Number(row.length === 1 ? row[0] > 0.5 === t[at][0] > 0.5 : argmax(row) === argmax(t[at])))),
  binaryAccuracy: (p, t) => mean(zip(p, t).map(([guess, wanted]) => Number(guess > 0.5 === wanted > 0.5))),
  meanAbsoluteError: (p, t) => mean(zip(p, t).map(([guess, wanted]) => Math.abs(guess - wanted))),
  r2: (p, t) =>
    mean(
      t[0].map((_, column) => {
        const wanted = t.map((row) => row[column]);
        const errors = sum(wanted.map((value, at) => (value - p[at][column]) ** 2));
        return 1 - errors / sum(wanted.map((value) => (value - mean(wanted)) ** 2));
      }),
    ),
};
const NAMES = Object.keys(METRICS) as MetricName[];

interface Case {
  readonly loss: LossName;
  readonly activation: ActivationName;
  readonly units: number;
  /** Targets as they are given, and as rows. */
  readonly y: Numbers;
  readonly rows: Rows;
}

function ofRows(loss: LossName, activation: ActivationName, units: number, y: Numbers): Case {
  return { loss, activation, units, y, rows: rowsOf(y, units) };
}

function ofLabels(loss: 'sparseCategoricalCrossentropy' | 'categoricalCrossentropy', units: number): Case {
  const labels = integers(ROWS, units, 2);
  const rows = Array.from(labels, (label) => Array.from({ length: units }, (_, column) => Number(column === label)));
  return { loss, activation: 'softmax', units, y: loss === 'categoricalCrossentropy' ? rows.flat() : labels, rows };
}

const CASES: readonly Case[] = [
  ofRows('meanSquaredError', 'linear', 1, numbers(ROWS, 3)),
  ofRows('meanSquaredError', 'tanh', 6, numbers(ROWS * 6, 4)),
  ofRows('halfSquaredError', 'relu', 3, numbers(ROWS * 3, 5)),
  ofRows('binaryCrossentropy', 'sigmoid', 1, integers(ROWS, 2, 6)),
  ofRows('binaryCrossentropy', 'sigmoid', 5, integers(ROWS * 5, 2, 7)),
  ofLabels('categoricalCrossentropy', 3),
  ofLabels('sparseCategoricalCrossentropy', 3),
  ofLabels('sparseCategoricalCrossentropy', 11),
];

const networkFor = ({ units, activation }: Case): Network =>
  new Network({ inputs: INPUTS, layers: [dense(7, { activation: 'tanh' }), dense(units, { activation })], seed: 5 });

/** Loss and metrics of rows `from` to below `to`, by definition. */
function byHand(network: Network, { loss, units, rows }: Case, from = 0, to = ROWS): Record<string, number> {
  const p = rowsOf(network.predict(X.subarray(from * INPUTS, to * INPUTS)).data, units);
  const t = rows.slice(from, to);
  const metrics = NAMES.map((name) => [name, METRICS[name](p, t)]);
  return { loss: mean(p.map((row, at) => LOSSES[loss](row, t[at]))), ...Object.fromEntries(metrics) };
}

function expectClose(actual: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 5);
}

/** What a history says about one epoch. */
function entryOf(loss: readonly number[], metrics: Readonly<Record<string, readonly number[]>>, epoch: number): Record<string, number> {
  return { loss: loss[epoch], ...Object.fromEntries(NAMES.map((name) => [name, metrics[name][epoch]])) };
}

/** A fit that leaves the weights as they are, so that its history can be computed. */
const still = ({ loss }: Case): FitOptions => ({ loss, optimizer: sgd({ learningRate: 0 }), metrics: NAMES, batchSize: 64, epochs: 2 });

const TITLED = CASES.map((row) => [`${row.loss} after ${row.activation} of ${row.units}`, row] as const);

describe.each(TITLED)('%s', (_, given) => {
  const { loss, units, y } = given;

  it('evaluate', () => {
    const network = networkFor(given);
    expectClose(network.evaluate(X, y, { loss, metrics: NAMES }), byHand(network, given));
    expect(Object.keys(network.evaluate(X, y, { loss }))).toEqual(['loss']);
  });

  it('history, short last batch and all', async () => {
    const network = networkFor(given);
    const expected = byHand(network, given);
    const { loss: losses, metrics, epochs } = await network.fit(X, y, still(given));
    expect(epochs).toBe(2);
    for (const epoch of [0, 1]) expectClose(entryOf(losses, metrics, epoch), expected);
  });

  it('validation of the last rows, and of data of its own', async () => {
    const network = networkFor(given);
    const split = await network.fit(X, y, { ...still(given), epochs: 1, validationSplit: 0.25 });
    const kept = 225;
    const last = byHand(network, given, kept);
    const read = ({ valLoss = [], valMetrics = {} }: History) => entryOf(valLoss, valMetrics, 0);
    expectClose(read(split), last);
    expect(split.loss[0]).toBeCloseTo(byHand(network, given, 0, kept).loss, 5);
    const all = loss === 'sparseCategoricalCrossentropy' ? y : given.rows.flat();
    const cut = Array.from(all).slice(loss === 'sparseCategoricalCrossentropy' ? kept : kept * units);
    const own = await network.fit(X, y, { ...still(given), validationData: { x: X.subarray(kept * INPUTS), y: cut } });
    expectClose(read(own), last);
    expect(own.valLoss).toHaveLength(2);
    expect(own.valMetrics?.accuracy).toHaveLength(2);
  });

  it('trainOnBatch, before its update', () => {
    const network = networkFor(given);
    const expected = byHand(network, given);
    const options = { loss, metrics: NAMES, optimizer: sgd({ learningRate: 0.1 }) };
    expectClose(network.trainOnBatch(X, y, options), expected);
    const second = network.trainOnBatch(X, y, options);
    expect(second.loss).toBeLessThan(expected.loss);
  });
});

describe('averages', () => {
  const given = CASES[0];

  it('weigh rows, not batches: three rows in batches of two', async () => {
    const network = new Network({ inputs: 1, layers: [dense(1, { kernelInitializer: 'zeros' })] });
    const { loss } = await network.fit([1, 1, 1], [1, 1, 5], { ...still(given), metrics: [], batchSize: 2, shuffle: false, epochs: 1 });
    expect(loss).toEqual([9]);
  });

  it('do not depend on the size of batches or on callbacks', async () => {
    const network = networkFor(given);
    const expected = byHand(network, given);
    for (const batchSize of [1, 7, 300, 301, 5000]) {
      for (const onBatch of [undefined, () => true]) {
        const { loss, metrics } = await network.fit(X, given.y, { ...still(given), batchSize, onBatch });
        expectClose(entryOf(loss, metrics, 0), expected);
      }
    }
  });

  it('r2 of a constant column is 1 when it is met, else 0', () => {
    const network = new Network({ inputs: 1, layers: [dense(1, { weights: { kernel: [[0]], bias: [2] } })] });
    const r2 = (y: number[]): number => network.evaluate([1, 2, 3], y, { loss: 'meanSquaredError', metrics: ['r2'] }).r2;
    expect(r2([2, 2, 2])).toBe(1);
    expect(r2([3, 3, 3])).toBe(0);
    expect(r2([1, 2, 3])).toBe(0);
    expect(r2([1, 2, 6])).toBeCloseTo(1 - 17 / 14, 6);
  });

  it('history has lists for what was asked for and no more', async () => {
    const options: FitOptions = { ...still(given), metrics: undefined };
    expect(Object.keys(await networkFor(given).fit(X, given.y, options)).sort()).toEqual(['epochs', 'loss', 'metrics']);
    const more: FitOptions = { ...options, metrics: ['r2'], validationSplit: 0.1 };
    const { metrics, valMetrics, valLoss } = await networkFor(given).fit(X, given.y, more);
    expect(Object.keys(metrics)).toEqual(['r2']);
    expect(Object.keys(valMetrics ?? {})).toEqual(['r2']);
    expect([metrics.r2.length, valMetrics?.r2.length, valLoss?.length]).toEqual([2, 2, 2]);
  });
});

describe('validationSplit', () => {
  it.each([
    [4, 0.5, 2],
    [10, 0.1, 1],
    [10, 0.25, 3],
    [100, 0.29, 29],
    [5, 0, 0],
  ])('of %i rows keeps of %d the last %i', async (rows, validationSplit, wanted) => {
    expect(await keptRows(rows, validationSplit)).toBe(wanted);
  });

  it.each([
    [100, 0.07, 7],
    [100, 0.14, 14],
    [100, 0.55, 55],
  ])('of %i rows keeps of %d the last %i, rounding errors aside', async (rows, validationSplit, wanted) => {
    expect(await keptRows(rows, validationSplit)).toBe(wanted);
  });

  /** Rows that are not trained on. */
  async function keptRows(rows: number, validationSplit: number): Promise<number> {
    const network = new Network({ inputs: 1, layers: [dense(1)] });
    let trained = 0;
    const data = new Float32Array(rows);
    const onBatch = (): void => void trained++;
    await network.fit(data, data, { loss: 'meanSquaredError', optimizer: 'sgd', batchSize: 1, validationSplit, onBatch });
    return rows - trained;
  }
});
