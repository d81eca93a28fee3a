/**
 * The oracle against itself and against PyTorch: trajectories of small networks, trained there in float64. Knows no core.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  LOSSES,
  type LossName,
  lossReference,
  type Matrix,
  type NetworkSpec,
  OPTIMIZERS,
  type OptimizerSpec,
  type Row,
  SCHEDULES,
  type ScheduleName,
  trainReference,
} from '../reference.js';

/**
 * One case of golden/trajectories.json. Weights are the trainable ones alone, before and after; the loss at the end is taken
 * without row weights; layers tell `units` even where they follow from the layer before.
 */
interface GoldenCase {
  readonly id: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly rows: number;
  readonly layers: NetworkSpec['layers'];
  readonly loss: LossName;
  readonly optimizer: OptimizerSpec & { learningRate: number };
  readonly schedule?: { name: ScheduleName; decayRate?: number; decaySteps?: number };
  readonly clipNorm?: number;
  readonly sampleWeight?: Row;
  readonly batchSize: number;
  readonly epochs: number;
  readonly weights: { shape: number[]; data: Row }[];
  readonly x: Row;
  readonly y: Row;
  readonly expected: { epochLoss: Row; weights: Row[]; predictions: Row; evaluateLoss: number };
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/trajectories.json', import.meta.url), 'utf8')) as { cases: GoldenCase[] };

function toRows(flat: Row, rows: number): Matrix {
  const columns = flat.length / rows;
  return Array.from({ length: rows }, (_, r) => flat.slice(r * columns, (r + 1) * columns));
}

function replay({ inputs, layers, weights, x, y, rows, sampleWeight, optimizer, schedule, ...rest }: GoldenCase) {
  const { learningRate } = optimizer;
  return trainReference({
    ...rest,
    network: { inputs, layers },
    weights: weights.map(({ data }) => data),
    x: toRows(x, rows),
    y: toRows(y, rows),
    rowWeights: sampleWeight,
    optimizer: { ...optimizer, learningRate: schedule ? SCHEDULES[schedule.name](learningRate, schedule) : learningRate },
  });
}

/** The largest difference between two lists, relative to the largest number expected where that is above 1. */
function largestError(actual: Row, expected: Row): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...actual.map((value, at) => Math.abs(value - expected[at]))) / scale;
}

/** The different values of a field over all cases. */
function uses(field: (golden: GoldenCase) => (string | undefined)[]): string[] {
  return [...new Set(cases.flatMap(field))].filter((name) => name !== undefined).sort();
}

describe('the oracle follows the trajectories of PyTorch', () => {
  it('has a case for every activation, loss, optimizer, norm, penalty, weight and clip', () => {
    const activations = uses(({ layers }) => layers.map((layer) => ('activation' in layer ? layer.activation : undefined)));
    expect(activations).toEqual(Object.keys(ACTIVATIONS).sort());
    expect(uses(({ loss }) => [loss])).toEqual(Object.keys(LOSSES).sort());
    expect(uses(({ optimizer }) => [optimizer.name])).toEqual(Object.keys(OPTIMIZERS).sort());
    expect(uses(({ layers }) => layers.map(({ type }) => type))).toEqual(['batchNorm', 'dense', 'layerNorm']);
    expect(cases.some(({ clipNorm }) => clipNorm !== undefined)).toBe(true);
    expect(cases.some(({ sampleWeight }) => sampleWeight)).toBe(true);
    expect(cases.length).toBe(60);
  });

  it.each(cases.map((golden) => [`${golden.id}: ${golden.loss}, ${golden.optimizer.name}`, golden] as const))('%s', (_, golden) => {
    const run = replay(golden);
    const { expected, inputs, layers, rows, loss } = golden;
    expect(largestError(run.epochLoss, expected.epochLoss)).toBeLessThan(1e-7);
    expect(largestError(run.weights.slice(0, expected.weights.length).flat(), expected.weights.flat())).toBeLessThan(1e-7);
    expect(largestError(run.predictions.flat(), expected.predictions)).toBeLessThan(1e-7);
    const atTheEnd = lossReference({ inputs, layers }, run.weights, toRows(golden.x, rows), { loss, y: toRows(golden.y, rows) });
    expect(largestError([atTheEnd], [expected.evaluateLoss])).toBeLessThan(1e-7);
  });
});
