/** What columns are found to be, and what becomes of their cells. */
import { describe, expect, it } from 'vitest';
import type { ColumnKind } from '../../src/tabular.js';
import { columnOf, inputsOf, repeat, trained } from './support.js';

describe('the kind of a column', () => {
  const cases: readonly (readonly [what: string, cell: (row: number) => unknown, kind: ColumnKind])[] = [
    ['numbers', (row) => row * 1.5, 'number'],
    ['big integers', (row) => BigInt(row), 'number'],
    ['texts of numbers', (row) => ` ${row}.5 `, 'number'],
    ['numbers with exponents', (row) => `${row + 1}e-3`, 'number'],
    ['numbers and their texts', (row) => (row % 2 ? row : String(row)), 'number'],
    ['zeros and ones', (row) => row % 2, 'number'],
    ['truth values', (row) => row % 3 === 0, 'boolean'],
    ['texts of truth values', (row) => (row % 3 ? 'TRUE' : 'false'), 'boolean'],
    ['yes and no', (row) => (row % 3 ? 'yes' : 'no'), 'category'],
    ['few different texts', (row) => 'abc'[row % 3], 'category'],
    ['texts and numbers', (row) => (row % 2 ? 'a' : row % 3), 'category'],
    ['codes that begin with 0', (row) => `0${row % 5}`, 'category'],
    ['numbers with commas, which parseTable turns into points', (row) => `${row % 4},5`, 'category'],
    ['dates', (row) => new Date(86_400_000 * row), 'date'],
    ['texts of days', (row) => `2026-01-${String(row + 1).padStart(2, '0')}`, 'date'],
    ['texts of days that are none', (row) => `2026-02-${row % 2 ? 30 : 28}`, 'category'],
    ['texts of times', (row) => `2026-01-01T${String(row).padStart(2, '0')}:30:00+0100`, 'date'],
    ['nothing', () => null, 'ignore'],
    ['one number', () => 5, 'ignore'],
    ['one text', () => 'a', 'ignore'],
    ['one truth value', () => true, 'ignore'],
    ['one day', () => '2026-01-01', 'ignore'],
  ];

  it.each(cases)('%s', async (_, cell, kind) => {
    const { column } = await columnOf(repeat(24, cell));
    expect(column.kind).toBe(kind);
    if (kind === 'ignore') expect(column).toMatchObject({ features: 0, reason: expect.any(String) });
    else expect(column.features).toBeGreaterThan(0);
  });

  it('is as told', async () => {
    const told = (cell: (row: number) => unknown, kind: ColumnKind) => columnOf(repeat(24, cell), { columns: { cell: kind } });
    expect((await told((row) => row % 3, 'category')).column).toMatchObject({ kind: 'category', categories: ['0', '1', '2'] });
    expect((await told((row) => (row % 3 ? 'y' : 'n'), 'boolean')).column).toMatchObject({ kind: 'boolean', features: 1 });
    expect((await told((row) => row, 'ignore')).column).toMatchObject({ features: 0, reason: 'as told' });
  });

  it.each([
    ['number', 'a number', 'x'],
    ['boolean', 'true or false', 'perhaps'],
    ['date', 'a date such as 2026-11-22', 'soon'],
  ] as const)('told to be %s refuses other cells with their place', async (kind, expected, cell) => {
    const cells = repeat(24, (row) => (row === 7 ? cell : row % 2 ? `${cell}${row}` : null));
    await expect(columnOf(cells, { columns: { cell: kind } })).rejects.toThrow(
      new RangeError(`trainTable: expected ${expected}, got '${cell}1' in column 'cell' at row 1`),
    );
  });

  it('is not told by cells that no column can hold', async () => {
    const rejected = columnOf(repeat(24, (row) => (row === 3 ? { a: 1 } : row)));
    await expect(rejected).rejects.toThrow(TypeError);
    await expect(rejected).rejects.toThrow(
      "trainTable: expected a number, text, boolean, date or nothing, got an object (Object) in column 'cell' at row 3",
    );
  });

  it('is not numbers when one of them is infinite', async () => {
    await expect(columnOf(repeat(24, (row) => (row === 3 ? Number.POSITIVE_INFINITY : row)))).rejects.toThrow(
      "trainTable: expected a finite number, got Infinity in column 'cell' at row 3",
    );
  });
});

