// PyTorch's state dicts: files that PyTorch wrote (files/interop/make-torch.py) answer as they did there; ours carry every bit
// both ways; what does not fit is refused with the tensor's name.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ActivationName,
  activation,
  batchNorm,
  dense,
  dropout,
  GradletError,
  gaussianNoise,
  type Layer,
  layerNorm,
  Network,
} from '../../src/index.js';
import { fromTorchStateDict, type TorchOptions, toTorchStateDict } from '../../src/interop.js';
import { container, type Json } from './craft.js';
import { largestDifference } from './interop-support.js';

const folder = join(import.meta.dirname, 'files', 'interop');
const read = (name: string): Uint8Array => readFileSync(join(folder, `torch-${name}.safetensors`));
const answers = JSON.parse(readFileSync(join(folder, 'torch.json'), 'utf8'));

const mlp = (): Layer[] => [
  dense(8, { activation: 'relu' }),
  batchNorm({ epsilon: 1e-3, momentum: 0.7 }),
  dropout(0.25),
  dense(5, { useBias: false }),
  layerNorm(),
  activation('gelu'),
  dense(3, { activation: 'softmax' }),
];

/** A file's header and bytes. */
function open(file: Uint8Array): { header: Json; body: Uint8Array } {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))), body: file.slice(8 + length) };
}

/** Each tensor's shape, type and bytes. */
function tensors(file: Uint8Array): Record<string, unknown> {
  const { header, body } = open(file);
  const { __metadata__: _, ...entries } = header;
  return Object.fromEntries(
    Object.entries(entries as Json).map(([name, entry]) => {
      const { dtype, shape, data_offsets: offsets } = entry as Json;
      return [name, { dtype, shape, bytes: Buffer.from(body.subarray(offsets[0], offsets[1])).toString('hex') }];
    }),
  );
}

/** A file of f32 tensors; numbers count up from `start`. */
function file(shapes: Record<string, number[]>, change: (header: Json) => void = () => {}): Uint8Array {
  let end = 0;
  const header: Json = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += bytes)] };
  }
  change(header);
  return container(JSON.stringify(header), new Uint8Array(Float32Array.from({ length: end / 4 }, (_, i) => i / 8).buffer));
}

function refusal(bytes: Uint8Array, layers: readonly Layer[], options?: TorchOptions): string {
  try {
    fromTorchStateDict(bytes, layers, options);
  } catch (error) {
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    expect((error as Error).message.length).toBeLessThan(700);
    return (error as Error).message;
  }
  return 'it was read';
}

describe('a file that PyTorch wrote', () => {
  it.each(['f32', 'f64', 'f16', 'bf16'])('of %s answers as PyTorch does', (dtype) => {
    const network = fromTorchStateDict(read(dtype), mlp());
    expect(largestDifference(network.predict(answers.x), answers[dtype])).toBeLessThan(1e-5);
  });

  it.each(['module-prefix', 'model-net-prefix'])('with a prefix (%s) is the same network', (name) => {
    expect(fromTorchStateDict(read(name), mlp()).getWeights()).toEqual(fromTorchStateDict(read('f32'), mlp()).getWeights());
  });

  it.each(Object.keys(answers.activations) as ActivationName[])('has %s as PyTorch has it', (name) => {
    const network = fromTorchStateDict(read('activations'), [dense(3, { activation: name })], { prefix: `${name}.` });
    expect(largestDifference(network.predict(answers.x), answers.activations[name])).toBeLessThan(1e-6);
  });

  it('with a norm that is not affine has its gamma 1 and its beta 0', () => {
    const network = fromTorchStateDict(read('no-affine'), [dense(4), batchNorm(), activation('tanh'), dense(3)]);
    expect(largestDifference(network.predict(answers.x), answers.noAffine)).toBeLessThan(1e-5);
  });

  it('comes back as it was, tensor for tensor, but for the counter of batches', () => {
    const { '2.num_batches_tracked': counter, ...before } = tensors(read('f32'));
    expect(counter).toMatchObject({ dtype: 'I64', shape: [] });
    expect(tensors(toTorchStateDict(fromTorchStateDict(read('f32'), mlp())))).toEqual(before);
  });

  it('takes seed, numerics and a shape of inputs', () => {
    const network = fromTorchStateDict(read('f32'), mlp(), { seed: 7, numerics: 'reproducible', inputs: [2, 3] });
    expect([network.seed, network.numerics]).toEqual([7, 'reproducible']);
    expect(network.predict(answers.x).columns).toBe(3);
  });
});

