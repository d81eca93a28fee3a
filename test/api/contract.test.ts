// What any training can be relied on: inputs are left alone, equal seeds give equal bits, and the form in which samples are
// handed over makes no difference. After the estimator checks of scikit-learn. It knows the public interface only.

import { describe, expect, it } from 'vitest';
import { adam, dense, type FitOptions, type Layer, Network, type Samples, sgd } from '../../src/index.js';
import { bits, integers, numbers, rowsOf, smallData, smallNetwork, weightBits } from './support.js';

const TRAIN: FitOptions = { loss: 'meanSquaredError', optimizer: adam({ learningRate: 0.01 }), epochs: 3, batchSize: 4 };

/** Weights and history after a fit of a fresh network. */
async function trained(network: Network, x: Samples, y: Samples, options: FitOptions = TRAIN): Promise<unknown> {
  const history = await network.fit(x, y, options);
  return { weights: weightBits(network), history };
}

describe('inputs', () => {
  const { x, y } = smallData(10);
  const forms: readonly (readonly [string, Samples, Samples])[] = [
    ['typed arrays', x.slice(), y.slice()],
    ['flat arrays', Array.from(x), Array.from(y)],
    ['rows', rowsOf(x, 3), rowsOf(y, 2)],
    ['typed rows', rowsOf(x, 3).map((row) => Float32Array.from(row)), rowsOf(y, 2).map((row) => Float64Array.from(row))],
    ['a shape', { data: x.slice(), rows: 10, columns: 3 }, { data: Array.from(y), rows: 10, columns: 2 }],
  ];

  it.each(forms)('as %s are never modified', async (_, samples, targets) => {
    const before = structuredClone([samples, targets]);
    const network = smallNetwork();
    await network.fit(samples, targets, { ...TRAIN, inputScale: 0.5, validationSplit: 0.2, metrics: ['r2'] });
    network.trainOnBatch(samples, targets, { loss: 'meanSquaredError', optimizer: 'sgd', inputScale: 2 });
    network.evaluate(samples, targets, { loss: 'meanSquaredError', inputScale: 3 });
    network.predict(samples, { inputScale: 4 });
    expect([samples, targets]).toEqual(before);
  });

  it('and options may be frozen', async () => {
    const frozen = Object.freeze(rowsOf(x, 3).map((row) => Object.freeze(row)));
    const options = Object.freeze({ ...TRAIN, validationData: Object.freeze({ x: frozen, y }), metrics: Object.freeze(['r2'] as const) });
    expect((await smallNetwork().fit(frozen, y, options)).epochs).toBe(3);
  });
});

describe('the form of samples makes no difference:', () => {
  // Whole numbers up to 255 are the same in every kind of array.
  const x = Uint8Array.from(integers(60, 256, 5));
  const y = Uint8Array.from(integers(40, 2, 6));
  const validationData = { x: rowsOf(x, 3), y: Array.from(y) };
  const options: FitOptions = { ...TRAIN, inputScale: 1 / 255, validationData, metrics: ['meanAbsoluteError'] };
  const kinds = [Float32Array, Float64Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array] as const;
  const forms: readonly (readonly [string, Samples, Samples])[] = [
    ...kinds.map((Kind) => [Kind.name, Kind.from(x), Kind.from(y)] as const),
    ['number[]', Array.from(x), Array.from(y)],
    ['rows', rowsOf(x, 3), rowsOf(y, 2)],
    ['rows of Uint8Array', rowsOf(x, 3).map((row) => Uint8Array.from(row)), rowsOf(y, 2).map((row) => Uint8Array.from(row))],
    ['rows of different kinds', rowsOf(x, 3).map((row, index) => kinds[index % kinds.length].from(row)), rowsOf(y, 2)],
    ['{ data: Uint8Array }', { data: x, rows: 20, columns: 3 }, { data: y, rows: 20, columns: 2 }],
    ['{ data: number[] }', { data: Array.from(x), rows: 20, columns: 3 }, { data: Array.from(y), rows: 20, columns: 2 }],
    ['a part of a larger buffer', Float32Array.from([9, ...x, 9]).subarray(1, 61), Uint8Array.from([9, ...y]).subarray(1)],
  ];

  it.each(forms)('%s trains, evaluates and predicts to the bits of Uint8Array', async (_, samples, targets) => {
    expect(await trained(smallNetwork(), samples, targets, options)).toEqual(await trained(smallNetwork(), x, y, options));
    const network = smallNetwork();
    const evaluation = { loss: 'meanSquaredError', metrics: ['r2'], inputScale: 1 / 255 } as const;
    expect(network.evaluate(samples, targets, evaluation)).toEqual(network.evaluate(x, y, evaluation));
    expect(network.predict(samples, { inputScale: 1 / 255 })).toEqual(network.predict(x, { inputScale: 1 / 255 }));
  });

  it('inputScale 1 and none are the same', async () => {
    const one = await trained(smallNetwork(), x, y, { ...TRAIN, inputScale: 1 });
    expect(one).toEqual(await trained(smallNetwork(), x, y, TRAIN));
  });

  it('class indices come in any numeric array', async () => {
    const labels = integers(20, 3, 8);
    const run = (given: Samples): Promise<unknown> => {
      const network = smallNetwork({ layers: [dense(3, { activation: 'softmax' })] });
      return trained(network, x, given, { ...TRAIN, loss: 'sparseCategoricalCrossentropy' });
    };
    const expected = await run(labels);
    for (const Kind of [Float32Array, Float64Array, Uint8Array, Uint32Array]) expect(await run(Kind.from(labels))).toEqual(expected);
    for (const given of [Array.from(labels), rowsOf(labels, 1), { data: Uint8Array.from(labels), rows: 20, columns: 1 }]) {
      expect(await run(given)).toEqual(expected);
    }
  });
});

