/** A run that is saved, loaded and taken up again equals one that was never interrupted, bit for bit. Public API only. */
import { describe, expect, test } from 'vitest';
import * as gradlet from '../../src/index.js';
import { type FitOptions, Network, type Optimizer } from '../../src/index.js';
import { points } from './support-data.js';

const { x, y } = points(50, 4);
const validation = { x: x.slice(0, 10), y: y.slice(0, 10) };

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => gradlet.sgd(),
  'sgd, momentum': () => gradlet.sgd({ momentum: 0.9, weightDecay: 0.01 }),
  'sgd, nesterov': () => gradlet.sgd({ momentum: 0.9, nesterov: true }),
  rmsprop: () => gradlet.rmsprop(),
  'rmsprop, momentum': () => gradlet.rmsprop({ momentum: 0.5 }),
  adagrad: () => gradlet.adagrad(),
  adam: () => gradlet.adam(),
  'adam, amsgrad': () => gradlet.adam({ amsgrad: true }),
  'adamw, cosine decay': () =>
    gradlet.adamw({ learningRate: gradlet.cosineDecay({ initialLearningRate: 0.01, decaySteps: 30, warmupSteps: 5 }) }),
  'adamw, amsgrad': () => gradlet.adamw({ amsgrad: true }),
  nadam: () => gradlet.nadam(),
};

function network(): Network {
  const layers = [
    gradlet.dense(8, { activation: 'gelu', maxNorm: 2 }),
    gradlet.batchNorm(),
    gradlet.dropout(0.3),
    gradlet.gaussianNoise(0.1),
    gradlet.layerNorm(),
    gradlet.dense(2, { activation: 'softmax' }),
  ];
  return new Network({ inputs: 4, layers, seed: 5, numerics: 'reproducible' });
}

function options(optimizer: Optimizer, more: Partial<FitOptions> = {}): FitOptions {
  return {
    loss: 'sparseCategoricalCrossentropy',
    optimizer,
    epochs: 9,
    batchSize: 8,
    metrics: ['accuracy'],
    validationData: validation,
    clipNorm: 1,
    earlyStopping: { patience: 4, restoreBest: true },
    onWarning: () => undefined,
    ...more,
  };
}

/** Trains up to the place, and returns the bytes saved there. */
async function interrupted(optimizer: Optimizer, place: 'between epochs' | number): Promise<Uint8Array> {
  const first = network();
  if (place === 'between epochs') {
    await first.fit(x, y, options(optimizer, { epochs: 4 }));
    return first.save({ trainingState: true });
  }
  let bytes = new Uint8Array();
  const onBatch = ({ epoch, batch }: { epoch: number; batch: number }): boolean => {
    if (epoch !== 3 || batch !== place) return true;
    bytes = first.save({ trainingState: true });
    return false;
  };
  await first.fit(x, y, options(optimizer, { onBatch }));
  return bytes;
}

describe.each(Object.entries(OPTIMIZERS))('%s', (_, optimizer) => {
  test.each(['between epochs', 0, 2, 6] as const)('interrupted %s', async (place) => {
    const whole = network();
    const wholeHistory = await whole.fit(x, y, options(optimizer()));
    const bytes = await interrupted(optimizer(), place);
    const again = Network.load(bytes);
    const history = await again.fit(x, y, options(optimizer(), { resume: bytes }));
    expect(history).toEqual(wholeHistory);
    expect(again.getWeights()).toEqual(whole.getWeights());
    expect(again.save()).toEqual(whole.save());
  });
});

test('saved from a timer while fit runs, and after an abort', async () => {
  const whole = network();
  const long = { epochs: 300, earlyStopping: undefined };
  const wholeHistory = await whole.fit(x, y, options(gradlet.adam(), long));
  const first = network();
  const controller = new AbortController();
  let during = new Uint8Array();
  const timer = setTimeout(() => {
    during = first.save({ trainingState: true });
    controller.abort();
  }, 1);
  await expect(first.fit(x, y, options(gradlet.adam(), { ...long, signal: controller.signal }))).rejects.toThrow();
  clearTimeout(timer);
  for (const bytes of [during, first.save({ trainingState: true })]) {
    const again = Network.load(bytes);
    expect(await again.fit(x, y, options(gradlet.adam(), { ...long, resume: bytes }))).toEqual(wholeHistory);
    expect(again.getWeights()).toEqual(whole.getWeights());
  }
});

test('a network that has been trained before takes up another run as well', async () => {
  const bytes = await interrupted(gradlet.adam(), 2);
  const whole = network();
  await whole.fit(x, y, options(gradlet.adam()));
  const used = network();
  await used.fit(x, y, options(gradlet.adam({ learningRate: 0.1 }), { earlyStopping: undefined, epochs: 2 }));
  await used.fit(x, y, options(gradlet.adam(), { resume: bytes }));
  expect(used.getWeights()).toEqual(whole.getWeights());
});

