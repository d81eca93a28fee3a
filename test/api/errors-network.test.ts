// What a wrong layer, a wrong network or wrong weights are answered with: message, class, and what was given. It knows the
// public interface only; training calls are in errors-data.test.ts and errors-options.test.ts.

import { describe, expect, it } from 'vitest';
import { dense, Network } from '../../src/index.js';
import { expectFailure, type Failure, failureOf, smallNetwork, weightBits, wrong } from './support.js';

const WHOLE = 'expected a whole number of at least';
const layers = [dense(2)];

const LAYERS: readonly Failure<unknown[]>[] = [
  ['units: expected a whole number, got undefined', TypeError, []],
  ["units: expected a whole number, got '4'", TypeError, ['4']],
  [`units: ${WHOLE} 1 and at most 16777216, got 0`, RangeError, [0]],
  [`units: ${WHOLE} 1 and at most 16777216, got 2.5`, RangeError, [2.5]],
  ["expected an object of options, got 'relu'", TypeError, [4, 'relu']],
  ['expected an object of options, got null', TypeError, [4, null]],
  ["unknown option 'activatoin'; did you mean 'activation'?", TypeError, [4, { activatoin: 'relu' }]],
  ["unknown option 'colour'", TypeError, [4, { colour: 'red' }]],
  ['activation: expected a name, got 1', TypeError, [4, { activation: 1 }]],
  ['useBias: expected true or false, got 0', TypeError, [4, { useBias: 0 }]],
  ['kernelInitializer: expected a name, got null', TypeError, [4, { kernelInitializer: null }]],
  ['weights: expected an object of options, got an array of 1', TypeError, [4, { weights: [[1, 2]] }]],
  ["weights: unknown option 'kernels'; did you mean 'kernel'?", TypeError, [4, { weights: { kernels: [] } }]],
  ['weights.bias was given, but useBias is false', TypeError, [1, { useBias: false, weights: { bias: [1] } }]],
];

const NETWORKS: readonly Failure<unknown>[] = [
  ['expected { inputs, layers }, got undefined', TypeError, undefined],
  ['expected an object of options, got null', TypeError, null],
  ["unknown option 'input'; did you mean 'inputs'?", TypeError, { input: 2, layers }],
  ['layers: expected an array of layers, got undefined', TypeError, { inputs: 2 }],
  ['layers: expected at least one layer, got none', RangeError, { inputs: 2, layers: [] }],
  ['layers: expected an array of layers, got an object (Object)', TypeError, { inputs: 2, layers: dense(2) }],
  ['layers[1]: expected a layer, such as dense(4), got 1', TypeError, { inputs: 2, layers: [dense(2), 1] }],
  ['layers[0]: expected a layer, such as dense(4), got null', TypeError, { inputs: 2, layers: [null] }],
  ['layers[0]: expected a layer, such as dense(4), got a function', TypeError, { inputs: 2, layers: [dense] }],
  ["inputs: expected a whole number or a shape such as [28, 28, 1], got '2'", TypeError, { inputs: '2', layers }],
  [`inputs: ${WHOLE} 1 and at most 16777216, got 0`, RangeError, { inputs: 0, layers }],
  ['inputs: expected a number or a shape, got an empty array', RangeError, { inputs: [], layers }],
  [`inputs[1]: ${WHOLE} 1, got 0`, RangeError, { inputs: [28, 0], layers }],
  [`seed: ${WHOLE} 0 and at most 4294967295, got -1`, RangeError, { inputs: 2, layers, seed: -1 }],
  [`seed: ${WHOLE} 0 and at most 4294967295, got 4294967296`, RangeError, { inputs: 2, layers, seed: 2 ** 32 }],
  ["seed: expected a whole number, got '1'", TypeError, { inputs: 2, layers, seed: '1' }],
  ["numerics: expected one of fast, reproducible, got 'Fast'; did you mean 'fast'?", RangeError, { inputs: 2, layers, numerics: 'Fast' }],
];

const KERNEL = 'weights.kernel: expected 2 rows of 2 columns ([inputs, units]), got';

