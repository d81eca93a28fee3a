/** Encodes tables by the description of their columns: cells in, the network's inputs out. Knows no training and no targets. */
import { show } from '../check.js';
import { checkCell, isMissing, toBoolean, toNumber, toText, toTime, unfit } from './cells.js';
import { datePart } from './dates.js';
import type { Source } from './table.js';
import type { ColumnDescription } from './types.js';

/** Deviations from the mean beyond which a number counts as this far away: 32-bit numbers must hold it. */
const FARTHEST = 1000;

export function standardise(value: number, mean: number, deviation: number): number {
  return Math.max(-FARTHEST, Math.min(FARTHEST, (value - mean) / deviation));
}

/** Puts the inputs of one cell at `at`, where there are zeros. */
type Encode = (value: unknown, into: Float32Array, at: number, row: number) => void;

/** The same for a cell that is missing: the input that says so, which is the last one. */
function orMissing({ missing, features }: ColumnDescription, absent: (value: unknown) => boolean, encode: Encode): Encode {
  return (value, into, at, row) => {
    if (!absent(value)) encode(value, into, at, row);
    else if (missing) into[at + features - 1] = 1;
  };
}

function encodeNumbers(where: string, column: ColumnDescription): Encode {
  const { name, kind, mean = 0, deviation = 0, markers = [] } = column;
  const marked = new Set(markers);
  const absent = (value: unknown): boolean => isMissing(value) || (typeof value === 'string' && marked.has(value.trim()));
  const expected = kind === 'boolean' ? 'true or false' : 'a finite number';
  return orMissing(column, absent, (value, into, at, row) => {
    const truth = kind === 'boolean' ? toBoolean(value) : undefined;
    const number = kind === 'number' ? toNumber(value) : truth === undefined ? undefined : Number(truth);
    if (number === undefined || !Number.isFinite(number)) unfit(where, expected, name, row, value);
    if (deviation > 0) into[at] = standardise(number, mean, deviation);
  });
}

function encodeDate(where: string, column: ColumnDescription): Encode {
  const { name, parts = [] } = column;
  return orMissing(column, isMissing, (value, into, at, row) => {
    const time = toTime(value);
    if (time === undefined) unfit(where, 'a date such as 2026-11-22', name, row, value);
    for (const [index, { part, mean, deviation }] of parts.entries()) {
      into[at + index] = standardise(datePart(part, time), mean, deviation);
    }
  });
}

function encodeCategory(column: ColumnDescription): Encode {
  const { categories = [], others } = column;
  const places = new Map(categories.map((text, index) => [text, index]));
  return orMissing(column, isMissing, (value, into, at) => {
    const place = places.get(toText(value)) ?? (others ? categories.length : undefined);
    if (place !== undefined) into[at + place] = 1;
  });
}

/** Inputs that a column becomes, by its description. */
export function featuresOf({ kind, deviation = 0, categories = [], others, parts = [], missing }: ColumnDescription): number {
  if (kind === 'ignore') return 0;
  const values = {
    number: Number(deviation > 0),
    boolean: Number(deviation > 0),
    date: parts.length,
    category: categories.length + Number(others),
  };
  return values[kind] + Number(missing);
}

/** Inputs of all columns. */
export function countFeatures(columns: readonly ColumnDescription[]): number {
  return columns.reduce((sum, { features }) => sum + features, 0);
}

function encoderOf(where: string, column: ColumnDescription): Encode {
  if (column.kind === 'category') return encodeCategory(column);
  return column.kind === 'date' ? encodeDate(where, column) : encodeNumbers(where, column);
}

/** @throws RangeError when the table has rows, but lacks a column that is used */
export function checkColumns(where: string, columns: readonly ColumnDescription[], source: Source): void {
  if (source.rows === 0) return;
  const lacking = columns.filter(({ name, features }) => features > 0 && !source.has(name));
  if (!lacking.length) return;
  const names = lacking.slice(0, 5).map(({ name }) => show(name));
  const more = lacking.length > 5 ? ` and ${lacking.length - 5} more` : '';
  const remedy = 'give null where a value is not known';
  throw new RangeError(
    `${where}: expected the columns that the model was trained with, but there is no ${names.join(', ')}${more}; ${remedy}`,
  );
}

/**
 * Rows `from` to below `to` as inputs, row-major.
 * @throws TypeError or RangeError naming the cell that is not what its column holds
 */
export function encodeRows(
  where: string,
  columns: readonly ColumnDescription[],
  source: Source,
  from = 0,
  to = source.rows,
): Float32Array<ArrayBuffer> {
  const width = countFeatures(columns);
  const inputs = new Float32Array((to - from) * width);
  let at = 0;
  for (const column of columns) {
    if (column.features === 0) continue;
    const encode = encoderOf(where, column);
    const cell = source.column(column.name);
    for (let row = from; row < to; row++) {
      const value = cell(row);
      checkCell(where, column.name, row, value);
      encode(value, inputs, (row - from) * width + at, row);
    }
    at += column.features;
  }
  return inputs;
}
