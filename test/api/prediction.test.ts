// What predictions and weights are like: fresh ordinary arrays, rows independent of each other, classes, round trips, and the
// summary. It knows the public interface only.

import { describe, expect, it } from 'vitest';
import { type ActivationName, dense, Network } from '../../src/index.js';
import { bits, numbers, rowsOf, smallData, smallNetwork, weightBits } from './support.js';

const ACTIVATIONS: readonly ActivationName[] = ['linear', 'relu', 'sigmoid', 'tanh', 'softmax'];

describe('results', () => {
  const { x, y } = smallData();

  it.each([
    ['predict of rows', (network: Network) => network.predict(x).data],
    ['predict of one row', (network: Network) => network.predict(x.subarray(0, 3)).data],
    ['predictClasses', (network: Network) => network.predictClasses(x)],
    ['getWeights', (network: Network) => network.getWeights()[0].data],
    ['save', (network: Network) => network.save()],
  ])('of %s are fresh and ordinary', (_, call) => {
    const network = smallNetwork();
    const [first, second] = [call(network), call(network)];
    expect(first.buffer).toBeInstanceOf(ArrayBuffer);
    expect(first.byteOffset).toBe(0);
    expect(first.buffer.byteLength).toBe(first.byteLength);
    expect(first.buffer).not.toBe(second.buffer);
    expect(first).toEqual(second);
    const before = weightBits(network);
    first.fill(9);
    expect(weightBits(network)).toEqual(before);
    expect(call(network)).toEqual(second);
    expect(structuredClone(second)).toEqual(second);
  });

  it('of evaluate and trainOnBatch are plain numbers', () => {
    const evaluation = smallNetwork().evaluate(x, y, { loss: 'meanSquaredError', metrics: ['r2'] });
    expect(Object.values(evaluation).every((value) => typeof value === 'number')).toBe(true);
    const update = smallNetwork().trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer: 'sgd', metrics: ['r2'] });
    expect(Object.keys(update)).toEqual(['loss', 'r2']);
  });
});

describe('rows do not see each other', () => {
  const sizes = ACTIVATIONS.flatMap((activation) => [1, 3, 8, 13].map((units) => [activation, units] as const));

  it.each(sizes)('%s of %i', (activation, units) => {
    const network = new Network({ inputs: 5, layers: [dense(units + 1, { activation }), dense(units, { activation })], seed: 1 });
    const x = numbers(150 * 5, 1, -3, 3);
    const { data, rows, columns } = network.predict(x);
    expect([rows, columns, data.length]).toEqual([150, units, 150 * units]);
    const single = rowsOf(x, 5).flatMap((row) => bits(network.predict(row).data));
    expect(single).toEqual(bits(data));
    const parts = [x.subarray(0, 35), x.subarray(35, 360), x.subarray(360)].flatMap((part) => bits(network.predict(part).data));
    expect(parts).toEqual(bits(data));
  });

  it('nor what was predicted before, NaN included', () => {
    const network = smallNetwork();
    const x = [0.1, 0.2, 0.3];
    const expected = bits(network.predict(x).data);
    for (const value of [NaN, Infinity, 3e38]) {
      for (const rows of [1, 2, 70]) network.predict(new Float32Array(3 * rows).fill(value));
      expect(bits(network.predict(x).data)).toEqual(expected);
      expect(bits(network.predict([x, x]).data)).toEqual([...expected, ...expected]);
    }
  });
});

describe('predictClasses', () => {
  const fixed = (bias: number[], activation: ActivationName): Network =>
    new Network({ inputs: 1, layers: [dense(bias.length, { activation, weights: { kernel: new Float32Array(bias.length), bias } })] });

  it.each([
    ['the largest', [0.1, 0.9, 0.3], 'linear', 1],
    ['the largest of probabilities', [0.1, 0.9, 3], 'softmax', 2],
    ['the first of equals', [0.1, 0.9, 0.9], 'linear', 1],
    ['the least negative', [-3, -2, -1], 'linear', 2],
    ['the only one', [5], 'linear', 0],
    ['one sigmoid unit above a half', [0.001], 'sigmoid', 1],
    ['one sigmoid unit at a half', [0], 'sigmoid', 0],
    ['one sigmoid unit below a half', [-0.001], 'sigmoid', 0],
    ['two sigmoid units', [-2, -1], 'sigmoid', 1],
  ] as const)('takes %s', (_, bias, activation, expected) => {
    const classes = fixed([...bias], activation).predictClasses([[7], [8]]);
    expect(classes).toEqual(Int32Array.of(expected, expected));
  });

  it('takes the scale of inputs', () => {
    const network = new Network({ inputs: 1, layers: [dense(1, { activation: 'sigmoid', weights: { kernel: [1], bias: [-10] } })] });
    expect(Array.from(network.predictClasses(Uint8Array.of(5, 15, 100)))).toEqual([0, 1, 1]);
    expect(Array.from(network.predictClasses(Uint8Array.of(5, 15, 100), { inputScale: 0.5 }))).toEqual([0, 0, 1]);
  });
});

