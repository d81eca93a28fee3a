/**
 * What every network must keep to, whatever it is made of: checks in the manner of scikit-learn's for estimators, each for
 * each configuration of the table. Public API only.
 */
import { describe, expect, test } from 'vitest';
import * as g from '../../src/index.js';
import { points } from './support-data.js';

interface Configuration {
  readonly layers: (outputs: number) => g.Layer[];
  readonly optimizer: () => g.Optimizer;
  readonly loss: g.Loss;
  readonly more?: Partial<g.FitOptions>;
}

const softmax = (outputs: number): g.Layer => g.dense(outputs, { activation: 'softmax' });
const CROSS = 'sparseCategoricalCrossentropy' as const;
const wave: g.CustomActivation = {
  name: 'wave',
  value: (z) => Math.fround(z / (1 + z * z)),
  derivative: (z) => (1 - z * z) / (1 + z * z) ** 2,
};

const CONFIGURATIONS: Record<string, Configuration> = {
  'no hidden layer, sgd': { layers: (k) => [softmax(k)], optimizer: () => g.sgd({ learningRate: 0.5 }), loss: CROSS },
  'relu, momentum, penalty': {
    layers: (k) => [g.dense(9, { activation: 'relu', kernelRegularizer: { l1: 1e-4, l2: 1e-3 } }), softmax(k)],
    optimizer: () => g.sgd({ learningRate: 0.1, momentum: 0.9 }),
    loss: CROSS,
  },
  'tanh, nesterov, clipped': {
    layers: (k) => [g.dense(9, { activation: 'tanh', maxNorm: 2 }), softmax(k)],
    optimizer: () => g.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    loss: CROSS,
    more: { clipNorm: 1, clipValue: 0.5 },
  },
  'gelu, layer norm, adam': {
    layers: (k) => [g.dense(9, { activation: 'gelu' }), g.layerNorm(), softmax(k)],
    optimizer: () => g.adam({ learningRate: 0.02 }),
    loss: CROSS,
  },
  'silu, batch norm, rmsprop': {
    layers: (k) => [g.dense(9), g.batchNorm(), g.activation('silu'), softmax(k)],
    optimizer: () => g.rmsprop({ learningRate: 0.01, momentum: 0.5 }),
    loss: CROSS,
  },
  'selu, noise, nadam': {
    layers: (k) => [g.gaussianNoise(0.05), g.dense(9, { activation: 'selu', kernelInitializer: 'lecunNormal' }), softmax(k)],
    optimizer: () => g.nadam({ learningRate: 0.02 }),
    loss: CROSS,
  },
  'dropout, adamw, schedule': {
    layers: (k) => [g.dense(17, { activation: 'elu', kernelInitializer: 'heNormal' }), g.dropout(0.1), softmax(k)],
    optimizer: () => g.adamw({ learningRate: g.cosineDecay({ initialLearningRate: 0.03, decaySteps: 200 }) }),
    loss: CROSS,
  },
  'softsign, adagrad': {
    layers: (k) => [g.dense(9, { activation: 'softsign' }), softmax(k)],
    optimizer: () => g.adagrad({ learningRate: 0.2 }),
    loss: CROSS,
  },
  'hidden softmax, amsgrad': {
    layers: (k) => [g.dense(12, { activation: 'softmax' }), softmax(k)],
    optimizer: () => g.adam({ learningRate: 0.05, amsgrad: true }),
    loss: CROSS,
  },
  'own activation': {
    layers: (k) => [g.dense(9, { activation: wave }), softmax(k)],
    optimizer: () => g.adam({ learningRate: 0.05 }),
    loss: CROSS,
  },
  'three hidden layers without bias': {
    layers: (k) => [
      g.dense(9, { activation: 'leakyRelu', useBias: false }),
      g.dense(7, { activation: 'softplus' }),
      g.dense(5, { activation: 'sigmoid' }),
      softmax(k),
    ],
    optimizer: () => g.adam({ learningRate: 0.05 }),
    loss: CROSS,
  },
};

