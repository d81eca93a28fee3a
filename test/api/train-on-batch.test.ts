// Single updates: the same as a step of fit, with moments that go on for one optimizer and start anew for another. It knows
// the public interface only.

import { describe, expect, it } from 'vitest';
import { adam, dense, type FitOptions, type Network, type Optimizer, sgd } from '../../src/index.js';
import { integers, numbers, smallData, smallNetwork, weightBits } from './support.js';

const { x, y } = smallData(8);
const OPTIMIZERS: readonly (readonly [string, () => Optimizer])[] = [
  ['sgd', () => sgd({ learningRate: 0.1 })],
  ['sgd with weight decay', () => sgd({ learningRate: 0.1, weightDecay: 0.1 })],
  ['momentum', () => sgd({ learningRate: 0.1, momentum: 0.9 })],
  ['nesterov', () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['adam', () => adam({ learningRate: 0.1 })],
  ['adam with a schedule', () => adam({ learningRate: (step) => 0.1 / (1 + step) })],
];

/** Losses of `count` updates on the same batch. */
function updates(network: Network, count: number, optimizer: Optimizer | 'adam' | 'sgd'): number[] {
  return Array.from({ length: count }, () => network.trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer }).loss);
}

/** The same by one fit. */
async function fitted(count: number, optimizer: Optimizer): Promise<{ network: Network; loss: number[] }> {
  const network = smallNetwork();
  const { loss } = await network.fit(x, y, { loss: 'meanSquaredError', optimizer, epochs: count, batchSize: 8, shuffle: false });
  return { network, loss };
}

describe.each(OPTIMIZERS)('%s', (_, create) => {
  it('updates are the steps of a fit', async () => {
    const optimizer = create();
    const network = smallNetwork();
    const { network: whole, loss } = await fitted(10, optimizer);
    expect(updates(network, 10, optimizer)).toEqual(loss);
    expect(weightBits(network)).toEqual(weightBits(whole));
    expect(loss[9]).toBeLessThan(loss[0]);
  });

  it('goes on with the same object, whatever is done in between', async () => {
    const optimizer = create();
    const network = smallNetwork();
    updates(network, 4, optimizer);
    network.predict(x);
    network.predict(x.subarray(0, 3));
    network.evaluate(x, y, { loss: 'halfSquaredError', metrics: ['r2'] });
    network.save();
    network.setWeights(network.getWeights());
    updates(network, 6, optimizer);
    expect(weightBits(network)).toEqual(weightBits((await fitted(10, optimizer)).network));
  });

  it('starts anew with an equal, but other object, and after a fit', async () => {
    const restarted = smallNetwork();
    updates(restarted, 5, create());
    const reference = smallNetwork();
    reference.setWeights(restarted.getWeights());
    updates(restarted, 5, create());
    updates(reference, 5, create());
    expect(weightBits(restarted)).toEqual(weightBits(reference));

    const optimizer = create();
    const refitted = smallNetwork();
    updates(refitted, 3, optimizer);
    await refitted.fit(x, y, { loss: 'meanSquaredError', optimizer, epochs: 2, batchSize: 8, shuffle: false });
    const fresh = smallNetwork();
    fresh.setWeights(refitted.getWeights());
    updates(refitted, 3, optimizer);
    updates(fresh, 3, create());
    expect(weightBits(refitted)).toEqual(weightBits(fresh));
  });
});

it('an optimizer by its name goes on like one object', async () => {
  const network = smallNetwork();
  updates(network, 5, 'adam');
  expect(weightBits(network)).toEqual(weightBits((await fitted(5, adam())).network));
});

it('one optimizer object serves many networks, each with moments of its own', async () => {
  const optimizer = adam({ learningRate: 0.1 });
  const networks = [smallNetwork(), smallNetwork(), smallNetwork()];
  for (let step = 0; step < 5; step++) for (const network of networks) updates(network, 1, optimizer);
  const { network: expected } = await fitted(5, optimizer);
  for (const network of networks) expect(weightBits(network)).toEqual(weightBits(expected));
});

