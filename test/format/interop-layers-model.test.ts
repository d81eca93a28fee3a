// Keras models as TensorFlow.js keeps them: those that TensorFlow.js wrote (files/interop/tfjs.json) answer as they did there,
// whatever spelling and however their weights are cut and quantized; ours come back with every bit; what has no counterpart is
// refused by name.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { activation, batchNorm, dense, dropout, GradletError, gaussianNoise, layerNorm, Network } from '../../src/index.js';
import { type Bytes, fromLayersModel, leakyRelu, toLayersModel } from '../../src/interop.js';
import { coreOf } from '../../src/network.js';
import type { Json } from './craft.js';
import { largestDifference } from './interop-support.js';

const text = readFileSync(join(import.meta.dirname, 'files', 'interop', 'tfjs.json'), 'utf8');
const fixtures = (): Json => JSON.parse(text);
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

/** A fixture as model.json and bytes; those of quantized weights share the layers of 'mlp'. */
function model(name: string): { json: Json; bytes: Uint8Array; x: number[]; outputs: number[][] } {
  const { mlp, [name]: found } = fixtures();
  const { modelTopology = mlp.modelTopology, weightSpecs, weightData, x = mlp.x, outputs } = found ?? mlp;
  const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
  return { json, bytes: bytesOf(weightData), x, outputs };
}

const camelCase = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The same JSON with other keys. */
function renameKeys(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]));
}

/** A model as Keras 3 writes it: an input layer with batch_shape, modules, dtype policies, functions as objects. */
function asKeras3(json: Json): Json {
  const { layers, name } = json.modelTopology.config;
  const [, ...shape] = layers[0].config.batch_input_shape;
  const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
  const rewritten = layers.map(({ class_name, config: { batch_input_shape: _, activation: function_, ...config } }: Json) => ({
    module: 'keras.layers',
    class_name,
    config: { ...config, dtype, ...(function_ && { activation: function_ === 'gelu' ? serialized('gelu') : function_ }) },
    registered_name: null,
    build_config: { input_shape: [null, 5] },
  }));
  const input = {
    module: 'keras.layers',
    class_name: 'InputLayer',
    config: { batch_shape: [null, ...shape], dtype: 'float32', sparse: false, name: 'input' },
  };
  const config = { name, trainable: true, dtype, layers: [input, ...rewritten], build_input_shape: [null, ...shape] };
  const model_config = { module: 'keras', class_name: 'Sequential', config, registered_name: null };
  return { ...json, modelTopology: { keras_version: '3.3.3', backend: 'tensorflow', model_config } };
}

const serialized = (name: string): Json => ({ module: 'keras.activations', class_name: 'function', config: name, registered_name: name });

/** One dense layer of 2 inputs and 1 unit, changed. */
function small(change: (layer: Json, json: Json) => void = () => {}): { json: Json; bytes: Uint8Array } {
  const layer = { class_name: 'Dense', config: { name: 'd', units: 1, activation: 'linear', batch_input_shape: [null, 2] } };
  const weights = [
    { name: 'd/kernel', shape: [2, 1], dtype: 'float32' },
    { name: 'd/bias', shape: [1], dtype: 'float32' },
  ];
  const json: Json = {
    modelTopology: { class_name: 'Sequential', config: { name: 's', layers: [layer] } },
    weightsManifest: [{ paths: ['w'], weights }],
  };
  change(layer, json);
  return { json, bytes: new Uint8Array(Float32Array.of(1, 2, 0.5).buffer) };
}

