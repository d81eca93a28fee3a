// What wrong samples and targets are answered with, in every call that takes them: message, class, and what was given. Each
// time the network stays as it was and goes on working. It knows the public interface only.

import { describe, expect, it } from 'vitest';
import { dense, type LossName, Network } from '../../src/index.js';
import { expectFailure, type Failure, weightBits, wrong } from './support.js';

interface Given {
  readonly x?: unknown;
  readonly y?: unknown;
  readonly units?: number;
  readonly loss?: LossName;
}

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [0, 1, 1, 0];
const flat = (at: number, value: unknown): unknown[] => [0, 0, 0, 1, 1, 0, 1, 1].with(at, wrong(value));
const sparse = (y: unknown): Given => ({ y, units: 3, loss: 'sparseCategoricalCrossentropy' });
const oneHot = (y: unknown): Given => ({ y, units: 3, loss: 'categoricalCrossentropy' });
const REMEDY = 'remove such rows or fill them in';
const USE_ROWS = /^y has 3 columns, but .* takes one class index a row; .*use categoricalCrossentropy$/;
const USE_LABELS = /^y has 1 column, but the last layer has 3 units .*; for class indices use sparseCategoricalCrossentropy$/;
const SAMPLES = 'expected a typed array, an array of numbers, an array of rows, or { data, rows, columns }, got';

/** Samples that no call takes. */
const X_FAILURES: readonly Failure<unknown>[] = [
  [`x: ${SAMPLES} undefined`, TypeError, undefined],
  [`x: ${SAMPLES} null`, TypeError, null],
  [`x: ${SAMPLES} 'abc'`, TypeError, 'abc'],
  [`x: ${SAMPLES} 5`, TypeError, 5],
  [`x: ${SAMPLES} an object (Object)`, TypeError, {}],
  [`x: ${SAMPLES} a BigInt64Array`, TypeError, new BigInt64Array(8)],
  [`x: ${SAMPLES} a DataView`, TypeError, new DataView(new ArrayBuffer(8))],
  [`x: ${SAMPLES} an object (ArrayBuffer)`, TypeError, new ArrayBuffer(32)],
  ['x[0]: expected a row of numbers, got a BigUint64Array', TypeError, [new BigUint64Array(2)]],
  ['x[1]: expected a row of numbers, got 3', TypeError, [[0, 0], 3, [1, 0], [1, 1]]],
  ['x[1]: expected a row of numbers, got undefined', TypeError, [[0, 0], undefined, [1, 0], [1, 1]]],
  ["x[2]: expected a row of numbers, got '10'", TypeError, [[0, 0], [0, 1], '10', [1, 1]]],
  ['x: expected numbers, got an array of 2 at row 0, column 1', TypeError, [3, [0, 0], [1, 0], [1, 1]]],
  [
    "x: expected numbers, got '0' at row 2, column 1",
    TypeError,
    [
      [0, 0],
      [0, 1],
      [1, '0'],
      [1, 1],
    ],
  ],
  ["x: expected numbers, got '' at row 1, column 0", TypeError, flat(2, '')],
  [
    'x: expected numbers, got null at row 0, column 1',
    TypeError,
    [
      [0, null],
      [0, 1],
    ],
  ],
  ['x: expected numbers, got undefined at row 3, column 1', TypeError, flat(7, undefined)],
  ['x: expected numbers, got true at row 3, column 0', TypeError, flat(6, true)],
  ['x: expected numbers, got 1n at row 3, column 0', TypeError, flat(6, 1n)],
  ['x is empty; expected at least one row of 2 numbers', RangeError, []],
  ['x is empty; expected at least one row of 2 numbers', RangeError, new Float32Array(0)],
  ['x has rows without columns', RangeError, [[], []]],
  [/^x\[1\] has 1 column, but .*x\[0\] has 2$/, RangeError, [[0, 0], [0], [1, 0], [1, 1]]],
  ['x has 3 columns, but the network has 2 inputs', RangeError, [[0, 0, 1]]],
  ['x has 1 column, but the network has 2 inputs', RangeError, { data: [1, 2, 3, 4], rows: 4, columns: 1 }],
  ['x has 3 numbers, which is no multiple of 2 columns', RangeError, [1, 2, 3]],
  ['x.data has 4 numbers, but rows · columns is 2 · 3 = 6', RangeError, { data: [1, 2, 3, 4], rows: 2, columns: 3 }],
  ['x.columns: expected a whole number of at least 1, got undefined', RangeError, { data: [1, 2, 3, 4], rows: 2 }],
  ['x.rows: expected a whole number of at least 1, got 0', RangeError, { data: [], rows: 0, columns: 2 }],
  ["x.data: expected a typed array or an array of numbers, got 'x'", TypeError, { data: 'x', rows: 2, columns: 2 }],
];