describe('a network of ours', () => {
  const layers = [
    layerNorm(),
    dense(7, { activation: 'tanh' }),
    gaussianNoise(0.1),
    dense(4, { useBias: false }),
    batchNorm(),
    activation('relu'),
    dropout(0.5),
    dense(2, { activation: 'softmax' }),
  ];

  it('is called as nn.Sequential would, a dense layer and its activation being two modules', () => {
    const network = new Network({ inputs: 5, layers, seed: 3 });
    const { header } = open(toTorchStateDict(network));
    const { __metadata__: metadata, ...entries } = header;
    expect(metadata).toEqual({ format: 'pt' });
    const shapes = Object.fromEntries(Object.entries(entries as Json).map(([name, entry]) => [name, (entry as Json).shape]));
    expect(shapes).toEqual({
      '0.weight': [5],
      '0.bias': [5],
      '1.weight': [7, 5],
      '1.bias': [7],
      '4.weight': [4, 7],
      '5.weight': [4],
      '5.bias': [4],
      '5.running_mean': [4],
      '5.running_var': [4],
      '8.weight': [2, 4],
      '8.bias': [2],
    });
  });

  it('comes back with every bit', async () => {
    const network = new Network({ inputs: 5, layers, seed: 3 });
    const x = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const y = Float32Array.from({ length: 40 }, (_, i) => Number(i % 2 === Math.floor(i / 2) % 2));
    await network.fit(x, y, { loss: 'categoricalCrossentropy', optimizer: 'adam', epochs: 3 });
    const back = fromTorchStateDict(toTorchStateDict(network), layers);
    expect(back.getWeights()).toEqual(network.getWeights());
    expect(back.predict(x)).toEqual(network.predict(x));
  });
});

describe('modules', () => {
  it('go by their numbers, not by the order in the file', () => {
    const shapes = { '10.weight': [1, 2], '10.bias': [1], '9.weight': [2, 3], '9.bias': [2] };
    const [kernel] = fromTorchStateDict(file(shapes), [dense(2), dense(1)]).getWeights();
    expect(kernel).toMatchObject({ shape: [3, 2], data: Float32Array.of(3, 6, 4, 7, 5, 8).map((i) => i / 8) });
  });

  it('may be nested', () => {
    const shapes = { 'net.1.0.weight': [1, 2], 'net.0.2.weight': [2, 2], 'net.0.10.weight': [2, 2] };
    const network = fromTorchStateDict(
      file(shapes),
      [2, 2, 1].map((units) => dense(units, { useBias: false })),
    );
    expect(network.getWeights().map(({ data }) => data[0] * 8)).toEqual([2, 6, 0]);
  });

  it('may be one without a name', () => {
    expect(fromTorchStateDict(file({ weight: [2, 3], bias: [2] }), [dense(2)]).predict([0, 0, 0]).data).toEqual(
      Float32Array.of(0.75, 0.875),
    );
  });

  it('go by their names if those are given', () => {
    const shapes = { 'body.fc2.weight': [1, 2], 'body.fc1.weight': [2, 2], 'head.weight': [5, 5] };
    const layers = [dense(2, { useBias: false }), dense(1, { useBias: false })];
    const network = fromTorchStateDict(file(shapes), layers, { prefix: 'body.', modules: ['fc1', 'fc2'] });
    expect(network.getWeights().map(({ data }) => data[0] * 8)).toEqual([2, 0]);
    expect(refusal(file(shapes), layers, { prefix: 'body.' })).toMatch(/module 'fc2' has no number; .* option modules/);
    expect(refusal(file(shapes), layers, { prefix: 'body.', modules: ['fc1'] })).toMatch(/module 'fc2' is not among/);
    expect(refusal(file(shapes), layers, { prefix: 'body.', modules: ['fc1', 'fc2', 'fc3'] })).toMatch(/no tensors of a module 'fc3'/);
  });

  it('called __proto__ or constructor are names like others', () => {
    const text = JSON.stringify(JSON.parse('{"constructor.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}'));
    const bytes = container(text, new Uint8Array(4));
    expect(fromTorchStateDict(bytes, [dense(1, { useBias: false })]).predict([1]).data[0]).toBe(0);
    const hostile =
      '{"__proto__.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"0.__proto__":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    expect(refusal(container(hostile, new Uint8Array(8)), [dense(1)])).toMatch(/has no number/);
    expect(({} as Json).weight).toBeUndefined();
  });
});

