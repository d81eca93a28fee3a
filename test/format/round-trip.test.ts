// A saved network is the same network: weights, seed, counters, bit for bit; the file is what the safetensors specification
// asks for (https://github.com/huggingface/safetensors, "Format"); and files of earlier releases stay readable.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { adam, dense, Network, type Optimizer, sgd } from '../../src/index.js';
import { bits, numbers, smallData, smallNetwork, weightBits } from '../api/support.js';
import { sample, takeApart } from './craft.js';

const { x, y } = smallData();

const NETWORKS: readonly (readonly [string, () => Network])[] = [
  ['small', () => smallNetwork()],
  ['of the smallest seed', () => smallNetwork({ seed: 0 })],
  ['of the largest seed', () => smallNetwork({ seed: 2 ** 32 - 1 })],
  ['of a drawn seed', () => smallNetwork({ seed: undefined })],
  ['reproducible', () => smallNetwork({ numerics: 'reproducible' })],
  ['of a shape', () => new Network({ inputs: [2, 3, 4], layers: [dense(2)] })],
  ['without bias', () => new Network({ inputs: 3, layers: [dense(9, { useBias: false }), dense(1, { activation: 'sigmoid' })] })],
  ['of other initializers', () => smallNetwork({ layers: [dense(4, { kernelInitializer: 'ones', biasInitializer: 'randomUniform' })] })],
  ['of given weights', () => sample().network],
  ['of one weight', () => new Network({ inputs: 1, layers: [dense(1, { useBias: false })] })],
  ['of many layers', () => smallNetwork({ layers: Array.from({ length: 30 }, (_, index) => dense(index + 1, { activation: 'relu' })) })],
];

describe('a loaded network', () => {
  it.each(NETWORKS)('%s is the one that was saved', (_, create) => {
    const network = create();
    const file = network.save();
    const loaded = Network.load(file);
    expect(loaded.getWeights()).toEqual(network.getWeights());
    expect(weightBits(loaded)).toEqual(weightBits(network));
    expect([loaded.seed, loaded.numerics, loaded.summary()]).toEqual([network.seed, network.numerics, network.summary()]);
    expect(loaded.runtime).toEqual(network.runtime);
    expect(loaded.save()).toEqual(file);
    const inputs = network.getWeights()[0].shape[0];
    const samples = numbers(inputs * 5, 3);
    expect(bits(loaded.predict(samples).data)).toEqual(bits(network.predict(samples).data));
  });

  it.each([
    ['sgd', () => sgd({ learningRate: 0.1 })],
    ['momentum', () => sgd({ learningRate: 0.1, momentum: 0.9 })],
    ['adam', () => adam({ learningRate: 0.1 })],
  ] as readonly (readonly [string, () => Optimizer])[])('trains on by %s as if it had not been saved', async (_, create) => {
    const options = { loss: 'meanSquaredError', optimizer: create(), epochs: 4, batchSize: 3 } as const;
    const network = smallNetwork();
    await network.fit(x, y, options);
    const loaded = Network.load(network.save());
    expect(await loaded.fit(x, y, options)).toEqual(await network.fit(x, y, options));
    expect(weightBits(loaded)).toEqual(weightBits(network));
    expect(loaded.save()).toEqual(network.save());
  });

  it('keeps every kind of finite number', () => {
    const values = [0, -0, 1e-45, -1e-45, 1.17549435e-38, 3.4028234663852886e38, -3.4028234663852886e38, 1 / 3];
    const network = new Network({ inputs: 8, layers: [dense(1, { useBias: false, weights: { kernel: values } })] });
    expect(weightBits(Network.load(network.save()))).toEqual(bits(Float32Array.from(values)));
  });

  it('has nothing in common with the bytes it came from, whatever they lie in', () => {
    const { network, file } = sample();
    const padded = new Uint8Array(file.length + 7);
    padded.set(file, 3);
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    for (const bytes of [file.slice(), padded.subarray(3, 3 + file.length), Buffer.from(file), shared]) {
      const loaded = Network.load(bytes);
      bytes.fill(0);
      expect(weightBits(loaded)).toEqual(weightBits(network));
    }
  });
});