describe('missing values', () => {
  it.each([null, undefined, Number.NaN, '', '  ', 'NA', 'N/A', 'NaN', 'nan', 'null', 'None', '?'])('%s is one', async (nothing) => {
    const { column, model } = await columnOf(repeat(24, (row) => (row % 4 ? row : nothing)));
    expect(column).toMatchObject({ kind: 'number', missing: true, features: 2 });
    expect(inputsOf(model, nothing)).toEqual([0, 1]);
    expect(inputsOf(model, column.mean)).toEqual([0, 0]);
  });

  it('of a category have an input of their own', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => (row % 4 ? 'ab'[row % 2] : null)));
    expect(column).toMatchObject({ kind: 'category', categories: ['b', 'a'], missing: true, features: 3 });
    expect(inputsOf(model, null)).toEqual([0, 0, 1]);
  });

  it('that were not there while training are means, and no category', async () => {
    const numbers = await columnOf(repeat(24, (row) => row));
    expect(inputsOf(numbers.model, null)).toEqual([0]);
    const categories = await columnOf(repeat(24, (row) => 'abc'[row % 3]));
    expect(inputsOf(categories.model, null)).toEqual([0, 0, 0]);
  });

  it('may be all that there is to tell', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => (row % 3 ? 5 : null)));
    expect(column).toMatchObject({ kind: 'number', features: 1, deviation: 0 });
    expect([inputsOf(model, null), inputsOf(model, 5), inputsOf(model, 6)]).toEqual([[1], [0], [0]]);
  });

  it('may be written as a text of their own among numbers, with a warning', async () => {
    const { column, model, warnings } = await columnOf(repeat(40, (row) => (row % 8 ? String(row) : '-')));
    expect(column).toMatchObject({ kind: 'number', markers: ['-'], missing: true });
    expect(warnings).toEqual([
      `trainTable: column 'cell' has numbers and 1 other text ('-'), which count as missing; if they mean something, give columns: { "cell": 'category' }`,
    ]);
    expect(inputsOf(model, '-')).toEqual([0, 1]);
    expect(() => inputsOf(model, 'x')).toThrow("encode: expected a finite number, got 'x' in column 'cell' at row 0");
  });

  it('are not seen in many different texts, nor in frequent ones', async () => {
    expect((await columnOf(repeat(40, (row) => (row < 5 ? 'abcde'[row] : row % 9)))).column.kind).toBe('category');
    expect((await columnOf(repeat(40, (row) => (row % 3 ? row % 5 : '-')))).column.kind).toBe('category');
  });
});

describe('numbers', () => {
  it('are standardised', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => (row % 2 ? 30 : 10)));
    expect(column).toMatchObject({ mean: 20, deviation: 10, minimum: 10, maximum: 30 });
    expect([10, 20, '30', 35, 45n].flatMap((cell) => inputsOf(model, cell))).toEqual([-1, 0, 1, 1.5, 2.5]);
  });

  it('may be as large as numbers get', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => (row % 2 ? 2 ** 1023 : -(2 ** 1023))));
    expect(column).toMatchObject({ mean: 0, deviation: 2 ** 1023 });
    expect(inputsOf(model, 2 ** 1023)).toEqual([1]);
  });

  it('count as a thousand deviations from the mean when they are farther', async () => {
    const { model } = await columnOf(repeat(24, (row) => (row % 2 ? 1 : -1)));
    expect([1e300, -1e9, '1e5'].flatMap((cell) => inputsOf(model, cell))).toEqual([1000, -1000, 1000]);
  });

  it('that only count the rows are not used when their name says so', async () => {
    const rows = repeat(24, (row) => ({ id: row + 1, x: row % 5, 'Unnamed: 0': row, t: row % 2 ? 'a' : 'b' }));
    const { model, warnings } = await trained(rows, { target: 't', epochs: 1 });
    expect(model.columns.map(({ features }) => features)).toEqual([0, 1, 0]);
    expect(warnings[0]).toBe("trainTable: column 'id' is not used: it counts the rows");
    const told = await trained(rows, { target: 't', epochs: 1, columns: { id: 'number' } });
    expect(told.model.columns[0]).toMatchObject({ kind: 'number', features: 1 });
  });
});