test('a run that early stopping has ended goes on with more patience, and not without', async () => {
  const run = (patience: number, more: Partial<FitOptions> = {}): Partial<FitOptions> => ({
    epochs: 200,
    earlyStopping: { monitor: 'loss', minDelta: 0.01, patience },
    ...more,
  });
  const whole = network();
  const wholeHistory = await whole.fit(x, y, options(gradlet.adam(), run(12)));
  const first = network();
  const { stopped, epochs } = await first.fit(x, y, options(gradlet.adam(), run(2)));
  expect(stopped).toBe('early');
  expect(epochs).toBeLessThan(wholeHistory.epochs);
  const bytes = first.save({ trainingState: true });
  const again = Network.load(bytes);
  expect((await again.fit(x, y, options(gradlet.adam(), run(2, { resume: bytes })))).epochs).toBe(epochs);
  expect(again.getWeights()).toEqual(first.getWeights());
  expect(await again.fit(x, y, options(gradlet.adam(), run(12, { resume: bytes })))).toEqual(wholeHistory);
  expect(again.getWeights()).toEqual(whole.getWeights());
});

test('after a divergence the state is that of the last finite step', async () => {
  const targets = x.map(([a]) => [a]);
  const plain = (): Network => new Network({ inputs: 4, layers: [gradlet.dense(3, { activation: 'tanh' }), gradlet.dense(1)], seed: 2 });
  const wild = targets.map((row, index) => (index === 41 ? [1e30] : row));
  const rows = { loss: 'meanSquaredError', optimizer: gradlet.nadam(), batchSize: 10, shuffle: false, epochs: 2 } as const;
  const first = plain();
  await expect(first.fit(x, wild, rows)).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
  const bytes = first.save({ trainingState: true });
  const again = Network.load(bytes);
  await again.fit(x, targets, { ...rows, resume: bytes });
  const whole = plain();
  await whole.fit(x, targets, rows);
  expect(again.getWeights()).toEqual(whole.getWeights());
});

test('a run that was taken up and then diverges leaves the same state as one in one go', async () => {
  const targets = x.map(([a]) => [a]);
  const plain = (): Network => new Network({ inputs: 4, layers: [gradlet.dense(3, { activation: 'tanh' }), gradlet.dense(1)], seed: 2 });
  // 10 updates an epoch: too much in the middle of the fifth, with the orders of later epochs drawn already.
  const learningRate = (step: number): number => (step === 44 ? 1e38 : 0.01);
  const given = { loss: 'meanSquaredError', optimizer: gradlet.sgd({ learningRate }), batchSize: Math.ceil(x.length / 10) } as const;
  const whole = plain();
  await expect(whole.fit(x, targets, { ...given, epochs: 9 })).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
  const first = plain();
  await first.fit(x, targets, { ...given, epochs: 2 });
  const bytes = first.save({ trainingState: true });
  const again = Network.load(bytes);
  await expect(again.fit(x, targets, { ...given, epochs: 9, resume: bytes })).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
  expect(again.save({ trainingState: true })).toEqual(whole.save({ trainingState: true }));
});

test('another network object with the same layers takes weights and seed from the state', async () => {
  const bytes = await interrupted(gradlet.adam(), 2);
  const whole = network();
  await whole.fit(x, y, options(gradlet.adam()));
  const layers = [
    gradlet.dense(8, { activation: 'gelu', maxNorm: 2 }),
    gradlet.batchNorm(),
    gradlet.dropout(0.3),
    gradlet.gaussianNoise(0.1),
    gradlet.layerNorm(),
    gradlet.dense(2, { activation: 'softmax' }),
  ];
  const other = new Network({ inputs: 4, layers, seed: 77, numerics: 'reproducible' });
  await other.fit(x, y, options(gradlet.adam(), { resume: bytes }));
  expect(other.getWeights()).toEqual(whole.getWeights());
  expect(other.seed).toBe(5);
});

describe('what does not fit is refused before any work', () => {
  const CASES: [string, Partial<FitOptions>, RegExp][] = [
    ['optimizer', { optimizer: gradlet.adam({ learningRate: 0.5 }) }, /another optimizer/],
    ['batch size', { batchSize: 10 }, /another batchSize/],
    ['loss', { loss: gradlet.dense as never }, /loss/],
    ['shuffle', { shuffle: false }, /another shuffle/],
    ['metrics', { metrics: [], earlyStopping: undefined }, /other metrics/],
  ];
  test.each(CASES)('%s', async (_, more, message) => {
    const bytes = await interrupted(gradlet.adam(), 'between epochs');
    const again = Network.load(bytes);
    const before = again.save();
    await expect(again.fit(x, y, options(gradlet.adam(), { resume: bytes, ...more }))).rejects.toThrow(message);
    expect(again.save()).toEqual(before);
  });

  test('row count', async () => {
    const bytes = await interrupted(gradlet.adam(), 'between epochs');
    const again = Network.load(bytes);
    await expect(again.fit(x.slice(1), y.slice(1), options(gradlet.adam(), { resume: bytes }))).rejects.toThrow(RangeError);
  });

  test('another network, a file without state, and bytes that are none', async () => {
    const bytes = await interrupted(gradlet.adam(), 'between epochs');
    const other = new Network({ inputs: 4, layers: [gradlet.dense(2, { activation: 'softmax' })] });
    await expect(other.fit(x, y, options(gradlet.adam(), { resume: bytes }))).rejects.toThrow(/another network/);
    await expect(other.fit(x, y, options(gradlet.adam(), { resume: other.save() }))).rejects.toThrow(/trainingState/);
    await expect(other.fit(x, y, options(gradlet.adam(), { resume: new Uint8Array(9) }))).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    expect(() => other.save({ trainingState: true })).toThrow(RangeError);
  });
});