function refusal(json: Json, bytes: Bytes | readonly Bytes[]): string {
  try {
    fromLayersModel(json, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    expect((error as Error).message.length).toBeLessThan(700);
    return (error as Error).message;
  }
  return 'it was read';
}

describe('a model that TensorFlow.js wrote', () => {
  it.each(['mlp', 'activations', 'image', 'uint8', 'uint16', 'float16'])('(%s) answers as it does there', (name) => {
    const { json, bytes, x, outputs } = model(name);
    const network = fromLayersModel(json, bytes);
    expect(largestDifference(network.predict(x), outputs)).toBeLessThan(1e-5);
  });

  it('has its layers as they are there', () => {
    const { json, bytes } = model('mlp');
    expect(layersOf(fromLayersModel(json, bytes))).toMatchObject([
      { type: 'dense', units: 8, activation: 'relu', kernelRegularizer: { l1: 0.01, l2: 0.02 } },
      { type: 'batchNorm', momentum: 0.99, epsilon: 0.001 },
      { type: 'dropout', rate: 0.25 },
      { type: 'dense', units: 6, useBias: false, maxNorm: 3 },
      { type: 'layerNorm', epsilon: 0.0001 },
      { type: 'activation', activation: 'gelu' },
      { type: 'gaussianNoise', stddev: 0.1 },
      { type: 'dense', units: 3, activation: 'softmax' },
    ]);
  });

  const { json, bytes } = model('mlp');
  const expected = fromLayersModel(json, bytes).getWeights();
  const { weightsManifest, modelTopology } = json;
  const { weights } = weightsManifest[0];
  const change = (rewrite: (copy: Json, firstConfig: Json) => unknown): Json => {
    const copy = structuredClone(json);
    rewrite(copy, copy.modelTopology.config.layers[0].config);
    return copy;
  };

  it.each([
    ['as text', () => JSON.stringify(json)],
    ['as artifacts', () => ({ modelTopology, weightSpecs: weights })],
    ['in camelCase', () => renameKeys(json, camelCase)],
    ['in the form of Keras 3', () => asKeras3(json)],
    ['with its layers as a list', () => change(({ modelTopology: copy }) => void (copy.config = copy.config.layers))],
    ['inside of model_config', () => ({ ...json, modelTopology: { model_config: modelTopology, keras_version: '2.15.0' } })],
    ['with the model in the names of weights', () => change((copy) => rename(copy, (name) => `sequential_1/${name}:0`))],
    ['with inner scopes in the names of weights', () => change((copy) => rename(copy, (name) => name.replace('/', '/scope/')))],
    ['with the weights of an optimizer', () => change((copy) => copy.weightsManifest[0].weights.push(MOMENT))],
    [
      'in several groups',
      () => ({ ...json, weightsManifest: weights.map((weight: Json) => ({ paths: [weight.name], weights: [weight] })) }),
    ],
    ['without a shape of its input', () => change((_, config) => delete config.batch_input_shape)],
    [
      'with its shape as an object',
      () => change((_, config) => void (config.batch_input_shape = { class_name: 'TensorShape', items: [null, 5] })),
    ],
  ] as readonly [string, () => Json][])('is read %s', (_, spell) => {
    expect(fromLayersModel(spell(), bytes).getWeights()).toEqual(expected);
  });

  it('is read from any shards', () => {
    for (const size of [1, 7, 64, bytes.length]) {
      const shards = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
      expect(fromLayersModel(json, shards).getWeights()).toEqual(expected);
      expect(
        fromLayersModel(
          json,
          shards.map(({ buffer }) => buffer),
        ).getWeights(),
      ).toEqual(expected);
    }
    expect(fromLayersModel(json, bytes.buffer as ArrayBuffer).getWeights()).toEqual(expected);
    expect(fromLayersModel(json, Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)).getWeights()).toEqual(expected);
  });
});

const MOMENT = { name: 'd/m', shape: [0], dtype: 'float32', group: 'optimizer' };

/** Other names for the weights of a model. */
function rename(json: Json, name: (before: string) => string): void {
  for (const weight of json.weightsManifest[0].weights) weight.name = name(weight.name);
}

/** A network's layers as they go into a file. */
function layersOf(network: Network): Json[] {
  return coreOf('test', network).describeLayers();
}