const GIVEN: readonly Failure<unknown>[] = [
  [
    `${KERNEL} 3 columns in row 0`,
    RangeError,
    {
      kernel: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    },
  ],
  [
    `${KERNEL} 3 rows of 2 columns`,
    RangeError,
    {
      kernel: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    },
  ],
  [`${KERNEL} 3 numbers`, RangeError, { kernel: [1, 2, 3] }],
  [`${KERNEL} 'abcd'`, TypeError, { kernel: 'abcd' }],
  [`${KERNEL} null`, TypeError, { kernel: null }],
  [/^weights\.kernel: expected 2 rows of 2 columns/, RangeError, { kernel: [[1, 2], [3]] }],
  ['weights.bias: expected 2 numbers, got 3 numbers', RangeError, { bias: [1, 2, 3] }],
  ['weights.bias: expected 2 numbers, got 1 row of 2 columns', RangeError, { bias: [[1, 2]] }],
  ['weights.bias: expected finite 32-bit numbers, got NaN at 1', RangeError, { bias: [1, NaN] }],
  ['weights.bias: expected finite 32-bit numbers, got 1e+300 at 0', RangeError, { bias: [1e300, 0] }],
  ["weights.bias: expected numbers, got '2' at 1", TypeError, { bias: [1, '2'] }],
];

describe('a wrong layer', () => {
  const build = (given: unknown[]) => () => dense(...(given as Parameters<typeof dense>));

  it.each(LAYERS)('dense: %s', async (message, kind, given) => expectFailure(build(given), kind, 'dense: ', message));

  it.each([
    ['activation', 'Relu', /^activation: expected one of linear, relu, .*softmax.*, got 'Relu'; did you mean 'relu'\?$/],
    ['kernelInitializer', 'ZEROS', /^kernelInitializer: expected one of glorotUniform, .*zeros.*, got 'ZEROS'; did you mean 'zeros'\?$/],
    ['biasInitializer', 'none', /^biasInitializer: expected one of glorotUniform, .*zeros.*, got 'none'/],
  ])('with an unknown %s names them all', async (option, name, message) => {
    await expectFailure(build([4, { [option]: name }]), RangeError, 'dense: ', message);
  });
});

describe('a wrong network', () => {
  it.each(NETWORKS)('Network: %s', async (message, kind, given) => {
    await expectFailure(() => new Network(wrong(given)), kind, 'Network: ', message);
  });

  it.each([
    ['of negative units', { ...dense(3), units: -3 }],
    ['of an unknown activation', { ...dense(3), activation: 'swish' }],
  ])('with a layer %s names its place', async (_, layer) => {
    const error = (await failureOf(() => new Network({ inputs: 2, layers: wrong([layer]) }))) as Error;
    expect(error.message).toMatch(/^Network: layers\[0\]/);
  });

  it('is not loaded from text', async () => {
    const message = "expected the bytes of a model as a Uint8Array, got 'model'";
    await expectFailure(() => Network.load(wrong('model')), TypeError, 'Network.load: ', message);
  });
});

describe('wrong weights', () => {
  const build = (weights: unknown) => () => new Network({ inputs: 2, layers: [dense(2, { weights: wrong(weights) })] });

  it.each(GIVEN)('of a layer: %s', async (message, kind, given) => {
    await expectFailure(build(given), kind, 'Network: layers[0] (dense): ', message);
  });

  it('with null for a row are refused with the place', async () => {
    await expectFailure(build({ kernel: [[1, 2], null] }), TypeError, 'Network: layers[0] (dense): ', /^weights\.kernel: /);
  });

  const tensors = smallNetwork().getWeights();
  const replaced = (index: number, tensor: unknown): unknown[] => tensors.map((old, at) => (at === index ? tensor : old));
  const NAMES = 'layers.0.kernel, layers.0.bias, layers.1.kernel, layers.1.bias';
  const LIST: readonly Failure<unknown>[] = [
    ['expected an array of tensors, got 7', TypeError, 7],
    [`expected 4 tensors (${NAMES}), got 3`, RangeError, tensors.slice(1)],
    [`expected 4 tensors (${NAMES}), got 5`, RangeError, [...tensors, [1]]],
    ['[3] (layers.1.bias): expected 2 numbers, got 1 number', RangeError, replaced(3, [1])],
    ['[3] (layers.1.bias): expected 2 numbers, got null', TypeError, replaced(3, null)],
    ['[3] (layers.1.bias): expected numbers, got 0n at 0', TypeError, replaced(3, new BigInt64Array(2))],
    ['[3] (layers.1.bias): expected finite 32-bit numbers, got Infinity at 1', RangeError, replaced(3, [1, Infinity])],
    [/^\[2\] \(layers\.1\.kernel\): expected 5 rows of 2 columns .*, got 9 numbers$/, RangeError, replaced(2, { data: Array(9).fill(0) })],
  ];

  it.each(LIST)('of a network, and nothing is changed: %s', async (message, kind, list) => {
    const network = smallNetwork();
    const before = weightBits(network);
    await expectFailure(() => network.setWeights(wrong(list)), kind, 'setWeights: ', message);
    expect(weightBits(network)).toEqual(before);
  });
});