it('losses, metrics, kinds of samples, scales and sizes of batches may change from one update to the next', async () => {
  const bytes = Uint8Array.from(integers(24, 256));
  const floats = Float32Array.from(bytes);
  const optimizer = adam({ learningRate: 0.01 });
  const run = (samples: Uint8Array | Float32Array): [Network, unknown[]] => {
    const network = smallNetwork();
    const update = (rows: number, more: Partial<FitOptions>) =>
      network.trainOnBatch(samples.subarray(0, rows * 3), y.subarray(0, rows * 2), { loss: 'meanSquaredError', optimizer, ...more });
    const results = [
      update(8, { inputScale: 1 / 255 }),
      update(3, { inputScale: 1 / 255 }),
      update(1, { inputScale: 1 / 128, metrics: ['r2', 'meanAbsoluteError'] }),
      update(8, { inputScale: 0.001, loss: 'halfSquaredError' }),
      update(5, { inputScale: 0.001, metrics: ['meanAbsoluteError', 'r2'] }),
      update(2, { inputScale: 1 / 255 }),
    ];
    return [network, results];
  };
  const [one, first] = run(bytes);
  const [other, second] = run(floats);
  expect(second).toEqual(first);
  expect(weightBits(other)).toEqual(weightBits(one));
  expect(Object.keys(first[2] as object)).toEqual(['loss', 'r2', 'meanAbsoluteError']);
});

it('a batch may be larger than what is kept in memory for long', () => {
  const rows = 3000;
  const create = (): Network => smallNetwork({ inputs: 800, layers: [dense(3)] });
  const bytes = Uint8Array.from(integers(rows * 800, 256));
  const targets = numbers(rows * 3);
  const [one, other] = [create(), create()];
  const options = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0.01 }), inputScale: 1 / 255 } as const;
  for (let step = 0; step < 2; step++) {
    const { loss } = one.trainOnBatch(bytes, targets, options);
    expect(other.trainOnBatch(Float32Array.from(bytes), targets, options).loss).toBe(loss);
  }
  expect(weightBits(other)).toEqual(weightBits(one));
});

it('another loss, or other limits of the gradient, count from the next update on', () => {
  const network = smallNetwork();
  const still = { optimizer: sgd({ learningRate: 0 }) };
  const { loss } = network.trainOnBatch(x, y, { ...still, loss: 'meanSquaredError' });
  // Two outputs: the mean of two squares, or half of their sum.
  expect(network.trainOnBatch(x, y, { ...still, loss: 'halfSquaredError' }).loss).toBeCloseTo(loss, 6);
  expect(network.trainOnBatch(x, y, { ...still, loss: 'meanAbsoluteError' }).loss).toBeGreaterThan(loss);
  const optimizer = sgd({ learningRate: 0.1 });
  network.trainOnBatch(x, y, { optimizer, loss: 'meanSquaredError' });
  for (const limit of [{ clipNorm: 1e-12 }, { clipValue: 1e-12 }]) {
    const before = weightBits(network);
    network.trainOnBatch(x, y, { optimizer, loss: 'meanSquaredError', ...limit });
    expect(weightBits(network)).toEqual(before);
  }
});

it('an own loss that throws leaves weights and moments as they were', () => {
  let broken = false;
  const own = (output: Float32Array, target: Float32Array): number => {
    if (broken) throw new Error('broken');
    return output.reduce((sum, value, index) => sum + (value - target[index]) ** 2, 0);
  };
  const run = (breaks: boolean): Network => {
    const network = smallNetwork();
    const options = { loss: { value: own }, optimizer: adam({ learningRate: 0.1 }) };
    for (let step = 0; step < 3; step++) network.trainOnBatch(x, y, options);
    broken = breaks;
    if (breaks) expect(() => network.trainOnBatch(x, y, options)).toThrow('broken');
    broken = false;
    network.trainOnBatch(x, y, options);
    return network;
  };
  expect(weightBits(run(true))).toEqual(weightBits(run(false)));
});

it('a batch that is changed in place is read anew', () => {
  const batch = x.slice();
  const [reused, fresh] = [smallNetwork(), smallNetwork()];
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.5 });
  for (let step = 0; step < 4; step++) {
    batch[step] += 1;
    reused.trainOnBatch(batch, y, { loss: 'meanSquaredError', optimizer });
    fresh.trainOnBatch(batch.slice(), y.slice(), { loss: 'meanSquaredError', optimizer });
  }
  expect(weightBits(reused)).toEqual(weightBits(fresh));
});
