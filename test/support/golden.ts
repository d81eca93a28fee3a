/**
 * Reference training runs, replayed through the public API. The runs were made by PyTorch in float64; each tells also how far
 * PyTorch's own float32 was off. Knows the file's format, nothing of the core.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as gradlet from '../../src/index.js';

export interface Golden {
  id: string;
  inputs: number;
  layers: ({ type: string; units: number } & Record<string, unknown>)[];
  loss: gradlet.LossName;
  optimizer: { name: string; learningRate: number } & Record<string, unknown>;
  schedule?: { name: string } & Record<string, unknown>;
  batchSize: number;
  epochs: number;
  clipNorm?: number;
  sampleWeight?: number[];
  weights: { data: number[] }[];
  x: number[];
  y: number[];
  expected: { epochLoss: number[]; weights: number[][]; predictions: number[]; evaluateLoss: number };
  float32Error: Record<'epochLoss' | 'weights' | 'predictions' | 'evaluateLoss', number>;
}

export const { cases: GOLDEN } = JSON.parse(readFileSync(new URL('../golden/trajectories.json', import.meta.url), 'utf8')) as {
  cases: Golden[];
};

/** A function of the package by name, called with options. */
function make<T>(name: string, ...given: unknown[]): T {
  return (gradlet as unknown as Record<string, (...args: unknown[]) => T>)[name](...given);
}

function layerOf({ type, units, ...options }: Golden['layers'][number]): gradlet.Layer {
  return type === 'dense' ? make('dense', units, options) : make(type, options);
}

function optimizerOf({ optimizer: { name, learningRate, ...options }, schedule }: Golden): gradlet.Optimizer {
  if (!schedule) return make(name, { ...options, learningRate });
  const { name: scheduleName, ...rest } = schedule;
  return make(name, { ...options, learningRate: make(scheduleName, { ...rest, initialLearningRate: learningRate }) });
}

/** Trains as the run did, and compares losses, weights and predictions within the run's own bounds. */
export async function replay(item: Golden): Promise<void> {
  const network = new gradlet.Network({ inputs: item.inputs, layers: item.layers.map(layerOf), seed: 1 });
  network.setWeights(item.weights);
  const { loss, x, y, batchSize, epochs, clipNorm, sampleWeight } = item;
  const options = { loss, optimizer: optimizerOf(item), batchSize, epochs, shuffle: false, onWarning: () => undefined };
  const history = await network.fit(x, y, { ...options, ...(clipNorm && { clipNorm }), ...(sampleWeight && { sampleWeight }) });
  const trainable = item.expected.weights.length;
  const actual = {
    epochLoss: history.loss,
    weights: network
      .getWeights()
      .slice(0, trainable)
      .flatMap(({ data }) => [...data]),
    predictions: [...network.predict(x).data],
    evaluateLoss: [network.evaluate(x, y, { loss }).loss],
  };
  for (const key of Object.keys(actual) as (keyof typeof actual)[]) {
    const expected = [item.expected[key]].flat(2) as number[];
    const scale = Math.max(1, ...expected.map(Math.abs));
    const tolerance = Math.max(8 * item.float32Error[key], 2e-5 * scale);
    expect(actual[key], key).toHaveLength(expected.length);
    const error = Math.max(...expected.map((value, index) => Math.abs(value - actual[key][index])));
    expect(error, `${key} of ${item.id}`).toBeLessThanOrEqual(tolerance);
  }
}
