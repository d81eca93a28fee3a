// Training that becomes non-finite: it stops, says where, and leaves exactly the weights of the last good step. It knows the
// public interface only.

import { describe, expect, it } from 'vitest';
import { adam, dense, type FitOptions, GradletError, Network, type Optimizer, type Schedule, sgd } from '../../src/index.js';
import { failureOf, integers, numbers, smallData, smallNetwork, weightBits } from './support.js';

/** A harmless rate, but for one step. */
const spike =
  (at: number, rate: number, usual: number): Schedule =>
  (step) =>
    step === at ? rate : usual;

/** Optimizers that spoil the weights in step `at`, or so that the loss of the step after cannot be computed. */
const OPTIMIZERS: readonly (readonly [string, (at: number) => Optimizer, 'loss' | 'weight'])[] = [
  ['sgd, a weight', (at) => sgd({ learningRate: spike(at, 3e38, 0.001) }), 'weight'],
  ['sgd, the loss', (at) => sgd({ learningRate: spike(at - 1, 1e30, 0.001) }), 'loss'],
  ['momentum, a weight', (at) => sgd({ learningRate: spike(at, 3e38, 0.001), momentum: 0.9 }), 'weight'],
  ['momentum, the loss', (at) => sgd({ learningRate: spike(at - 1, 1e30, 0.001), momentum: 0.9, nesterov: true }), 'loss'],
  ['adam, a weight', (at) => adam({ learningRate: spike(at, 1e39, 0.001) }), 'weight'],
  ['adam, the loss', (at) => adam({ learningRate: spike(at - 1, 1e30, 0.001) }), 'loss'],
];

const DATA = {
  small: { inputs: 3, rows: 100, batchSize: 8, x: smallData(100).x },
  /** Too large to be kept in memory as a whole. */
  large: { inputs: 800, rows: 2700, batchSize: 32, x: Float32Array.from(integers(2700 * 800, 256), (value) => value / 255) },
};

const MODES: Record<string, Partial<FitOptions>> = {
  'many steps a call': {},
  'one step a call': { onBatch: () => true },
  'an epoch a call': { metrics: ['r2'] },
};

function placeOf(error: unknown): { epoch: number; batch: number; what: string; layer: number } {
  expect(error).toBeInstanceOf(GradletError);
  expect((error as GradletError).code).toBe('ERR_DIVERGED');
  const [found, weights, remedy] = (error as Error).message.split('; ');
  expect(weights).toBe('the weights are those of the last finite step');
  expect(remedy).toMatch(/^a smaller learningRate \(it was .*\), clipNorm, or inputs scaled to about 1 usually help$/);
  const pattern = /^fit: training diverged at epoch (\d+), batch (\d+): (?:the|a) (\w+) became non-finite, first in layers\[(\d+)\] /;
  const [, epoch, batch, what, layer] = pattern.exec(found) ?? [];
  return { epoch: Number(epoch), batch: Number(batch), what, layer: Number(layer) };
}

describe.each(['small', 'large'] as const)('with %s data', (size) => {
  const { inputs, rows, batchSize, x } = DATA[size];
  const y = numbers(rows * 2, 4, 50, 100);
  const batches = Math.ceil(rows / batchSize);
  const create = (): Network => new Network({ inputs, layers: [dense(5, { activation: 'tanh' }), dense(2)], seed: 7 });

  describe.each(OPTIMIZERS)('%s', (_, optimizerFor, what) => {
    it.each([1, 37, 345])('fails in step %i and is undone', async (failing) => {
      const options: FitOptions = { loss: 'meanSquaredError', optimizer: optimizerFor(failing), batchSize, epochs: 40 };
      const stopped = create();
      await stopped.fit(x, y, { ...options, onBatch: ({ step }) => step + 1 < failing });
      const expected = weightBits(stopped);
      for (const [mode, more] of Object.entries(MODES)) {
        const network = create();
        const place = placeOf(await failureOf(() => network.fit(x, y, { ...options, ...more })));
        expect(place, mode).toMatchObject({ epoch: Math.floor(failing / batches), batch: failing % batches, what });
        expect(weightBits(network), mode).toEqual(expected);
        expect(network.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true);
      }
    });
  });
});

