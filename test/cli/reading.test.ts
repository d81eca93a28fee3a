// Tables that are read in pieces mean what they mean as a whole: columns that grow, and models from them, bit for bit.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GrowingColumn } from '../../src/cli/growing-column.js';
import { readTable, textsAs, textsFor, toldAsTexts } from '../../src/cli/tables.js';
import { type ColumnKind, loadTable, parseTable, type TableOptions, trainTable } from '../../src/tabular.js';
import { seeded } from '../support/random.js';
import { folder, gradlet, program, put, useFolder } from './support.js';

useFolder();

function grown(cells: readonly string[], asTexts = false): Float64Array | string[] {
  const column = new GrowingColumn(asTexts);
  for (const cell of cells) column.push(cell);
  return column.finish();
}

/** Numbers as programs write them. */
const NUMBERS = [
  ...['0', '-0', '-0.00', '1', '-1', '1.50', '1.500', '-20.0', '0.1', '999999999999999', '-999999999.999999', '0.000001'],
  ...['0.1234567890123456', '0.30000000000000004', '12345678901234567000', '1e+21', '1.5e-7', '1e-05', '1.25e-05', '2e+16'],
  ...[' 5', ' -2.50', '5e-324', '1.7976931348623157e+308'],
];
/** What is no number, or one whose text could not be told from it. */
const OTHERS = ['007', '+1', '5.', '.5', '1e5', '1E+05', '1.10000000000000000', '12345678901234567890', '5 ', '  5', '0x10', '1_0', '1,5'];
const MISSING = ['', ' ', 'NA', 'NaN', 'null', '?'];

describe('a column that grows', () => {
  it('has numbers as numbers, in memory that threads share', () => {
    const column = grown([...NUMBERS, '', 'NA']) as Float64Array;
    expect(column).toBeInstanceOf(Float64Array);
    expect(column.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...column]).toEqual([...NUMBERS.map(Number), Number.NaN, Number.NaN]);
    expect(Object.is(column[1], -0)).toBe(true);
    expect(grown([])).toHaveLength(0);
  });

  it.each([...OTHERS, 'Infinity', '-', 'x'])('has every text again when %j comes late', (late) => {
    expect(grown([...NUMBERS, late, '1.0'])).toEqual([...NUMBERS, late, '1.0']);
    expect(grown([...MISSING, '2.50', late])).toEqual([...MISSING.map(() => ''), '2.50', late]);
  });

  it('stays text where it is told to', () => {
    expect(grown(['1.0', '', 'NA'], true)).toEqual(['1.0', '', 'NA']);
  });

  it('does so over the borders of its parts, with a hundred thousand different texts', () => {
    const random = seeded(3);
    const cells = Array.from({ length: 150_000 }, (_, row) => (row % 11 ? random.uniform(-1, 1).toFixed(row % 9) : String(row)));
    expect(grown(cells)).toEqual(Float64Array.from(cells, Number));
    expect(grown([...cells, 'end'])).toEqual([...cells, 'end']);
    const long = cells.map((cell) => `a text as long as this: ${cell}`);
    expect(grown([...long, ...long])).toEqual([...long, ...long]);
  });
});

/** Columns of every kind, and of those that are nearly of one. */
function strange(rows: number): string {
  const line = (row: number): string =>
    [
      (row % 17) / 4,
      `0${row % 7}`,
      row % 5 ? (row / 3).toFixed(2) : 'NA',
      row % 40 === 39 ? '-' : (row % 13).toFixed(1),
      ['1.0', '2.0', '2'][row % 3],
      row % 2 === 0 ? 'true' : 'False',
      `2026-0${1 + (row % 9)}-11`,
      `"${['a', 'b, c', '"d"'][row % 3].replaceAll('"', '""')}"`,
      row === rows - 1 ? 'late' : `${row % 6}.0`,
      `" ${row % 9}"`,
      row % 4 ? 'yes' : '',
      row % 3 === 0 ? '1' : '0',
    ].join(',');
  const names = 'number,code,decimal,marked,told,truth,date,text,late,spaced,gaps,label';
  return `${[names, ...Array.from({ length: rows }, (_, row) => line(row))].join('\n')}\n`;
}

describe('a table that is read in pieces', () => {
  const options = { hidden: [4], epochs: 2, seed: 1, onWarning: () => {} } satisfies Partial<TableOptions>;
  const text = strange(3000);

  it.each([
    'label',
    'decimal',
    'told',
    'spaced',
    'truth',
    'late',
  ])('makes the model that it makes as a whole, to predict %s', async (target) => {
    const columns: Record<string, ColumnKind> = target === 'told' ? {} : { told: 'category' };
    const read = await readTable(`${folder}/${put('t.csv', text)}`, {}, { texts: toldAsTexts(columns) });
    const whole = await trainTable(parseTable(text), { ...options, target, columns });
    const pieces = await trainTable(read.table, { ...options, target, columns });
    expect(Buffer.compare(pieces.save(), whole.save())).toBe(0);
    const again = await readTable(`${folder}/t.csv`, {}, { texts: textsFor(loadTable(whole.save())) });
    expect(pieces.evaluate(again.table)).toEqual(whole.evaluate(parseTable(text)));
    const beside = await readTable(`${folder}/t.csv`, {}, { texts: textsAs(read) });
    expect(beside).toEqual(read);
  });

  it('tells categories and labels of numbers apart in a part of the table, too', async () => {
    const rows = Array.from({ length: 90 }, (_, row) => `${['1.0', '1', 'x'][row % 3]},${row % 5},${['1.50', '1.5', 'none'][row % 3]}`);
    const model = await trainTable(parseTable(['c,n,y', ...rows].join('\n')), { ...options, epochs: 30, target: 'y' });
    const part = ['c,n,y', ...rows.filter((_, row) => row % 3 !== 2)].join('\n');
    const read = await readTable(`${folder}/${put('part.csv', part)}`, {}, { texts: textsFor(model) });
    expect(model.evaluate(read.table)).toEqual(model.evaluate(parseTable(part)));
    expect(model.evaluate(read.table)).toMatchObject({ unknown: 0 });
  });

  it('with semicolons and decimal commas', async () => {
    const text = ['a;b', ...Array.from({ length: 500 }, (_, row) => `${row % 7},50;"1.${100 + row},5"`)].join('\r\n');
    const { table, rows } = await readTable(`${folder}/${put('t.csv', text)}`, {});
    expect(rows).toBe(500);
    expect(Object.fromEntries(Object.entries(table).map(([name, cells]) => [name, Array.from(cells as ArrayLike<unknown>)]))).toEqual(
      Object.fromEntries(Object.entries(parseTable(text)).map(([name, cells]) => [name, cells.map(Number)])),
    );
  });

  it('is stopped by Ctrl-C, and leaves nothing', async () => {
    const child = spawn(process.execPath, [program, 'train', '-', '--target', 'y'], { cwd: folder });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (words: string) => (errors += words));
    child.stdin.write('x,y\n1,2\n');
    // The copy of what comes is the sign that it reads.
    while (!readdirSync(folder).some((name) => readdirSync(`${folder}/${name}`).length > 0)) await new Promise((go) => setTimeout(go, 20));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, errors]).toEqual([130, 'gradlet train: stopped while reading the standard input; nothing was begun\n']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing when it has no such target', async () => {
    const { code, stderr } = await gradlet(['train', '-', '--target', 'z'], { input: 'x,y\n1,2\n' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/--target: the standard input has no column 'z'; it has 'x', 'y'\n$/)]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