describe('what does not fit is refused:', () => {
  const two = [dense(2), dense(1)];
  const shapes = { '0.weight': [2, 3], '0.bias': [2], '2.weight': [1, 2], '2.bias': [1] };
  it('(the file itself fits)', () => expect(refusal(file(shapes), two)).toBe('it was read'));

  it.each([
    ['a module is missing', { '0.weight': [2, 3], '0.bias': [2] }, two, /1 module with tensors \('0'\) for 2 layers that have them/],
    ['a module is one too many', { ...shapes, '3.weight': [1] }, two, /3 modules with tensors .* for 2 layers/],
    [
      'a weight has another shape',
      { ...shapes, '2.weight': [1, 4] },
      two,
      /layers\[1\] \(dense\): 2\.weight has shape \[4, 1\], expected \[2, 1\]/,
    ],
    ['a weight has too many dimensions', { ...shapes, '2.weight': [1, 2, 1] }, two, /tensor '2\.weight' has 3 dimensions, expected 2/],
    ['a scalar', { ...shapes, '2.bias': [] }, two, /tensor '2\.bias' has 0 dimensions, expected 1/],
    ['a bias is missing', { '0.weight': [2, 3], '0.bias': [2], '2.weight': [1, 2] }, two, /'2\.bias' is missing; .* useBias: false/],
    [
      'a bias is one too many',
      shapes,
      [dense(2), dense(1, { useBias: false })],
      /layers\[1\] \(dense\): has no bias, but there is 2\.bias/,
    ],
    ['a tensor is unknown', { ...shapes, '2.weight_g': [1] }, two, /tensor '2\.weight_g' is none of weight, bias/],
    ['running statistics are missing', { '0.weight': [3], '0.bias': [3] }, [batchNorm()], /'0\.running_mean' is missing; a norm without/],
    ['a convolution', { ...shapes, '0.weight': [2, 3, 3, 3] }, two, /tensor '0\.weight' has 4 dimensions/],
    [
      'modules without numbers',
      { 'fc.weight': [2, 3], 'fc.bias': [2], 'out.weight': [1, 2], 'out.bias': [1] },
      two,
      /module 'fc' has no number/,
    ],
    ['nothing at all', {}, two, /0 modules/],
  ] as readonly [string, Record<string, number[]>, Layer[], RegExp][])('%s', (_, given, layers, reason) => {
    expect(refusal(file(given), layers)).toMatch(reason);
  });

  it.each([
    ['NaN', NaN],
    ['infinity', -Infinity],
    ['a number too large for 32 bits', 1e300],
  ])('%s', (_, value) => {
    const header = { '0.weight': { dtype: 'F64', shape: [1, 2], data_offsets: [0, 16] } };
    const bytes = container(JSON.stringify(header), new Uint8Array(Float64Array.of(1, value).buffer));
    expect(refusal(bytes, [dense(1, { useBias: false })])).toMatch(/0\.weight has -?(NaN|Infinity) at 1; expected finite/);
  });

  it('integers', () => {
    const bytes = file({ '0.weight': [1, 2] }, (header) => void (header['0.weight'].dtype = 'I32'));
    expect(refusal(bytes, [dense(1, { useBias: false })])).toMatch(/tensor '0\.weight' has dtype 'I32'; expected floats/);
  });

  it('widths beyond all memory, of nothing', () => {
    for (const shape of [
      [2 ** 32, 0],
      [0, 2 ** 32],
      [0, 0],
    ]) {
      const text = JSON.stringify({ '0.weight': { dtype: 'F32', shape, data_offsets: [0, 0] } });
      expect(refusal(container(text), [dense(1, { useBias: false })])).toMatch(/tensor '0\.weight' of shape \[\d+, \d+\] is empty/);
    }
  });
});

describe('arguments of a wrong kind:', () => {
  const bytes = file({ '0.weight': [1, 2] });
  const layers = [dense(1, { useBias: false })];
  it.each([
    [
      'no bytes',
      () => fromTorchStateDict('0.weight' as never, layers),
      TypeError,
      /expected the bytes of a safetensors file as a Uint8Array, got '0.weight'/,
    ],
    ['no layers', () => fromTorchStateDict(bytes, undefined as never), TypeError, /expected an array of layers/],
    [
      'an unknown option',
      () => fromTorchStateDict(bytes, layers, { prefx: '' } as never),
      TypeError,
      /unknown option 'prefx'; did you mean 'prefix'/,
    ],
    ['a prefix', () => fromTorchStateDict(bytes, layers, { prefix: 1 as never }), TypeError, /prefix: expected a text, got 1/],
    [
      'modules',
      () => fromTorchStateDict(bytes, layers, { modules: '0' as never }),
      TypeError,
      /modules: expected an array of names, got '0'/,
    ],
    ['inputs', () => fromTorchStateDict(bytes, layers, { inputs: 0 }), RangeError, /inputs/],
    ['a seed', () => fromTorchStateDict(bytes, layers, { seed: -1 }), RangeError, /seed/],
    [
      'numerics',
      () => fromTorchStateDict(bytes, layers, { numerics: 'exact' as never }),
      RangeError,
      /numerics: expected one of fast, reproducible/,
    ],
    ['no network', () => toTorchStateDict({} as never), TypeError, /toTorchStateDict: expected a Network/],
    [
      'nothing to tell the inputs by',
      () => fromTorchStateDict(container('{}'), [activation('relu')]),
      RangeError,
      /expected the option inputs/,
    ],
  ] as const)('%s', (_, call, Kind, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(Kind as never);
  });
});
