// Samples in all their forms become tables, and tables copy their rows. Knows no networks; what users are told about wrong
// samples is tested where they meet it.

import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkFinite, checkNumeric, copyPicked, copyRows, type Samples, type Table, toLabels, toTable } from '../../src/data/samples.js';

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const KINDS = [
  Float32Array,
  Float64Array,
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
] as const;

const FORMS: readonly (readonly [name: string, samples: Samples, bytes: boolean])[] = [
  ...KINDS.map((Kind) => [Kind.name, Kind.from(NUMBERS), Kind === Uint8Array || Kind === Uint8ClampedArray] as const),
  ['number[]', NUMBERS, false],
  [
    'rows',
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ],
    false,
  ],
  ['typed rows', [Float64Array.of(1, 2, 3), Int8Array.of(4, 5, 6), [7, 8, 9], Uint8Array.of(10, 11, 12)], false],
  [
    'rows of bytes',
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ].map((row) => Uint8Array.from(row)),
    true,
  ],
  ['a shape', { data: NUMBERS, rows: 4, columns: 3 }, false],
  ['a shape of bytes', { data: Uint8Array.from(NUMBERS), rows: 4, columns: 3 }, true],
  [
    'a part of a buffer',
    new Float32Array([0, ...NUMBERS, 0].length)
      .fill(0)
      .map((_, at) => at)
      .subarray(1, 13),
    false,
  ],
];

/** What lies in a target after a copy to place 2, between numbers of its own. */
function copied(copy: (to: Float32Array, at: number) => void, count: number): number[] {
  const to = new Float32Array(count + 4).fill(-1);
  copy(to, 2);
  expect([to[0], to[1], to[count + 2], to[count + 3]]).toEqual([-1, -1, -1, -1]);
  return Array.from(to.subarray(2, count + 2));
}

describe.each(FORMS)('a table of %s', (_, samples, bytes) => {
  const table = toTable('x', samples, 3);

  it('knows its shape and whether it is bytes', () => expect(table).toMatchObject({ rows: 4, columns: 3, bytes }));

  it.each([
    [0, 4],
    [0, 1],
    [1, 2],
    [3, 1],
    [2, 0],
  ])('copies from row %i on %i rows', (first, count) => {
    expect(copied((to, at) => copyRows(table, first, count, to, at), count * 3)).toEqual(NUMBERS.slice(first * 3, (first + count) * 3));
  });

  it('copies the rows that an order names', () => {
    const order = Int32Array.of(9, 2, 0, 2, 3, 9);
    expect(copied((to, at) => copyPicked(table, order, 1, 4, to, at), 12)).toEqual([7, 8, 9, 1, 2, 3, 7, 8, 9, 10, 11, 12]);
  });

  it('is finite and numeric', () => {
    checkFinite('x', table);
    checkNumeric('x', table);
  });
});

describe('the width of flat samples', () => {
  it('may follow from their length', () => {
    expect(toTable('y', NUMBERS, (length) => length / 2)).toMatchObject({ rows: 2, columns: 6 });
    expect(
      toTable(
        'y',
        [
          [1, 2],
          [3, 4],
        ],
        () => 99,
      ),
    ).toMatchObject({ rows: 2, columns: 2 });
    expect(toTable('y', { data: NUMBERS, rows: 6, columns: 2 }, 5)).toMatchObject({ rows: 6, columns: 2 });
  });

  it('must divide it', () => {
    expect(() => toTable('y', NUMBERS, 5)).toThrow(new RangeError('y has 12 numbers, which is no multiple of 5 columns'));
  });
});

