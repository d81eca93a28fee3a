// What `save` and `load` can be asked for: half precision, metadata, limits.

import { describe, expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../src/format/half.js';
import { adam, batchNorm, dense, layerNorm, Network } from '../../src/index.js';
import { bits, smallData, smallNetwork, weightBits } from '../api/support.js';
import { sample, takeApart } from './craft.js';

const { x, y } = smallData();
const failure = (action: () => unknown): Error & { code?: string } => {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

describe("dtype 'float16'", () => {
  it('rounds every weight to the nearest half, and is half as long', () => {
    const network = new Network({ inputs: 40, layers: [dense(30, { activation: 'relu' }), layerNorm(), dense(3)], seed: 3 });
    const file = network.save({ dtype: 'float16' });
    const half = takeApart(file);
    expect(half.body.length * 2).toBe(takeApart(network.save()).body.length);
    expect(
      new Set(Object.entries(half.header).map(([name, entry]) => name === '__metadata__' || (entry as { dtype: string }).dtype)),
    ).toEqual(new Set([true, 'F16']));
    const loaded = Network.load(file);
    const rounded = network.getWeights().map(({ data }) => data.map((value) => halfToFloat(floatToHalf(value))));
    expect(weightBits(loaded)).toEqual(rounded.flatMap((data) => bits(data)));
    expect(loaded.save({ dtype: 'float16' })).toEqual(file);
    const samples = Float32Array.from({ length: 400 }, (_, index) => Math.sin(index));
    const [exact, near] = [network, loaded].map((each) => each.predict(samples).data);
    near.forEach((value, index) => expect(Math.abs(value - exact[index])).toBeLessThan(0.01));
  });

  it('leaves running statistics as they are, however large', () => {
    const network = new Network({ inputs: 3, layers: [dense(3), batchNorm(), dense(1)], seed: 1 });
    const weights = network.getWeights();
    weights[weights.length - 1].data.set([1e9, 1e-9, 3]);
    network.setWeights(weights);
    const loaded = Network.load(network.save({ dtype: 'float16' })).getWeights();
    expect(loaded[loaded.length - 1]).toEqual(weights[weights.length - 1]);
  });

  it.each([
    [65504, true],
    [65519, true],
    [65520, false],
    [-65520, false],
    [3e38, false],
    [1e-30, true],
  ])('takes a weight of %d: %s', (value, fits) => {
    const network = new Network({ inputs: 1, layers: [dense(2, { useBias: false, weights: { kernel: [1, value] } })] });
    if (fits) return expect(Network.load(network.save({ dtype: 'float16' })).getWeights()[0].data[1]).toBe(halfToFloat(floatToHalf(value)));
    const { name, message } = failure(() => network.save({ dtype: 'float16' }));
    expect([name, message]).toEqual([
      'RangeError',
      expect.stringMatching(/numbers up to 65504, but layers\.0\.kernel has .*520|3.* at 1; save/),
    ]);
    expect(Network.load(network.save()).getWeights()[0].data[1]).toBe(Math.fround(value));
  });

  it('is refused for a training state', async () => {
    const network = smallNetwork();
    await network.fit(x, y, { loss: 'meanSquaredError', optimizer: adam(), batchSize: 3 });
    expect(() => network.save({ dtype: 'float16', trainingState: true })).toThrow(/bit for bit, which dtype 'float16' cannot/);
  });

  it.each([
    ['float64', RangeError, /dtype: expected one of float32, float16, got 'float64'/],
    [16, TypeError, /dtype: expected a name, got 16/],
  ])('another one is refused: %s', (dtype, Kind, reason) => {
    const error = failure(() => smallNetwork().save({ dtype: dtype as 'float16' }));
    expect(error).toBeInstanceOf(Kind);
    expect(error.message).toMatch(reason);
  });
});

describe('metadata', () => {
  const texts = { author: 'A. Turing', preprocessing: JSON.stringify({ inputScale: 1 / 255 }), leer: '', 'größe ↔': '\u{1f9e0}\u0000"\\' };

  it('are saved, loaded, cloned and saved again', () => {
    const { network } = sample();
    expect(network.metadata).toEqual({});
    network.metadata = texts;
    expect(network.metadata).toEqual(texts);
    const loaded = Network.load(network.save());
    expect(loaded.metadata).toEqual(texts);
    expect(loaded.clone().metadata).toEqual(texts);
    expect(loaded.save()).toEqual(network.save());
    expect(takeApart(network.save()).header.__metadata__).toMatchObject(texts);
  });

  it('of one file are added to those of the network', () => {
    const { network } = sample();
    network.metadata = { a: '1', b: '2' };
    expect(Network.load(network.save({ metadata: { b: '3', c: '4' } })).metadata).toEqual({ a: '1', b: '3', c: '4' });
    expect(network.metadata).toEqual({ a: '1', b: '2' });
  });

  it('are copies that nobody can change', () => {
    const { network } = sample();
    const given = { a: '1' };
    network.metadata = given;
    given.a = '2';
    expect(network.metadata.a).toBe('1');
    expect(Object.isFrozen(network.metadata)).toBe(true);
  });

  it.each([
    ['a text', 'abc', TypeError, /metadata: expected an object of texts.*'abc'/],
    ['null', null, TypeError, /got null/],
    ['a list', ['a'], TypeError, /got an array of 1/],
    ['a number', { a: 1 }, TypeError, /expected texts, got 1 for 'a'; JSON\.stringify/],
    ['undefined', { a: undefined }, TypeError, /got undefined for 'a'/],
    ['half a surrogate pair', { a: '\ud800' }, RangeError, /half a surrogate pair in 'a'/],
    ['half a name', { 'a\udc00': '' }, RangeError, /half a surrogate pair/],
    ['a prototype', JSON.parse('{"__proto__":"a"}'), RangeError, /'__proto__' is taken/],
    ...['headerCrc32', 'crc32', 'format', 'formatVersion', 'network', 'training'].map(
      (name) => [`the name ${name}`, { [name]: 'a' }, RangeError, /is taken by the file itself/] as const,
    ),
  ] as const)('refuse %s', (_, given, Kind, reason) => {
    const { network } = sample();
    for (const action of [() => void (network.metadata = given as never), () => network.save({ metadata: given as never })]) {
      const error = failure(action);
      expect(error).toBeInstanceOf(Kind);
      expect(error.message).toMatch(reason);
    }
    expect(network.metadata).toEqual({});
  });
});

describe('limits', () => {
  const network = smallNetwork({ layers: [dense(3), dense(2), dense(2)] });
  const file = network.save();
  const text = JSON.stringify(network);

  it('are met by what they allow', () => {
    expect(weightBits(Network.load(file, { maximumBytes: file.length, maximumLayers: 3 }))).toEqual(weightBits(network));
    expect(weightBits(Network.fromJSON(text, { maximumBytes: text.length, maximumLayers: 3 }))).toEqual(weightBits(network));
  });

  it.each([
    [
      'bytes',
      () => Network.load(file, { maximumBytes: file.length - 1 }),
      /a file of \d+ bytes, but at most \d+ are read; raise maximumBytes/,
    ],
    ['layers', () => Network.load(file, { maximumLayers: 2 }), /3 layers, but at most 2 are read; raise maximumLayers/],
    ['characters', () => Network.fromJSON(text, { maximumBytes: 100 }), /characters, but at most 100 are read/],
    ['layers of JSON', () => Network.fromJSON(text, { maximumLayers: 2 }), /3 layers, but at most 2/],
  ])('refuse more %s', (_, action, reason) => {
    const { code, message } = failure(action);
    expect(code).toBe('ERR_FORMAT');
    expect(message).toMatch(reason);
  });

  it.each([
    [{ maximumBytes: -1 }, RangeError],
    [{ maximumBytes: '1' }, TypeError],
    [{ maximumLayers: -1 }, RangeError],
    [{ maximumLayer: 1 }, TypeError],
  ])('are checked: %o', (options, Kind) => {
    expect(failure(() => Network.load(file, options as never))).toBeInstanceOf(Kind);
    expect(failure(() => Network.fromJSON(text, options as never))).toBeInstanceOf(Kind);
  });
});