describe('sizes at the edge', () => {
  it.each([
    ['one sample', 1, 3, 2, 32],
    ['one feature', 9, 1, 2, 4],
    ['one output', 9, 3, 1, 4],
    ['one of everything', 1, 1, 1, 1],
    ['a batch larger than the data', 5, 3, 2, 1000],
    ['a batch of exactly the data', 5, 3, 2, 5],
    ['a last batch of one row', 9, 3, 2, 4],
  ])('%s: what fit does is one update a batch', async (_, rows, inputs, units, batchSize) => {
    const create = () => new Network({ inputs, layers: [dense(3, { activation: 'relu' }), dense(units)], seed: 2 });
    const [x, y] = [numbers(rows * inputs, 1), numbers(rows * units, 2)];
    const optimizer = adam({ learningRate: 0.05 });
    const whole = create();
    const history = await whole.fit(x, y, { ...TRAIN, optimizer, batchSize, shuffle: false });
    const stepwise = create();
    const loss = [0, 1, 2].map(() => {
      let sum = 0;
      for (let from = 0; from < rows; from += batchSize) {
        const to = Math.min(from + batchSize, rows);
        const batch = [x.subarray(from * inputs, to * inputs), y.subarray(from * units, to * units)] as const;
        sum += stepwise.trainOnBatch(...batch, { loss: 'meanSquaredError', optimizer }).loss * (to - from);
      }
      return sum / rows;
    });
    expect(weightBits(whole)).toEqual(weightBits(stepwise));
    loss.forEach((value, epoch) => expect(history.loss[epoch]).toBeCloseTo(value, 12));
  });

  it('no epoch: nothing happens', async () => {
    const { x, y } = smallData();
    const network = smallNetwork();
    const before = weightBits(network);
    const history = await network.fit(x, y, { ...TRAIN, epochs: 0, metrics: ['r2'], validationSplit: 0.5 });
    expect(history).toEqual({ loss: [], valLoss: [], metrics: { r2: [] }, valMetrics: { r2: [] }, epochs: 0 });
    expect(weightBits(network)).toEqual(before);
  });
});