describe('a network of ours', () => {
  const layers = [
    dense(6, { activation: 'silu', kernelRegularizer: { l2: 0.1 } }),
    batchNorm({ momentum: 0.8 }),
    dropout(0.3),
    dense(5, { activation: 'leakyRelu', useBias: false }),
    gaussianNoise(0.2),
    layerNorm(),
    activation('leakyRelu'),
    dense(4, { activation: leakyRelu(0.3), maxNorm: 2 }),
    activation('softsign'),
    dense(2, { activation: 'softmax' }),
  ];

  it('comes back with every bit, from artifacts and from files', () => {
    const network = new Network({ inputs: 3, layers, seed: 5 });
    const written = toLayersModel(network);
    const x = Float32Array.from({ length: 30 }, (_, i) => Math.cos(i));
    for (const back of [
      fromLayersModel(written, written.weightData),
      fromLayersModel(written.modelJson, written.weightBuffers),
      fromLayersModel(JSON.stringify(written.modelJson), written.weightBuffers),
    ]) {
      expect(back.getWeights().map(({ data }) => data)).toEqual(network.getWeights().map(({ data }) => data));
      expect(back.predict(x)).toEqual(network.predict(x));
    }
  });

  it('with an activation of its own is refused', () => {
    const network = new Network({ inputs: 1, layers: [dense(1, { activation: { value: Math.sin } })] });
    expect(() => toLayersModel(network)).toThrow(/toLayersModel: layers\[0\]: an activation of your own has no counterpart/);
    expect(() => toLayersModel({} as never)).toThrow(/toLayersModel: expected a Network/);
  });
});

describe('defaults are those of Keras:', () => {
  const read = (class_name: string, config: Json, weights: string[]): Json => {
    const specs = weights.map((name) => ({ name: `l/${name}`, shape: [2], dtype: 'float32' }));
    const layers = [{ class_name, config: { name: 'l', batch_input_shape: [null, 2], ...config } }];
    const bytes = new Uint8Array(Float32Array.from({ length: 2 * weights.length }, () => 1).buffer);
    const network = fromLayersModel({ class_name: 'Sequential', config: layers, weightsManifest: [{ weights: specs }] }, bytes);
    return { layer: layersOf(network)[0], network };
  };

  it.each([
    ['BatchNormalization', { momentum: 0.99, epsilon: 0.001, type: 'batchNorm' }, ['gamma', 'beta', 'moving_mean', 'moving_variance']],
    ['LayerNormalization', { epsilon: 0.001, type: 'layerNorm' }, ['gamma', 'beta']],
    ['ELU', { activation: 'elu' }, []],
    ['ReLU', { activation: 'relu' }, []],
    ['Softmax', { activation: 'softmax' }, []],
    ['LeakyReLU', { activation: { custom: 'leakyRelu(0.3)' } }, []],
  ] as const)('%s', (className, expected, weights) => expect(read(className, {}, [...weights]).layer).toMatchObject(expected));

  it.each([
    ['swish', 'silu'],
    ['silu', 'silu'],
    ['gelu', 'gelu'],
    [serialized('selu'), 'selu'],
    [{ class_name: 'GELU', config: { approximate: false } }, 'gelu'],
    [{ class_name: 'ReLU', config: {} }, 'relu'],
    ['leaky_relu', { custom: 'leakyRelu(0.2)' }],
    [{ class_name: 'LeakyReLU', config: { negative_slope: 0.01 } }, 'leakyRelu'],
    [{ class_name: 'LeakyReLU', config: { alpha: 0.009999999776482582 } }, 'leakyRelu'],
    [{ class_name: 'LeakyReLU', config: {} }, { custom: 'leakyRelu(0.3)' }],
  ])('activation %j', (given, expected) =>
    expect(read('Activation', { activation: given }, []).layer).toEqual({ type: 'activation', activation: expected }));

  it('a leaky rectifier of another slope has that slope', () => {
    expect([...read('LeakyReLU', { alpha: 0.25 }, []).network.predict([-2, 2]).data]).toEqual([-0.5, 2]);
  });

  it('a norm without scale or center has 1 and 0', () => {
    const { network } = read('BatchNormalization', { scale: false }, ['beta', 'moving_mean', 'moving_variance']);
    expect(network.getWeights().map(({ data }: Json) => data[0])).toEqual([1, 1, 1, 1]);
    const { network: other } = read('LayerNormalization', { center: false }, ['gamma']);
    expect(other.getWeights().map(({ data }: Json) => data[0])).toEqual([1, 0]);
  });
});