it('bytes of another realm are read', () => {
  const { network, file } = sample();
  const bytes = runInNewContext(`new Uint8Array(${file.length})`) as Uint8Array;
  bytes.set(file);
  expect(weightBits(Network.load(bytes))).toEqual(weightBits(network));
});

describe('the file', () => {
  it.each(NETWORKS)('of a network %s follows the specification', (_, create) => {
    const network = create();
    const file = network.save();
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length));
    expect(text).toMatch(/^\{.*\} *$/s);
    const { __metadata__: metadata, ...tensors } = JSON.parse(text);
    for (const value of Object.values(metadata)) expect(typeof value).toBe('string');
    expect(metadata).toMatchObject({ format: 'gradlet', formatVersion: '2' });
    expect((8 + length) % 8).toBe(0);
    const body = new DataView(file.buffer, 8 + length);
    let end = 0;
    for (const { name, shape, data } of network.getWeights()) {
      expect(tensors[name]).toEqual({ dtype: 'F32', shape, data_offsets: [end, end + 4 * data.length] });
      const stored = Float32Array.from(data, (_value, index) => body.getFloat32(end + 4 * index, true));
      expect(bits(stored)).toEqual(bits(data));
      end += 4 * data.length;
    }
    expect(end).toBe(body.byteLength);
    expect(Object.keys(tensors)).toHaveLength(network.getWeights().length);
  });

  it('describes the network', () => {
    const layers = [dense(1, { activation: 'tanh' })];
    const { network } = takeApart(new Network({ inputs: [2, 1], layers, seed: 5, numerics: 'reproducible' }).save());
    expect(network).toMatchObject({ inputs: [2, 1], seed: 5, numerics: 'reproducible', counters: { epochs: 0, steps: 0 } });
    expect(network.layers).toMatchObject([{ type: 'dense', units: 1, activation: 'tanh', useBias: true }]);
  });
});

const folder = join(import.meta.dirname, 'files');

// Each written once by a release of its version, after the network of craft.ts, and never again.
it.each(['1', '2'])('a file of format version %s stays readable', (version) => {
  const file = readFileSync(join(folder, `version-${version}.safetensors`));
  expect(takeApart(file).header.__metadata__.formatVersion).toBe(version);
  checkSample(Network.load(file));
});

it('JSON of format version 2 stays readable', () => {
  const text = readFileSync(join(folder, 'version-2.json'), 'utf8');
  checkSample(Network.fromJSON(text));
  checkSample(Network.fromJSON(JSON.parse(text)));
});

it('there is a file of every version up to that of today', () => {
  const newest = Number(takeApart(sample().file).header.__metadata__.formatVersion);
  const versions = Array.from({ length: newest }, (_, index) => `version-${index + 1}.safetensors`);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(versions));
});

/** That a network is the one of craft.ts. */
function checkSample(network: Network): void {
  expect(network.seed).toBe(42);
  expect(network.getWeights().map(({ name, data }) => [name, Array.from(data)])).toEqual([
    ['layers.0.kernel', [1.5, -2.25, 0.375, 4]],
    ['layers.0.bias', [-0.5, 0.0625]],
    ['layers.1.kernel', [-3, 0.75]],
    ['layers.1.bias', [0.125]],
  ]);
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  const output = (a: number, b: number): number =>
    sigmoid(-3 * Math.tanh(1.5 * a + 0.375 * b - 0.5) + 0.75 * Math.tanh(-2.25 * a + 4 * b + 0.0625) + 0.125);
  for (const [a, b] of [
    [0, 0],
    [1, -1],
    [0.5, 2],
  ])
    expect(network.predict([a, b]).data[0]).toBeCloseTo(output(a, b), 6);
}