describe('numbers that are none', () => {
  const at = (value: unknown): Table[] => [
    toTable('x', NUMBERS.with(7, value as number), 3),
    toTable(
      'x',
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, value as number, 9],
      ],
      3,
    ),
    toTable('x', { data: NUMBERS.with(7, value as number), rows: 4, columns: 3 }, 3),
  ];

  it.each([NaN, Infinity, -Infinity, 1e39, 3.41e38])('%d is not finite as 32 bits', (value) => {
    for (const table of [...at(value), toTable('x', Float64Array.from(NUMBERS).with(7, value), 3)]) {
      expect(() => checkFinite('x', table)).toThrow(`x: expected finite numbers, got ${value} at row 2, column 1`);
      checkNumeric('x', table);
    }
  });

  it.each([3.4028234e38, -3.4028234e38, 1e-320, -0])('%d is', (value) => {
    for (const table of at(value)) checkFinite('x', table);
  });

  it.each([
    ['text', '1'],
    ['null', null],
    ['undefined', undefined],
    ['a bigint', 1n],
    ['a boolean', true],
    ['a date', new Date(0)],
  ])('%s is no number', (_, value) => {
    for (const table of at(value)) {
      expect(() => checkFinite('x', table)).toThrow(/^x: expected numbers, got .* at row 2, column 1$/);
      expect(() => checkNumeric('x', table)).toThrow(/^x: expected numbers, got .* at row 2, column 1$/);
    }
  });
});

describe('arrays from elsewhere', () => {
  /** Made in another realm (a frame, a vm, a test runner), where every class is another one. */
  const foreign = (kind: string, values: string): Samples => runInNewContext(`new ${kind}([${values}])`);

  it.each(KINDS.map((Kind) => [Kind.name] as const))('%s of another realm is one', (name) => {
    const table = toTable('x', foreign(name, '1, 2, 3'), 3);
    checkFinite('x', table);
    expect(copied((to, at) => copyRows(table, 0, 1, to, at), 3)).toEqual([1, 2, 3]);
  });

  it.each(['Float32Array', 'Float64Array'])('%s of another realm is looked through for NaN', (name) => {
    expect(() => checkFinite('x', toTable('x', foreign(name, '1, NaN'), 2))).toThrow(/got NaN at row 0, column 1/);
  });

  it.each(['BigInt64Array', 'BigUint64Array'])('%s of another realm is refused', (name) => {
    expect(() => toTable('x', foreign(name, '1n, 2n'), 2)).toThrow(/^x: expected a typed array/);
  });

  it('a DataView of another realm is refused', () => {
    expect(() => toTable('x', runInNewContext('new DataView(new ArrayBuffer(8))'), 2)).toThrow(/^x: expected a typed array/);
  });

  // Where the engine has it.
  it.skipIf(!('Float16Array' in globalThis))('a Float16Array is looked through for NaN', () => {
    const Kind = (globalThis as unknown as { Float16Array: typeof Float32Array }).Float16Array;
    expect(() => checkFinite('x', toTable('x', Kind.of(1, NaN), 2))).toThrow(/got NaN at row 0, column 1/);
  });
});

describe('labels', () => {
  it.each([
    ['number[]', [0, 2, 1]],
    ['Float32Array', Float32Array.of(0, 2, 1)],
    ['Float64Array', Float64Array.of(0, 2, 1)],
    ['Uint8Array', Uint8Array.of(0, 2, 1)],
    ['rows', [[0], [2], [1]]],
    ['typed rows', [Uint8Array.of(0), Float32Array.of(2), [1]]],
  ])('come from %s, in an array of their own', (_, given) => {
    const labels = toLabels('y', toTable('y', given, 1), 3);
    expect(labels).toEqual(Int32Array.of(0, 2, 1));
    expect(labels).not.toBe(given);
  });

  it.each([
    [3, 'y: expected class indices from 0 to 2, got 3 at row 1'],
    [-1, 'y: expected class indices from 0 to 2, got -1 at row 1'],
    [0.5, 'y: expected class indices from 0 to 2, got 0.5 at row 1'],
    [NaN, 'y: expected class indices from 0 to 2, got NaN at row 1'],
    [2 ** 32, 'y: expected class indices from 0 to 2, got 4294967296 at row 1'],
  ])('%d of three classes is none', (label, message) => {
    for (const given of [[0, label], [[0], [label]], Float64Array.of(0, label)]) {
      expect(() => toLabels('y', toTable('y', given, 1), 3)).toThrow(new RangeError(message));
    }
  });
});
