/** What ONNX files of networks hold. */
import { describe, expect, it } from 'vitest';
import { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, Network } from '../../src/index.js';
import { fromOnnx, toOnnx } from '../../src/onnx.js';
import { randomNetwork } from '../onnx/networks.js';
import { layersOf } from './onnx-answers.js';
import { open } from './onnx-craft.js';

describe('an exported file', () => {
  const network = new Network({
    inputs: [2, 2],
    layers: [
      dense(6, { activation: 'gelu' }),
      batchNorm({ epsilon: 1e-3, momentum: 0.8 }),
      dropout(0.3),
      gaussianNoise(1),
      dense(5, { useBias: false, activation: 'silu' }),
      layerNorm(),
      activation('selu'),
      dense(3, { activation: 'softmax' }),
    ],
    seed: 3,
  });
  const model = open(toOnnx(network));

  it('is of operator set 17, with an open batch axis', () => {
    expect(model.irVersion).toBe(8);
    expect(model.opsetImport).toEqual([{ domain: '', version: 17 }]);
    const { input = [], output = [] } = model.graph ?? {};
    expect(
      [...input, ...output].map(({ name, type }) => [
        name,
        type?.tensorType?.elemType,
        ...(type?.tensorType?.shape?.dim ?? []).map((size) => size.value ?? size.parameter),
      ]),
    ).toEqual([
      ['input', 1, 'batch', 4],
      ['output', 1, 'batch', 3],
    ]);
  });

  it('has a node for each step, named after its layer', () => {
    expect(model.graph?.node.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'layers.0.dense Gemm',
      'layers.0.gelu.scaled Div',
      'layers.0.gelu.erf Erf',
      'layers.0.gelu.gate Add',
      'layers.0.gelu.product Mul',
      'layers.0.gelu Mul',
      'layers.1.batchNorm BatchNormalization',
      'layers.2.dropout Dropout',
      'layers.4.dense MatMul',
      'layers.4.silu.sigmoid Sigmoid',
      'layers.4.silu Mul',
      'layers.5.layerNorm LayerNormalization',
      'layers.6.selu Selu',
      'layers.7.dense Gemm',
      'layers.7.softmax Softmax',
    ]);
  });

  it('has the weights under the names of getWeights', () => {
    const names = model.graph?.initializer.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(network.getWeights().map(({ name }) => name)));
    expect(names?.filter((name) => !name?.startsWith('layers.'))).toEqual(['gelu.sqrt2', 'gelu.one', 'gelu.half']);
  });

  it('explains itself', () => {
    const text = new TextDecoder('latin1').decode(toOnnx(network));
    expect(text).toContain('layers[0], dense with gelu: 4 to 6 columns');
    expect(text).toMatch(/4 dense +\[rows, 5\] +silu/);
    expect(text).toContain('samples, one a row of 4 columns');
  });

  it('is the same bytes each time', () => expect(toOnnx(network)).toEqual(toOnnx(network)));

  it('comes back as the same layers with the same settings', () => {
    const again = fromOnnx(toOnnx(network));
    expect(layersOf(toOnnx(network))).toEqual([
      '0 dense 6 gelu',
      '1 batchNorm 6 24',
      '2 dropout 6 rate 0.3',
      '3 dense 5 silu',
      '4 layerNorm 5 10',
      '5 activation 5 selu',
      '6 dense 3 softmax',
    ]);
    const saved = new TextDecoder('latin1').decode(again.save());
    expect(saved).toContain('\\"epsilon\\":0.001,\\"momentum\\":0.8');
    expect(saved).toContain('\\"epsilon\\":0.00001');
  });

  it('of a network without operators passes the input on', () => {
    const bare = new Network({ inputs: 3, layers: [gaussianNoise(1), activation('linear')] });
    expect(open(toOnnx(bare)).graph?.node.map(({ opType }) => opType)).toEqual(['Identity']);
    expect([...fromOnnx(toOnnx(bare)).predict([1, 2, 3]).data]).toEqual([1, 2, 3]);
  });

  it.each(Array.from({ length: 40 }, (_, index) => index))('of random network %i is read back bit for bit', (index) => {
    const { network: given, samples } = randomNetwork(index);
    const again = fromOnnx(toOnnx(given), { seed: 5, numerics: 'fast' });
    expect(again.seed).toBe(5);
    expect(again.getWeights().map(({ data }) => data)).toEqual(given.getWeights().map(({ data }) => data));
    expect(again.predict(samples)).toEqual(given.predict(samples));
  });

  it('is not made of what is no network, or has no operator', () => {
    expect(() => toOnnx({} as Network)).toThrow(new TypeError('toOnnx: expected a Network, got an object (Object)'));
    const own = new Network({ inputs: 1, layers: [dense(1), activation({ name: 'square', value: (z) => z * z })] });
    expect(() => toOnnx(own)).toThrow(RangeError);
    expect(() => toOnnx(own)).toThrow(/^toOnnx: layers\[1\] has an activation of its own, 'square'; expected/);
  });

  it('trains on', async () => {
    const again = fromOnnx(toOnnx(network), { seed: 1 });
    const y = Float32Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const { loss } = await again.fit(
      Float32Array.from({ length: 16 }, (_, i) => i / 16),
      y,
      { loss: 'categoricalCrossentropy', optimizer: 'adam', epochs: 3 },
    );
    expect(loss.every(Number.isFinite)).toBe(true);
  });
});