/** Targets, and numbers that are none, which only calls with a loss look at. */
const FAILURES: readonly Failure<Given>[] = [
  [`x: expected finite numbers, got NaN at row 1, column 1; ${REMEDY}`, RangeError, { x: flat(3, NaN) }],
  [`x: expected finite numbers, got Infinity at row 3, column 0; ${REMEDY}`, RangeError, { x: flat(6, Infinity) }],
  [
    `x: expected finite numbers, got NaN at row 1, column 0; ${REMEDY}`,
    RangeError,
    {
      x: [
        [0, 1],
        [NaN, 0],
      ],
    },
  ],
  [`x: expected finite numbers, got -Infinity at row 0, column 0; ${REMEDY}`, RangeError, { x: Float32Array.of(-Infinity, 0) }],
  ['x: expected finite numbers, got 1e+300 at row 1, column 1 (too large for 32 bits)', RangeError, { x: Float64Array.of(0, 0, 0, 1e300) }],
  [`y: ${SAMPLES} undefined`, TypeError, { y: undefined }],
  ['y is empty; expected at least one row of 1 number', RangeError, { y: [] }],
  [`y: expected finite numbers, got NaN at row 1, column 0; ${REMEDY}`, RangeError, { y: [0, NaN, 1, 1] }],
  ['y: expected finite numbers, got -1e+300 at row 2, column 0 (too large for 32 bits)', RangeError, { y: [0, 0, -1e300, 0] }],
  ["y: expected numbers, got 'yes' at row 0, column 0", TypeError, { y: ['yes', 'no', 'no', 'yes'] }],
  [
    'y has 2 columns, but the last layer has 1 unit (layers[1])',
    RangeError,
    {
      y: [
        [0, 1],
        [1, 1],
        [1, 1],
        [0, 1],
      ],
    },
  ],
  ['y has 2 columns, but the last layer has 1 unit (layers[1])', RangeError, { y: [0, 1, 0, 1, 0, 1, 0, 1] }],
  [/^y has 2 rows, but .*x has 4$/, RangeError, { y: [[0], [1]] }],
  [/^y has 5 rows, but .*x has 4$/, RangeError, { y: new Float32Array(5) }],
  ['y: expected class indices from 0 to 2, got 3 at row 2', RangeError, sparse([0, 1, 3, 1])],
  ['y: expected class indices from 0 to 2, got -1 at row 0', RangeError, sparse(Int8Array.of(-1, 1, 2, 1))],
  ['y: expected class indices from 0 to 2, got 1.5 at row 3', RangeError, sparse(Float32Array.of(0, 1, 2, 1.5))],
  ['y: expected class indices from 0 to 2, got NaN at row 1', RangeError, sparse([0, NaN, 1, 1])],
  ["y: expected class indices, got '1' at row 1", TypeError, sparse([0, '1', 1, 1])],
  [/^y has 3 rows, but .*x has 4$/, RangeError, sparse([1, 0, 0])],
  [USE_ROWS, RangeError, sparse(Array(4).fill([0, 1, 0]))],
  [USE_ROWS, RangeError, sparse(new Uint8Array(12))],
  [USE_LABELS, RangeError, oneHot([0, 1, 2, 1])],
  [USE_LABELS, RangeError, oneHot([[0], [1], [2], [1]])],
  ['y has 2 columns, but the last layer has 3 units (layers[1])', RangeError, oneHot(Array(4).fill([0, 1]))],
];

function networkFor({ units = 1, loss = 'meanSquaredError' }: Given): Network {
  const softmax = loss !== 'meanSquaredError';
  return new Network({ inputs: 2, layers: [dense(3), dense(units, { activation: softmax ? 'softmax' : 'linear' })], seed: 1 });
}

type Action = (network: Network, x: unknown, y: unknown, loss: LossName) => unknown;

const CALLS = {
  fit: (network, x, y, loss) => network.fit(wrong(x), wrong(y), { loss, optimizer: 'adam' }),
  trainOnBatch: (network, x, y, loss) => network.trainOnBatch(wrong(x), wrong(y), { loss, optimizer: 'adam' }),
  evaluate: (network, x, y, loss) => network.evaluate(wrong(x), wrong(y), { loss }),
  predict: (network, x) => network.predict(wrong(x)),
} as const satisfies Record<string, Action>;
type Call = keyof typeof CALLS;

/** The call fails; the network's weights are what they were, and it trains. */
async function expectRefused(call: Call, given: Given, [message, kind]: Failure<unknown>): Promise<void> {
  const network = networkFor(given);
  const before = weightBits(network);
  const { loss = 'meanSquaredError' } = given;
  const x = 'x' in given ? given.x : X;
  const y = 'y' in given ? given.y : Y;
  await expectFailure(() => CALLS[call](network, x, y, loss), kind, `${call}: `, message);
  expect(weightBits(network)).toEqual(before);
  network.trainOnBatch(X, loss === 'categoricalCrossentropy' ? Array(4).fill([0, 1, 0]) : Y, { loss, optimizer: 'adam' });
  expect(weightBits(network)).not.toEqual(before);
}

describe.each(['fit', 'trainOnBatch', 'evaluate'] as const)('%s refuses', (call) => {
  it.each(X_FAILURES)('%s', async (...failure) => expectRefused(call, { x: failure[2] }, failure));
  it.each(FAILURES)('%s', async (...failure) => expectRefused(call, failure[2], failure));
});

describe('predict refuses', () => {
  it.each(X_FAILURES)('%s', async (...failure) => expectRefused('predict', { x: failure[2] }, failure));
});

it('predictClasses refuses what predict refuses', () => {
  for (const [, kind, x] of X_FAILURES) expect(() => networkFor({}).predictClasses(wrong(x))).toThrow(kind);
});

it('predictions of NaN are the business of the caller', () => {
  const network = networkFor({});
  const [bad, good] = network.predict([
    [NaN, 0],
    [1, 1],
  ]).data;
  expect(bad).toBeNaN();
  expect(good).toBe(network.predict([1, 1]).data[0]);
});
