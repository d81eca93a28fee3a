// Real TensorFlow.js beside gradlet: what it loads of ours answers as ours does, what we load of its answers as it does.

import { describe, expect, it } from 'vitest';
import type { ActivationName, Layer } from '../../src/index.js';
import { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, Network } from '../../src/index.js';
import { fromLayersModel, leakyRelu, toLayersModel } from '../../src/interop.js';
import { largestDifference } from '../format/interop-support.js';
import { blockWith } from '../support/blocks.js';
import { answers, artifactsOf, loadModel, numbers, quantize, tf, tfModel } from './models.mjs';

const TOLERANCE = 1e-5;

/** A network with a training behind it, so that running statistics and all else are its own. */
async function trained(inputs: number, layers: readonly Layer[], seed: number): Promise<Network> {
  const network = new Network({ inputs, layers, seed });
  if (network.getWeights().length === 0) return network;
  const rows = 32;
  const { columns } = network.predict(numbers(inputs, 1));
  const targets = numbers(rows * columns, seed + 2).map((value: number) => value / 2);
  await network.fit(numbers(rows * inputs, seed + 1), targets, { loss: 'meanSquaredError', optimizer: 'adam', epochs: 2, batchSize: 8 });
  return network;
}

/** A random list of layers. */
function randomLayers(seed: number): { inputs: number; layers: Layer[] } {
  const draw = numbers(200, seed + 1000);
  let at = 0;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(((draw[at++] + 1) / 2) * list.length) % list.length];
  const layers = Array.from({ length: pick([1, 2, 3, 5, 8]) }, (): Layer => {
    const units = pick([1, 2, 3, 7, 8, 17]);
    const kind = pick(['dense', 'dense', 'dense', 'activation', 'dropout', 'noise', 'layerNorm', 'batchNorm']);
    if (kind === 'activation') return activation(pick(NAMES));
    if (kind === 'dropout') return dropout(pick([0, 0.5]));
    if (kind === 'noise') return gaussianNoise(0.1);
    if (kind === 'layerNorm') return layerNorm({ epsilon: pick([1e-5, 1e-3, 0.1]) });
    if (kind === 'batchNorm') return batchNorm({ momentum: pick([0.5, 0.9]), epsilon: pick([1e-5, 1e-3]) });
    return dense(units, { activation: pick(NAMES), useBias: pick([true, true, false]) });
  });
  return { inputs: pick([1, 2, 5, 9, 30]), layers };
}

const NAMES: readonly ActivationName[] = [
  'linear',
  'relu',
  'leakyRelu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'sigmoid',
  'tanh',
  'softplus',
  'softsign',
  'softmax',
];

/** The largest difference between ours and theirs for the same rows. */
async function difference(network: Network, inputs: number): Promise<number> {
  const model = await loadModel(toLayersModel(network));
  const x = numbers(11 * inputs, 77).map((value: number) => 3 * value);
  const found = largestDifference(network.predict(x), answers(model, x, [inputs]));
  model.dispose();
  return found;
}