describe('what has no counterpart is refused:', () => {
  it('(the small model itself is read)', () => {
    const { json, bytes } = small();
    expect(fromLayersModel(json, bytes).predict([1, 1]).data[0]).toBe(3.5);
  });

  const config = (changes: Json) => (layer: Json) => void Object.assign(layer.config, changes);
  const more =
    (class_name: string, changes: Json = {}) =>
    (_: Json, json: Json) =>
      void json.modelTopology.config.layers.push({ class_name, config: { name: 'more', ...changes } });
  const flattenFirst = (changes: Json) => (_: Json, json: Json) =>
    void json.modelTopology.config.layers.unshift({
      class_name: 'Flatten',
      config: { name: 'f', batch_input_shape: [null, 2, 1], ...changes },
    });
  it.each([
    [
      'a convolution',
      (layer: Json) => void (layer.class_name = 'Conv2D'),
      /layers\[0\] \('Conv2D'\): there is no counterpart to 'Conv2D'; expected one of InputLayer, Dense/,
    ],
    ['a class by an inherited name', (layer: Json) => void (layer.class_name = 'constructor'), /no counterpart to 'constructor'/],
    [
      'a functional model',
      (_: Json, json: Json) => void (json.modelTopology.class_name = 'Functional'),
      /a model of class 'Functional'; expected 'Sequential'/,
    ],
    ['a model inside of it', more('Sequential'), /layers\[1\] \('Sequential'\): there is no counterpart/],
    ['a graph model', (_: Json, json: Json) => void (json.format = 'graph-model'), /a model of format 'graph-model'/],
    [
      'the approximation of gelu',
      config({ activation: 'gelu_new' }),
      /activation 'gelu_new': the approximation of gelu has no counterpart/,
    ],
    [
      'the approximation of gelu as an object',
      config({ activation: { class_name: 'GELU', config: { approximate: true } } }),
      /approximation of gelu/,
    ],
    ['an unknown activation', config({ activation: 'mish' }), /layers\[0\] \('Dense'\): activation 'mish': expected one of linear, relu/],
    ['an inherited activation', config({ activation: '__proto__' }), /activation '__proto__': expected one of/],
    ['an activation that is a number', config({ activation: 3 }), /activation: expected a text, got 3/],
    ['relu6', more('ReLU', { max_value: 6 }), /layers\[1\] \('ReLU'\): max_value 6 has no counterpart/],
    ['a threshold', more('ReLU', { threshold: 1 }), /threshold 1 has no counterpart/],
    ['elu of another scale', more('ELU', { alpha: 2 }), /alpha 2 has no counterpart/],
    ['a slope above 1', more('LeakyReLU', { alpha: 1.5 }), /slope: expected a finite number of at least 0 and at most 1, got 1.5/],
    ['softmax over another axis', more('Softmax', { axis: 0 }), /axis 0 has no counterpart; expected -1/],
    ['dropout of a shape', more('Dropout', { rate: 0.5, noise_shape: [1, 2] }), /noise_shape an array of 2 has no counterpart/],
    ['dropout of all', more('Dropout', { rate: 1 }), /layers\[1\] \('Dropout'\): dropout: rate: expected/],
    ['dropout without a rate', more('Dropout'), /expected a number, got undefined/],
    ['rms scaling', more('LayerNormalization', { rms_scaling: true }), /rms_scaling has no counterpart/],
    ['a norm of nothing', more('LayerNormalization', { scale: false, center: false }), /neither scale nor center/],
    ['channels first', flattenFirst({ data_format: 'channels_first' }), /data_format 'channels_first' changes the order/],
    [
      'a dense layer on a picture',
      config({ batch_input_shape: [null, 2, 2] }),
      /its input has 2 dimensions; only rows are known here: put a Flatten before it/,
    ],
    [
      'softmax on a picture',
      (layer: Json) =>
        void Object.assign(layer, { class_name: 'Activation', config: { activation: 'softmax', batch_input_shape: [null, 2, 2] } }),
      /its input has 2 dimensions/,
    ],
    ['an open shape', config({ batch_input_shape: [null, null] }), /batch_shape\[1\]: expected a whole number, got null/],
    ['a shape of nothing', config({ batch_input_shape: [null] }), /expected null and the shape of a sample, got 1/],
    ['a shape beyond all numbers', config({ batch_input_shape: [null, ...Array(30).fill(2 ** 24)] }), /its input has 30 dimensions/],
    ['no layers', (_: Json, json: Json) => void (json.modelTopology.config.layers = []), /the shape of the input is missing/],
    [
      'layers that do nothing',
      (layer: Json) => void Object.assign(layer, { class_name: 'InputLayer' }),
      /at least one layer besides input and Flatten/,
    ],
    ['a billion units', config({ units: 1e9 }), /units: expected a whole number of at least 1 and at most/],
    ['units as text', config({ units: '1' }), /units: expected a whole number, got '1'/],
    ['use_bias as text', config({ use_bias: 'yes' }), /use_bias: expected true or false, got 'yes'/],
    [
      'a layer that is null',
      (_: Json, json: Json) => void (json.modelTopology.config.layers = [null]),
      /layers\[0\]: expected an object, got null/,
    ],
    ['no topology', (_: Json, json: Json) => void delete json.modelTopology, /a model of class undefined/],
    ['two layers of one name', more('Dense', { name: 'd', units: 1 }), /weight 'd\/kernel' belongs to two layers/],
  ] as readonly [string, (layer: Json, json: Json) => unknown, RegExp][])('%s', (_, change, reason) => {
    const { json, bytes } = small((layer, whole) => void change(layer, whole));
    expect(refusal(json, bytes)).toMatch(reason);
  });
});