describe('weights', () => {
  it('have names, shapes and the order of the layers', () => {
    const network = new Network({ inputs: [2, 2], layers: [dense(3), dense(2, { useBias: false }), dense(1)] });
    expect(network.getWeights().map(({ name, shape, data }) => [name, shape, data.length])).toEqual([
      ['layers.0.kernel', [4, 3], 12],
      ['layers.0.bias', [3], 3],
      ['layers.1.kernel', [3, 2], 6],
      ['layers.2.kernel', [2, 1], 2],
      ['layers.2.bias', [1], 1],
    ]);
  });

  it.each([1, 7, 8, 9, 64, 65])('go through a network of width %i bit for bit', (width) => {
    const create = (seed: number): Network => new Network({ inputs: width, layers: [dense(width), dense(3)], seed });
    const [one, other] = [create(1), create(2)];
    const given = one.getWeights().map(({ shape }, index) =>
      numbers(
        shape.reduce((a, b) => a * b),
        index + 1,
      ),
    );
    given[0][0] = -0;
    given[1][0] = 1e-42;
    one.setWeights(given);
    expect(weightBits(one)).toEqual(given.flatMap((data) => bits(data)));
    other.setWeights(one.getWeights());
    expect(weightBits(other)).toEqual(weightBits(one));
    const x = numbers(width * 4, 9);
    expect(other.predict(x)).toEqual(one.predict(x));
  });

  it('come flat, in rows, as { data } and in any numeric array', () => {
    const forms = [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [5, 6],
      ],
      [[1, 2, 3, 4], Uint8Array.of(5, 6)],
      [{ data: Float64Array.of(1, 2, 3, 4) }, { data: [5, 6] }],
      [[Float32Array.of(1, 2), Int8Array.of(3, 4)], Float32Array.of(5, 6)],
    ];
    for (const form of forms) {
      const network = new Network({ inputs: 2, layers: [dense(2)] });
      network.setWeights(form);
      expect(network.getWeights().map(({ data }) => Array.from(data))).toEqual([
        [1, 2, 3, 4],
        [5, 6],
      ]);
      expect(Array.from(network.predict([1, 10]).data)).toEqual([36, 48]);
    }
  });

  it('given to a layer may come in part; the rest is drawn', () => {
    const drawn = new Network({ inputs: 2, layers: [dense(2, { biasInitializer: 'ones' })], seed: 1 });
    const half = new Network({ inputs: 2, layers: [dense(2, { biasInitializer: 'ones', weights: { kernel: [1, 2, 3, 4] } })], seed: 1 });
    expect(Array.from(half.getWeights()[0].data)).toEqual([1, 2, 3, 4]);
    expect(Array.from(half.getWeights()[1].data)).toEqual([1, 1]);
    expect(drawn.getWeights()[0].data).not.toEqual(half.getWeights()[0].data);
  });

  it('are changed by what is drawn, not by each other', () => {
    const [first, wider] = [
      [dense(4), dense(2)],
      [dense(4), dense(9)],
    ].map((layers) => new Network({ inputs: 3, layers, seed: 1 }));
    expect(wider.getWeights()[0]).toEqual(first.getWeights()[0]);
  });
});

describe('a network', () => {
  it('sums itself up', () => {
    const layers = [dense(16, { activation: 'relu' }), dense(3, { activation: 'softmax', useBias: false })];
    const network = new Network({ inputs: [4, 2], layers });
    expect(network.summary().split('\n')).toEqual([
      'layer    output      activation  parameters',
      'input    [rows, 8]                        0',
      '0 dense  [rows, 16]  relu               144',
      '1 dense  [rows, 3]   softmax             48',
      '192 parameters, 768 bytes as 32-bit floats',
    ]);
  });

  it('says what it runs on', () => {
    const { runtime, numerics } = smallNetwork();
    expect(['strict', 'relaxed']).toContain(runtime.binary);
    expect([runtime.threads, numerics]).toEqual([1, 'fast']);
    expect(smallNetwork({ numerics: 'reproducible' }).runtime.binary).toBe('strict');
  });

  it('shares layers with others without harm', () => {
    const layers = [dense(5), dense(2)];
    const [one, other] = [smallNetwork({ layers }), smallNetwork({ layers })];
    layers.pop();
    const { x, y } = smallData();
    one.trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer: 'sgd' });
    expect(weightBits(other)).not.toEqual(weightBits(one));
    expect(other.predict(x).columns).toBe(2);
  });
});