describe('a network of ours in TensorFlow.js', () => {
  it.each(NAMES)('answers the same with %s', async (name) => {
    const network = await trained(4, [dense(6, { activation: name }), activation(name), dense(2)], 3);
    expect(await difference(network, 4)).toBeLessThan(TOLERANCE);
  });

  it('answers the same with a leaky rectifier of any slope', async () => {
    const network = await trained(4, [dense(6, { activation: leakyRelu(0.37) }), activation(leakyRelu(0)), dense(2)], 3);
    expect(await difference(network, 4)).toBeLessThan(TOLERANCE);
  });

  it('answers the same, 100 networks', async () => {
    let largest = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { inputs, layers } = randomLayers(seed);
      const found = await difference(await trained(inputs, layers, seed), inputs);
      expect(found, `network ${seed}: ${JSON.stringify(layers)}`).toBeLessThan(TOLERANCE);
      largest = Math.max(largest, found);
    }
    console.log(`toLayersModel, 100 networks: largest difference ${largest}`);
  });

  it('is loaded from its files', async () => {
    const network = await trained(5, [dense(4, { activation: 'silu' }), batchNorm(), dense(3, { activation: 'softmax' })], 9);
    const { modelJson, weightBuffers } = toLayersModel(network);
    const files = new Map<string, string | ArrayBuffer>([['model.json', JSON.stringify(modelJson)]]);
    for (const [index, path] of modelJson.weightsManifest.flatMap(({ paths }) => paths).entries()) files.set(path, weightBuffers[index]);
    const fetchFunc = async (path: string) => {
      const body = files.get(path.split('/').at(-1) ?? '');
      const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
      return new Response(body, { headers: { 'Content-Type': type } });
    };
    const model = await tf.loadLayersModel(tf.io.http('http://localhost/model.json', { fetchFunc }));
    const x = numbers(20, 5);
    expect(largestDifference(network.predict(x), answers(model, x, [5]))).toBeLessThan(TOLERANCE);
  });

  it('is compiled and trained on there', async () => {
    const layers = [dense(4, { activation: 'relu', kernelRegularizer: { l2: 0.01 }, maxNorm: 2 }), dropout(0.1), dense(1)];
    const model = await loadModel(toLayersModel(await trained(3, layers, 1)));
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
    const { history } = await model.fit(tf.tensor(numbers(60, 1), [20, 3]), tf.tensor(numbers(20, 2), [20, 1]), { epochs: 2, verbose: 0 });
    expect(Number.isFinite(history.loss[1])).toBe(true);
  });
});

describe('a model of TensorFlow.js here', () => {
  it.each(['mlp', 'activations', 'image'])('(%s) answers the same', async (name) => {
    const { model, x, shape } = tfModel(name);
    const artifacts = await artifactsOf(model);
    const network = fromLayersModel(artifacts, artifacts.weightData);
    expect(largestDifference(network.predict(x), answers(model, x, shape))).toBeLessThan(TOLERANCE);
  });

  it.each(['uint8', 'uint16', 'float16'])('quantized as %s answers the same', async (dtype) => {
    const { model, x, shape } = tfModel('mlp');
    const artifacts = quantize(await artifactsOf(model), dtype);
    const network = fromLayersModel(artifacts, artifacts.weightData);
    expect(largestDifference(network.predict(x), answers(await loadModel(artifacts), x, shape))).toBeLessThan(TOLERANCE);
  });

  it.each([
    'elu',
    'relu',
    'selu',
    'gelu',
    'swish',
    'sigmoid',
    'tanh',
    'softplus',
    'softsign',
    'softmax',
    'linear',
  ])('%s answers the same', async (name) => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [6], activation: name as 'elu' })] });
    const artifacts = await artifactsOf(model);
    const x = numbers(60, 4).map((value: number) => 4 * value);
    const network = fromLayersModel(artifacts, artifacts.weightData);
    expect(largestDifference(network.predict(x), answers(model, x, [6]))).toBeLessThan(TOLERANCE);
  });

  it('goes there and back with every bit', async () => {
    const { inputs, layers } = randomLayers(4);
    const network = await trained(inputs, layers, 4);
    const model = await loadModel(toLayersModel(network));
    const artifacts = await artifactsOf(model);
    const back = fromLayersModel(artifacts, artifacts.weightData);
    expect(back.getWeights().map(({ data }) => data)).toEqual(network.getWeights().map(({ data }) => data));
  });
});

it('the line of docs/interop.md loads a network of ours', async () => {
  const network = await trained(3, [dense(4, { activation: 'relu' }), dense(2, { activation: 'softmax' })], 5);
  const block = blockWith('docs/interop.md', 'ts', 'tf.loadLayersModel');
  const load = new Function('tf', 'toLayersModel', 'network', `return (async () => { ${block}; return model; })()`);
  const model = await load(tf, toLayersModel, network);
  const x = numbers(12, 8);
  expect(largestDifference(network.predict(x), answers(model, x, [3]))).toBeLessThan(TOLERANCE);
});