const { x, y } = points(90, 3, 4);
const quiet = { onWarning: () => undefined };

function build({ layers }: Configuration, inputs = 3, outputs = 2): g.Network {
  return new g.Network({ inputs, layers: layers(outputs), seed: 11, numerics: 'reproducible' });
}

function options({ optimizer, loss, more }: Configuration, epochs = 4): g.FitOptions {
  return { optimizer: optimizer(), loss, epochs, batchSize: 16, ...more, ...quiet };
}

describe.each(Object.entries(CONFIGURATIONS))('%s', (_, configuration) => {
  test('learns', async () => {
    const { loss } = await build(configuration).fit(x, y, options(configuration, 60));
    expect(loss[59]).toBeLessThan(0.97 * loss[0]);
    expect(loss.every(Number.isFinite)).toBe(true);
  });

  test('fit twice with one seed gives the same bits, with another network in between', async () => {
    const [a, b, other] = [build(configuration), build(configuration), build(configuration)];
    const first = await a.fit(x, y, options(configuration));
    await other.fit(x.slice(7), y.slice(7), options(configuration, 1));
    expect(await b.fit(x, y, options(configuration))).toEqual(first);
    expect(b.getWeights()).toEqual(a.getWeights());
  });

  test('leaves its inputs as they are', async () => {
    const [flat, labels] = [Float64Array.from(x.flat()), Float32Array.from(y)];
    const [before, labelsBefore] = [flat.slice(), labels.slice()];
    const one = build(configuration);
    await one.fit(flat, labels, { ...options(configuration, 1), sampleWeight: labelsBefore });
    one.predict(flat);
    one.evaluate(flat, labels, { loss: configuration.loss });
    expect(flat).toEqual(before);
    expect(labels).toEqual(labelsBefore);
  });

  test('predicts a row the same alone, in any company, and after a round trip through a file', async () => {
    const one = build(configuration);
    await one.fit(x, y, options(configuration, 2));
    const together = one.predict(x).data;
    const again = g.Network.load(one.save(), { custom: { wave } });
    for (const row of [0, 5, 63, 64, 89]) {
      expect(one.predict(x[row]).data).toEqual(together.slice(2 * row, 2 * row + 2));
      expect(again.predict([x[row], x[0]]).data.slice(0, 2)).toEqual(together.slice(2 * row, 2 * row + 2));
    }
    expect(again.summary()).toBe(one.summary());
  });

  test('takes one sample, one feature, one class more, and says what is wrong with none', async () => {
    expect((await build(configuration).fit([x[0]], [y[0]], options(configuration, 1))).loss.every(Number.isFinite)).toBe(true);
    const narrow = build(configuration, 1, 3);
    await narrow.fit(
      x.map(([a]) => [a]),
      y,
      options(configuration, 1),
    );
    expect(narrow.predict([[0.5], [1]])).toMatchObject({ rows: 2, columns: 3 });
    await expect(narrow.fit([], [], options(configuration))).rejects.toThrow(/x is empty/);
    expect(() => narrow.predict([])).toThrow(/x is empty/);
  });

  test('does not care for the order of the classes', async () => {
    const [a, b] = [build(configuration), build(configuration)];
    const last = a.getWeights().findLastIndex(({ name }) => name.endsWith('.kernel'));
    const swapped = a.getWeights().map(({ name, data, shape }, index) => {
      const columns = shape[shape.length - 1];
      if (index < last || name.includes('running')) return data;
      return data.map((__, at) => data[at - (at % columns) + (columns - 1 - (at % columns))]);
    });
    b.setWeights(swapped);
    await a.fit(x, y, options(configuration, 2));
    await b.fit(
      x,
      y.map((label) => 1 - label),
      options(configuration, 2),
    );
    const [p, q] = [a.predict(x).data, b.predict(x).data];
    p.forEach((value, at) => expect(q[at - (at % 2) + (1 - (at % 2))]).toBeCloseTo(value, 3));
  });
});