describe('the first layer concerned', () => {
  const wide = (kernels: number[]): Network =>
    new Network({ inputs: 1, layers: kernels.map((value) => dense(1, { weights: { kernel: [value], bias: [0] } })) });
  const options: FitOptions = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0.1 }) };

  it.each([
    ['the output of the first layer', [1e20, 1, 1], 1e20, 1, 'loss', 0],
    ['the output of the second layer', [1, 1e30, 1], 1e10, 1, 'loss', 1],
    ['the output of the last layer', [1, 1e10, 1e30], 1, 1, 'loss', 2],
    ['the loss alone', [1, 1, 1], 1e30, 1, 'loss', 2],
    ['a gradient of the last layer', [1e25, 0], 1, 1e15, 'gradient', 1],
  ])('is named: %s', async (_, kernels, x, y, what, layer) => {
    const network = wide(kernels);
    const before = weightBits(network);
    const error = await failureOf(() => network.fit([x], [y], options));
    expect(placeOf(error)).toEqual({ epoch: 0, batch: 0, what, layer });
    expect(weightBits(network)).toEqual(before);
  });

  const rateNamed = async (optimizer: Optimizer): Promise<string | undefined> => {
    const { x, y } = smallData();
    const error = (await failureOf(() => smallNetwork().fit(x, y, { ...options, optimizer, epochs: 9 }))) as Error;
    return /learningRate \(it was (.*?)\)/.exec(error.message)?.[1];
  };

  it('comes with the learning rate that was in force', async () => {
    expect(await rateNamed(sgd({ learningRate: 1e30 }))).toBe('1e+30');
    expect(await rateNamed(sgd({ learningRate: (step) => (step ? 1 : 1e30) }))).toBe('1');
  });

  it('comes with the learning rate as it was given, not as the optimizer corrects it', async () => {
    expect(await rateNamed(adam({ learningRate: 1e30 }))).toBe('1e+30');
  });
});

it('adam may do without an epsilon where no gradient is 0', async () => {
  const network = new Network({ inputs: 1, layers: [dense(1)], seed: 1 });
  const { loss } = await network.fit([1], [3], { loss: 'meanSquaredError', optimizer: adam({ epsilon: 0 }), epochs: 2 });
  expect(loss[1]).toBeLessThan(loss[0]);
});

describe('after a divergence', () => {
  const { x, y } = smallData();
  const optimizer = adam({ learningRate: 0.01 });
  const good = { loss: 'meanSquaredError', optimizer } as const;
  const huge = y.map((value) => value * 1e25);

  it('fit goes on from the last good weights', async () => {
    const network = smallNetwork();
    await failureOf(() => network.fit(x, huge, good));
    const fresh = smallNetwork();
    expect(weightBits(network)).toEqual(weightBits(fresh));
    const history = await network.fit(x, y, { ...good, shuffle: false });
    expect(history).toEqual(await fresh.fit(x, y, { ...good, shuffle: false }));
    expect(weightBits(network)).toEqual(weightBits(fresh));
  });

  /** Its second layer's gradient is its input times 1e25. */
  const steep = (): Network => {
    const layers = [1e25, 0].map((value) => dense(1, { weights: { kernel: [value], bias: [0] } }));
    return new Network({ inputs: 1, layers });
  };

  it.each([
    ['the loss', 0, smallNetwork, x, y, x, huge],
    ['the loss', 1, smallNetwork, x, y, x, huge],
    ['the loss', 5, smallNetwork, x, y, x, huge],
    ['a gradient', 0, steep, [0, 0], [1, 2], [0, 1], [1, 1e15]],
    ['a gradient', 5, steep, [0, 0], [1, 2], [0, 1], [1, 1e15]],
  ])('trainOnBatch goes on as if there had not been that batch (%s, %i steps before it)', async (what, steps, create, x, y, badX, badY) => {
    const [disturbed, spared] = [create(), create()];
    const both = (): unknown[] => [disturbed, spared].map((network) => network.trainOnBatch(x, y, { ...good, metrics: ['r2'] }));
    for (let step = 0; step < steps; step++) both();
    for (let time = 0; time < 2; time++) {
      const error = await failureOf(() => disturbed.trainOnBatch(badX, badY, good));
      expect(error).toMatchObject({ code: 'ERR_DIVERGED' });
      expect((error as Error).message).toContain(`trainOnBatch: training diverged: ${what} became non-finite, first in layers[1] (dense)`);
      expect(weightBits(disturbed)).toEqual(weightBits(spared));
    }
    for (let step = 0; step < 5; step++) {
      const [a, b] = both();
      expect(a).toEqual(b);
    }
    expect(weightBits(disturbed)).toEqual(weightBits(spared));
  });

  it('leaves weights that can be saved and loaded', async () => {
    const network = smallNetwork();
    await failureOf(() => network.fit(x, y, { ...good, optimizer: sgd({ learningRate: 1e30 }), epochs: 9 }));
    expect(weightBits(Network.load(network.save()))).toEqual(weightBits(network));
  });
});
