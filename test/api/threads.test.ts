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
    validationSplit: 0.6,
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

it('evaluates and predicts with the threads that stand by, to the same bits', async () => {
  const many = Float32Array.from(random.floats(1400 * INPUTS));
  const labels = Int32Array.from({ length: 1400 }, () => random.integer(0, CLASSES - 1));
  const looks: unknown[] = [];
  for (const threads of [1, 3]) {
    const network = new Network({ inputs: INPUTS, layers: [...NETWORKS.everything(), dense(CLASSES, { activation: 'softmax' })], seed: 3 });
    const look = (): unknown => [
      network.predict(many),
      network.evaluate(many, labels, { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy', 'meanAbsoluteError', 'r2'] }),
    ];
    const seen: unknown[] = [];
    const onEpoch = (): unknown => seen.push(look());
    await network.fit(x, y, { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', epochs: 2, threads, onEpoch });
    looks.push([...seen, look()]);
  }
  expect(looks[1]).toEqual(looks[0]);
});

it("'auto' works on one thread where a second would not pay, and says why", async () => {
  const { network } = await trained([dense(4, { activation: 'relu' })], { threads: 'auto' });
  expect(network.runtime).toMatchObject({ threads: 1, reason: expect.stringMatching(/too small/) });
});

it('works on one thread with functions of your own, and refuses them in a worker', async () => {
  const layers = [dense(4, { activation: { value: (z: number) => Math.max(z, 0) } })];
  const { network } = await trained(layers, { threads: 2 });
  expect(network.runtime).toMatchObject({ threads: 1, reason: expect.stringMatching(/functions of your own/) });
  await expect(trained(layers, { worker: true })).rejects.toThrow(/layers\[0\] has an activation of your own/);
  const loss = { value: () => 0 };
  await expect(trained([], { worker: true, loss })).rejects.toThrow(/the loss is one of your own/);
  const optimizer = sgd({ learningRate: () => 0.1 });
  await expect(trained([], { worker: true, optimizer })).rejects.toThrow(/learningRate is a schedule of your own/);
});

it.each([
  [{ threads: 0 }, RangeError, /threads/],
  [{ threads: 1.5 }, RangeError, /threads/],
  [{ threads: 'many' }, TypeError, /'auto'/],
  [{ worker: 1 }, TypeError, /worker/],
  [{ workerUrl: 7 }, TypeError, /workerUrl/],
])('refuses %j', async (options, kind, message) => {
  const refused = trained([], options as Partial<FitOptions>);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(kind);
});