describe('categories', () => {
  it('have an input each, the most frequent first; unknown ones have none', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => 'aabbbc'[row % 6]));
    expect(column).toMatchObject({ categories: ['b', 'a', 'c'], others: false, features: 3 });
    expect([inputsOf(model, 'c'), inputsOf(model, ' b '), inputsOf(model, 'unknown')]).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('beyond the hundred most frequent share one input', async () => {
    const { column, model, warnings } = await columnOf(repeat(600, (row) => `c${row % 150}`));
    expect(column).toMatchObject({ features: 101, others: true });
    expect(column.categories).toHaveLength(100);
    expect(warnings).toEqual([
      "trainTable: column 'cell' has 150 categories: the 100 most frequent ones have inputs of their own, all others share one",
    ]);
    expect(inputsOf(model, 'c149')[100]).toBe(1);
    expect(inputsOf(model, 'never seen')[100]).toBe(1);
  });

  it('may be 100,000: the hundred most frequent ones are kept', async () => {
    const cells = repeat(120_000, (row) => `c${row < 20_000 ? row % 100 : row - 20_000}`);
    const { column } = await columnOf(cells, { batchSize: 2 ** 17 });
    expect(column).toMatchObject({ features: 101, others: true });
    expect(column.categories?.slice(0, 3)).toEqual(['c0', 'c1', 'c2']);
  }, 30_000);

  it('that differ in almost every row are not used unless told so', async () => {
    const cells = repeat(60, (row) => `name ${row}`);
    const { column, warnings } = await columnOf(cells);
    expect(column).toMatchObject({ kind: 'ignore', reason: '60 different texts in 60 rows tell nothing of other rows' });
    expect(warnings[0]).toMatch(/is not used: 60 different texts in 60 rows .*; give columns: \{ "cell": 'category' \}/);
    expect((await columnOf(cells, { columns: { cell: 'category' } })).column).toMatchObject({ kind: 'category', features: 60 });
  });

  it('may be called like anything that objects have', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const { column, model } = await columnOf(repeat(24, (row) => names[row % 4]));
    expect(column.categories).toEqual(names);
    expect(inputsOf(model, 'constructor')).toEqual([0, 1, 0, 0]);
  });
});

describe('truth values and dates', () => {
  it('truth values are standardised like 0 and 1', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => row % 2 === 0));
    expect(column).toMatchObject({ mean: 0.5, deviation: 0.5 });
    expect([true, false, 'True', 'no', 1].flatMap((cell) => inputsOf(model, cell))).toEqual([1, -1, 1, -1, 1]);
  });

  it('days are numbers; year, week and day are circles where the column spans them', async () => {
    const parts = async (cell: (row: number) => unknown) => (await columnOf(repeat(24, cell))).column.parts?.map(({ part }) => part);
    const day = (row: number) => new Date(Date.UTC(2026, 0, 1) + row * 86_400_000);
    expect(await parts((row) => day(row % 5))).toEqual(['days']);
    expect(await parts(day)).toEqual(['days', 'weekSin', 'weekCos']);
    expect(await parts((row) => day(40 * row))).toEqual(['days', 'yearSin', 'yearCos', 'weekSin', 'weekCos']);
    expect(await parts((row) => new Date(row * 17 * 3_600_000))).toEqual(['days', 'weekSin', 'weekCos', 'daySin', 'dayCos']);
  });

  it('circles that a column stays in one place of are left out, so that other places do no harm', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => `${2000 + row}-06-01`));
    expect(column.parts?.map(({ part }) => part)).toEqual(['days', 'weekSin', 'weekCos']);
    for (const input of inputsOf(model, '2010-01-01')) expect(Math.abs(input)).toBeLessThan(2);
  });

  it('the end of a year is near its beginning, and a text is the same as its date', async () => {
    const { column, model } = await columnOf(repeat(24, (row) => new Date(Date.UTC(2020, 3 * row, 1))));
    const at = (cell: unknown) => inputsOf(model, cell);
    const year = column.parts?.findIndex(({ part }) => part === 'yearCos') as number;
    expect(Math.abs(at('2024-12-31')[year] - at('2025-01-01')[year])).toBeLessThan(0.01);
    expect(at('2024-05-06')).toEqual(at(new Date('2024-05-06T00:00:00Z')));
    expect(at('2024-05-06T02:00+02:00')).toEqual(at('2024-05-06'));
  });
});