describe('weights that do not fit are refused:', () => {
  // Two numbers of 16 bits in place of two of 32 leave room for one more bias.
  const quantize = (quantization: Json) => (list: Json[]) => {
    list[0].quantization = quantization;
    list[1].shape = [2];
  };
  const weights = (change: (list: Json[]) => void) => small((_, json) => change(json.weightsManifest[0].weights));
  it.each([
    ['one is missing', (list: Json[]) => void (list[1].name = 'e/bias'), /there is no weight 'd\/bias' among d\/kernel, e\/bias/],
    [
      'one is left over',
      (list: Json[]) => void list.push({ name: 'e/bias', shape: [0], dtype: 'float32' }),
      /weight 'e\/bias' belongs to no layer/,
    ],
    ['two have one name', (list: Json[]) => void (list[1].name = 'd/kernel'), /two weights have the name 'd\/kernel'/],
    ['two fit', (list: Json[]) => void list.push({ name: 'a/d/bias', shape: [0], dtype: 'float32' }), /there is 2 weights 'd\/bias'/],
    ['a shape is larger than the bytes', (list: Json[]) => void (list[0].shape = [4, 1]), /weight 'd\/kernel' ends at byte 16 of 12/],
    ['a shape is smaller than the bytes', (list: Json[]) => void (list[0].shape = [1, 1]), /the weights have 8 bytes, but the buffers 12/],
    ['a shape is transposed', (list: Json[]) => void (list[0].shape = [1, 2]), /d\/kernel has shape \[1, 2\], expected \[2, 1\]/],
    ['a shape overflows', (list: Json[]) => void (list[0].shape = Array(40).fill(2 ** 53 - 1)), /ends at byte Infinity of 12/],
    ['a shape overflows, times 0', (list: Json[]) => void (list[0].shape = [...Array(40).fill(2 ** 53 - 1), 0]), /ends at byte NaN of 12/],
    ['a shape is negative', (list: Json[]) => void (list[0].shape = [-2, -1]), /shape\[0\]: expected a whole number of at least 0, got -2/],
    ['a shape is text', (list: Json[]) => void (list[0].shape = '2,1'), /shape: expected an array, got '2,1'/],
    ['a dtype is another', (list: Json[]) => void (list[0].dtype = 'int32'), /weight 'd\/kernel' has dtype 'int32'; expected 'float32'/],
    ['a dtype is unknown', (list: Json[]) => void (list[0].dtype = 'string'), /has dtype 'string'; expected one of float32/],
    ['a dtype is inherited', (list: Json[]) => void (list[0].dtype = 'constructor'), /has dtype 'constructor'/],
    [
      'a quantization is unknown',
      (list: Json[]) => void (list[0].quantization = { dtype: 'int32', scale: 1, min: 0 }),
      /is quantized as 'int32'; expected uint8, uint16 or float16/,
    ],
    ['a quantization lacks its scale', quantize({ dtype: 'uint16', min: 0 }), /quantization.scale: expected a number, got undefined/],
    ['a scale is infinite', quantize({ dtype: 'uint16', scale: Infinity, min: 0 }), /scale: expected a finite number, got Infinity/],
    ['a scale is too large for 32 bits', quantize({ dtype: 'uint16', scale: 1e300, min: 0 }), /d\/kernel has Infinity at 1/],
  ] as readonly [string, (list: Json[]) => void, RegExp][])('%s', (_, change, reason) => {
    const { json, bytes } = weights(change);
    expect(refusal(json, bytes)).toMatch(reason);
  });

  it('a kernel without dimensions says nothing of the input', () => {
    const { json, bytes } = small((layer, whole) => {
      delete layer.config.batch_input_shape;
      whole.weightsManifest[0].weights[0].shape = [];
    });
    expect(refusal(json, bytes.subarray(4))).toMatch(/weight 'd\/kernel' has no dimensions/);
  });

  it('there are no buffers', () => expect(refusal(small().json, [])).toMatch(/ends at byte 8 of 0/));
  it('bytes are left over', () =>
    expect(refusal(small().json, [small().bytes, new Uint8Array(1)])).toMatch(/12 bytes, but the buffers 13/));
  it('there is no manifest', () =>
    expect(refusal(small().json.modelTopology, [])).toMatch(/weightsManifest: expected an array, got undefined/));

  it.each([NaN, Infinity])('a number is %s', (value) => {
    expect(refusal(small().json, new Uint8Array(Float32Array.of(1, value, 0.5).buffer))).toMatch(/d\/kernel has (NaN|Infinity) at 1/);
  });
});

