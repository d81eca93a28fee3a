/**
 * The oracle against itself and against PyTorch: trajectories of small networks, trained there in float64. Knows no core.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  LAYERS,
  LOSSES,
  type LossName,
  type Matrix,
  type NetworkSpec,
  OPTIMIZERS,
  type OptimizerSpec,
  type Row,
  SCHEDULES,
  trainReference,
} from '../reference.js';

/** One case of golden/trajectories.json; fields that the oracle does not read make a case one it cannot replay. */
interface GoldenCase {
  readonly id: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly rows: number;
  readonly layers: (NetworkSpec['layers'][number] & { kernelRegularizer?: unknown })[];
  readonly loss: LossName;
  readonly optimizer: OptimizerSpec & { learningRate: number };
  readonly schedule?: { name: keyof typeof SCHEDULES; decayRate?: number; decaySteps?: number };
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

/** Whether the oracle has a row for everything a case uses. */
function canReplay({ layers, loss, optimizer, clipNorm }: GoldenCase): boolean {
  const known = layers.every(
    ({ type, activation = 'linear', kernelRegularizer }) => type in LAYERS && activation in ACTIVATIONS && !kernelRegularizer,
  );
  return known && loss in LOSSES && optimizer.name in OPTIMIZERS && clipNorm === undefined;
}

function toRows(flat: Row, rows: number): Matrix {
  const columns = flat.length / rows;
  return Array.from({ length: rows }, (_, r) => flat.slice(r * columns, (r + 1) * columns));
}

function replay({ inputs, layers, weights, x, y, rows, loss, sampleWeight, optimizer, schedule, batchSize, epochs }: GoldenCase) {
  const learningRate = schedule ? SCHEDULES[schedule.name](optimizer.learningRate, schedule) : optimizer.learningRate;
  return trainReference({
    network: { inputs, layers },
    weights: weights.map(({ data }) => data),
    x: toRows(x, rows),
    y: toRows(y, rows),
    rowWeights: sampleWeight,
    loss,
    optimizer: { ...optimizer, learningRate },
    batchSize,
    epochs,
  });
}

/** The largest difference between two lists, relative to the largest number expected where that is above 1. */
function largestError(actual: Row, expected: Row): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...actual.map((value, at) => Math.abs(value - expected[at]))) / scale;
}

describe('the oracle follows the trajectories of PyTorch', () => {
  const replayable = cases.filter(canReplay);

  it('has cases for softmax and sigmoid, sgd and adam, one layer and several', () => {
    const last = new Set(replayable.map(({ layers }) => layers.at(-1)?.activation));
    expect([...last]).toEqual(expect.arrayContaining(['softmax', 'sigmoid']));
    expect([...new Set(replayable.map(({ optimizer }) => optimizer.name))]).toEqual(expect.arrayContaining(['sgd', 'adam']));
    expect(replayable.some(({ layers }) => layers.length > 1)).toBe(true);
    expect(replayable.length).toBeGreaterThanOrEqual(7);
  });

  it.each(replayable.map((golden) => [`${golden.id}: ${golden.loss}, ${golden.optimizer.name}`, golden] as const))('%s', (_, golden) => {
    const run = replay(golden);
    const { expected } = golden;
    expect(largestError(run.epochLoss, expected.epochLoss)).toBeLessThan(1e-7);
    expect(largestError(run.weights.flat(), expected.weights.flat())).toBeLessThan(1e-7);
    expect(largestError(run.predictions.flat(), expected.predictions)).toBeLessThan(1e-7);
    expect(largestError([run.evaluateLoss], [expected.evaluateLoss])).toBeLessThan(1e-7);
  });
});