describe('data larger than what is kept in memory at once', () => {
  const ROWS = 3000;
  const COLUMNS = 800;
  const small = Uint8Array.from(integers(ROWS * COLUMNS, 256, 3));
  const large = Float32Array.from(small);
  const labels = integers(ROWS, 3, 4);
  const targets = numbers(ROWS * 3, 5);
  const rowWeights = numbers(ROWS, 6, 0, 2);
  const layers: Layer[] = [dense(4, { activation: 'tanh' }), dense(3, { activation: 'softmax' })];
  const create = (): Network => new Network({ inputs: COLUMNS, layers, seed: 9 });

  it.each([
    ['labels, odd batches', labels, { loss: 'sparseCategoricalCrossentropy', batchSize: 37 }],
    ['rows, one batch', targets, { loss: 'meanSquaredError', batchSize: ROWS }],
    ['rows, in order', targets, { loss: 'meanSquaredError', batchSize: 64, shuffle: false }],
    ['labels, with metrics', labels, { loss: 'sparseCategoricalCrossentropy', batchSize: 64, metrics: ['accuracy'] }],
    ['labels, with validation', labels, { loss: 'sparseCategoricalCrossentropy', batchSize: 100, validationSplit: 0.1 }],
    ['labels, with weights', labels, { loss: 'sparseCategoricalCrossentropy', batchSize: 37, sampleWeight: rowWeights }],
  ] as const)('trains to the same bits: %s', async (_, y, more) => {
    const options: FitOptions = { optimizer: adam(), epochs: 2, inputScale: 1 / 255, ...more };
    const expected = await trained(create(), small, y, options);
    expect(await trained(create(), large, y, options)).toEqual(expected);
  });

  it('has the same bits in metrics that are sums of fractions', async () => {
    const options: FitOptions = { loss: 'meanSquaredError', optimizer: adam(), batchSize: 64, metrics: ['r2', 'meanAbsoluteError'] };
    const expected = await create().fit(small, targets, options);
    expect(await create().fit(large, targets, options)).toEqual(expected);
  });

  it('and predictions of it are those of its parts', () => {
    const network = create();
    const { data } = network.predict(large);
    expect(bits(data)).toEqual(bits(network.predict(small).data));
    expect(bits(data.slice(-30))).toEqual(bits(network.predict(large.subarray(-10 * COLUMNS)).data));
  });
});

describe('seeds', () => {
  const { x, y } = smallData();

  it('equal ones give equal bits, others do not', async () => {
    const [first, second, other] = await Promise.all([7, 7, 8].map((seed) => trained(smallNetwork({ seed }), x, y)));
    expect(first).toEqual(second);
    expect(first).not.toEqual(other);
  });

  it.each(['fast', 'reproducible'] as const)('give equal bits with numerics %s in turn and at once', async (numerics) => {
    const run = () => trained(smallNetwork({ numerics }), x, y, { ...TRAIN, epochs: 40 });
    const [a, b] = await Promise.all([run(), run()]);
    expect(a).toEqual(b);
    expect(await run()).toEqual(a);
  });

  it('are drawn when none is given, and can be used again', async () => {
    const [a, b] = [smallNetwork({ seed: undefined }), smallNetwork({ seed: undefined })];
    expect(a.seed).not.toBe(b.seed);
    for (const { seed } of [a, b]) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    const again = smallNetwork({ seed: a.seed });
    expect(await trained(again, x, y)).toEqual(await trained(a, x, y));
  });

  it('may be the smallest and the largest', () => {
    expect(smallNetwork({ seed: 0 }).seed).toBe(0);
    expect(smallNetwork({ seed: 2 ** 32 - 1 }).seed).toBe(2 ** 32 - 1);
    expect(weightBits(smallNetwork({ seed: 0 }))).not.toEqual(weightBits(smallNetwork({ seed: 2 ** 32 - 1 })));
  });

  it('make the epochs of two fits those of one', async () => {
    const options: FitOptions = { ...TRAIN, optimizer: sgd({ learningRate: 0.1 }) };
    const whole = smallNetwork();
    const { loss } = await whole.fit(x, y, { ...options, epochs: 5 });
    const parts = smallNetwork();
    const first = await parts.fit(x, y, { ...options, epochs: 2 });
    const second = await parts.fit(x, y, { ...options, epochs: 3 });
    expect(weightBits(parts)).toEqual(weightBits(whole));
    expect([...first.loss, ...second.loss]).toEqual(loss);
  });
});

// Pinned: a change of these bits is a change that users of 'reproducible' see.
it('numerics reproducible: the same bits on every engine', async () => {
  const layers = [dense(5, { activation: 'tanh' }), dense(2, { activation: 'sigmoid' })];
  const network = smallNetwork({ numerics: 'reproducible', layers });
  const { x, y } = smallData();
  await network.fit(x, y.map(Math.abs), { ...TRAIN, loss: 'binaryCrossentropy', epochs: 20 });
  expect(network.runtime).toEqual({ binary: 'strict', threads: 1 });
  expect(weightBits(network).slice(0, 5)).toEqual([1025928690, 3193269709, 1055673542, 1063164194, 3189234092]);
  expect(bits(network.predict([0.5, -0.25, 1]).data)).toEqual([1060044936, 1057079320]);
});