describe('JSON of a stranger', () => {
  it('is refused where it is no JSON, too deep, or has a key twice', () => {
    const { bytes } = small();
    expect(refusal('{', bytes)).toMatch(/is no JSON/);
    expect(refusal('[]', bytes)).toMatch(/expected a JSON object, got an array/);
    expect(refusal(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, bytes)).toMatch(/inside each other/);
    expect(refusal('{"a":1,"a":2}', bytes)).toMatch(/a key twice/);
  });

  it('cannot reach prototypes', () => {
    const { json, bytes } = small();
    const hostile = JSON.parse(
      JSON.stringify(json).replace('"units":1', '"units":1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'),
    );
    expect(fromLayersModel(hostile, bytes).predict([1, 1]).data[0]).toBe(3.5);
    expect(({} as Json).polluted).toBeUndefined();
  });
});

describe('arguments of a wrong kind:', () => {
  const { json, bytes } = small();
  it.each([
    ['a number as JSON', () => fromLayersModel(3 as never, bytes), /modelJson: expected a JSON object or its text, got 3/],
    ['bytes as JSON', () => fromLayersModel(bytes as never, bytes), /modelJson: expected a JSON object or its text, got a Uint8Array/],
    ['no buffers', () => fromLayersModel(json, undefined as never), /weightBuffers: expected ArrayBuffers or Uint8Arrays, got undefined/],
    [
      'floats',
      () => fromLayersModel(json, [new Float32Array(3)] as never),
      /weightBuffers: expected ArrayBuffers or Uint8Arrays, got a Float32Array/,
    ],
    ['a slope', () => leakyRelu('0.1' as never), /leakyRelu: slope: expected a number/],
  ] as const)('%s', (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});
