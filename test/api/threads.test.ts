/** Threads and workers of fit: the same bits as one thread, for every kind of section that threads share. */
import { describe, expect, it } from 'vitest';
import {
  adam,
  batchNorm,
  dense,
  dropout,
  exponentialDecay,
  type FitOptions,
  gaussianNoise,
  type Layer,
  layerNorm,
  Network,
  sgd,
} from '../../src/index.js';
import { seeded } from '../support/random.js';

const INPUTS = 37;
const ROWS = 301;
const CLASSES = 5;

const random = seeded(11);
const x = Float32Array.from(random.floats(ROWS * INPUTS));
const y = Int32Array.from({ length: ROWS }, () => random.integer(0, CLASSES - 1));

const NETWORKS: Record<string, () => Layer[]> = {
  'dense alone': () => [dense(65, { activation: 'relu' }), dense(17, { activation: 'gelu' })],
  everything: () => [
    dense(65, { activation: 'relu' }),
    batchNorm(),
    dropout(0.3),
    dense(33, { activation: 'tanh', maxNorm: 2, kernelRegularizer: { l1: 1e-4, l2: 1e-4 }, useBias: false }),
    layerNorm(),
    gaussianNoise(0.1),
  ],
};

const OPTIONS: Record<string, Partial<FitOptions>> = {
  adam: { optimizer: adam({ learningRate: exponentialDecay({ initialLearningRate: 0.01, decayRate: 0.9, decaySteps: 10 }) }) },
  'sgd, clipped by norm': { optimizer: sgd({ momentum: 0.9 }), clipNorm: 0.5 },
  'adam with amsgrad, clipped by value': { optimizer: adam({ amsgrad: true }), clipValue: 0.01 },
};

async function trained(layers: Layer[], options: Partial<FitOptions>): Promise<{ network: Network; result: unknown }> {
  const network = new Network({ inputs: INPUTS, layers: [...layers, dense(CLASSES, { activation: 'softmax' })], seed: 3 });
  const history = await network.fit(x, y, {
    loss: 'sparseCategoricalCrossentropy',
    optimizer: 'adam',
    epochs: 3,
    batchSize: 48,
    metrics: ['accuracy'],
    validationSplit: 0.2,
    ...options,
  });
  return { network, result: { weights: network.getWeights(), history, output: network.predict(x).data } };
}

describe.each(Object.keys(NETWORKS))('%s', (name) => {
  it.each(Object.keys(OPTIONS))('has the same bits on any number of threads: %s', async (form) => {
    const alone = await trained(NETWORKS[name](), OPTIONS[form]);
    for (const threads of [2, 3, 4]) {
      const { network, result } = await trained(NETWORKS[name](), { ...OPTIONS[form], threads });
      expect(network.runtime.threads).toBe(threads);
      expect(result).toEqual(alone.result);
    }
  });

  it('has the same bits in a worker', async () => {
    const alone = await trained(NETWORKS[name](), {});
    expect((await trained(NETWORKS[name](), { worker: true })).result).toEqual(alone.result);
    expect((await trained(NETWORKS[name](), { worker: true, threads: 2 })).result).toEqual(alone.result);
  });
});
