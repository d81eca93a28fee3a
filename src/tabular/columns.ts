/** Measures columns: from cells to a description that says how each becomes inputs. Encoding itself is in encode.ts. */
import { plural, show } from '../check.js';
import { isMissing, toBoolean, toNumber, toText, toTime, unfit } from './cells.js';
import { datePart, PARTS } from './dates.js';
import { kindOf, markersOf, markerWarning, type Tally, tallyColumn } from './kinds.js';
import type { Source } from './table.js';
import type { ColumnDescription, ColumnKind, DatePart } from './types.js';

/** Categories that get an input of their own; what is rarer shares one. */
export const MAXIMUM_CATEGORIES = 100;
/** A text column with more different values than both of these is taken for names or codes of the rows. */
const IDENTIFIER_SHARE = 0.9;
const IDENTIFIER_VALUES = 20;
/** Names of columns that count the rows. */
const COUNTER = /^(?:|#|id|index|row|row_?id|no|nr|number|unnamed: ?\d+)$/i;
const DAY = 86_400_000;
/** Deviation of a sine or cosine below which a column's dates are all at the same place of the circle. */
const LEAST_TURN = 0.1;

/** What each description is made of. */
interface Column {
  readonly where: string;
  readonly name: string;
  readonly rows: number;
  readonly cell: (row: number) => unknown;
  readonly tally: Tally;
  /** Whether the kind was given. */
  readonly told: boolean;
  readonly warn: (message: string) => void;
}

function ignored({ name, tally, told, where, warn }: Column, reason: string, remedy = ''): ColumnDescription {
  if (!told) warn(`${where}: column ${show(name)} is not used: ${reason}${remedy}`);
  return { name, kind: 'ignore', features: 0, missing: tally.missing > 0, reason };
}

/** The largest power of two up to a number, or 1 for 0: to divide by it takes nothing from a number's digits. */
function powerOfTwo(number: number): number {
  let power = 1;
  while (power <= number / 2 && power < 2 ** 1023) power *= 2;
  while (power > number && number > 0) power /= 2;
  return power;
}

/** Mean and deviation (of the whole) of some numbers, whose sums may be larger than any number. */
export function measure(values: ArrayLike<number>): { mean: number; deviation: number; minimum: number; maximum: number } {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < minimum) minimum = values[i];
    if (values[i] > maximum) maximum = values[i];
  }
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  const scale = powerOfTwo(largest);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] / scale;
  const centre = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] / scale - centre) ** 2;
  const deviation = minimum < maximum ? scale * Math.sqrt(squares / values.length) : 0;
  return { mean: minimum < maximum ? scale * centre : minimum, deviation, minimum, maximum };
}

/** Numbers of the cells that are not missing. */
function collect({ where, name, rows, cell }: Column, expected: string, read: (value: unknown) => number | undefined): Float64Array {
  const values = new Float64Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = cell(row);
    if (isMissing(value)) continue;
    const number = read(value);
    if (number === undefined) continue;
    if (!Number.isFinite(number)) unfit(where, expected, name, row, value);
    values[count++] = number;
  }
  return values.subarray(0, count);
}

/** Whether a column of that name only counts the rows. */
function countsRows(name: string, values: Float64Array, rows: number): boolean {
  if (!COUNTER.test(name.trim()) || values.length !== rows || rows < 3) return false;
  return values.every((value, row) => value === values[0] + row);
}

const few = (features: number, missing: boolean): number => features + Number(missing);

function describeNumber(column: Column): ColumnDescription {
  const { where, name, rows, cell, tally, told, warn } = column;
  const markers = markersOf(tally);
  if (!markers) {
    for (let row = 0; row < rows; row++) {
      const value = cell(row);
      if (!isMissing(value) && toNumber(value) === undefined) unfit(where, 'a number', name, row, value);
    }
  }
  if (markers?.length) warn(markerWarning(where, name, markers));
  const values = collect(column, 'a finite number', toNumber);
  if (!told && countsRows(name, values, rows)) return ignored(column, 'it counts the rows');
  const missing = values.length < rows;
  const measured = measure(values);
  if (measured.deviation === 0 && !missing) return ignored(column, `all of its values are ${values[0]}`);
  const features = few(Number(measured.deviation > 0), missing);
  return { name, kind: 'number', features, missing, ...measured, ...(markers?.length && { markers }) };
}

function describeBoolean(column: Column): ColumnDescription {
  const { name, rows } = column;
  const values = collect(column, 'true or false', (value) => {
    const truth = toBoolean(value);
    return truth === undefined ? Number.NaN : Number(truth);
  });
  const missing = values.length < rows;
  const { mean, deviation } = measure(values);
  if (deviation === 0 && !missing) return ignored(column, `all of its values are ${values[0] === 1}`);
  return { name, kind: 'boolean', features: few(Number(deviation > 0), missing), missing, mean, deviation };
}

function describeDate(column: Column): ColumnDescription {
  const { name, rows } = column;
  const times = collect(column, 'a date such as 2026-11-22', (value) => toTime(value) ?? Number.NaN);
  const missing = times.length < rows;
  const { minimum, maximum } = measure(times);
  if (minimum === maximum && !missing) return ignored(column, 'all of its dates are the same');
  const span = (maximum - minimum) / DAY;
  const parts = PARTS.filter(({ days }) => span >= days).flatMap(({ part }): DatePart[] => {
    const { mean, deviation } = measure(times.map((time) => datePart(part, time)));
    if (part === 'days') return [{ part, mean, deviation }];
    // By their own deviation, dates that are always in June would make January lie a hundred deviations away.
    return deviation >= LEAST_TURN ? [{ part, mean: 0, deviation: Math.SQRT1_2 }] : [];
  });
  return { name, kind: 'date', features: few(parts.length, missing), missing, parts };
}

function describeCategory(column: Column): ColumnDescription {
  const { where, name, rows, cell, tally, told, warn } = column;
  const counts = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const value = cell(row);
    if (isMissing(value)) continue;
    const text = toText(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const missing = tally.missing > 0;
  if (counts.size === 1 && !missing) return ignored(column, `all of its values are ${show(counts.keys().next().value)}`);
  if (!told && counts.size > IDENTIFIER_VALUES && counts.size > IDENTIFIER_SHARE * tally.present) {
    const remedy = `; give columns: { ${JSON.stringify(name)}: 'category' } to use the most frequent ones`;
    return ignored(column, `${counts.size} different texts in ${plural(tally.present, 'row')} tell nothing of other rows`, remedy);
  }
  // Stable, so that what is equally frequent stays in the order of the rows.
  const categories = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAXIMUM_CATEGORIES);
  const others = counts.size > categories.length;
  if (others) {
    const kept = `the ${MAXIMUM_CATEGORIES} most frequent ones have inputs of their own, all others share one`;
    warn(`${where}: column ${show(name)} has ${counts.size} categories: ${kept}`);
  }
  const features = few(categories.length + Number(others), missing);
  return { name, kind: 'category', features, missing, categories: categories.map(([text]) => text), others };
}

const DESCRIBE: Readonly<Record<Exclude<ColumnKind, 'ignore'>, (column: Column) => ColumnDescription>> = {
  number: describeNumber,
  boolean: describeBoolean,
  date: describeDate,
  category: describeCategory,
};

/**
 * Descriptions of all columns but the target.
 * @param kinds those that were given
 * @throws TypeError for cells that no column can hold; RangeError for cells that are not what their column was said to hold
 */
export function describeColumns(
  where: string,
  source: Source,
  target: string,
  kinds: Readonly<Record<string, ColumnKind>>,
  warn: (message: string) => void,
): ColumnDescription[] {
  const names = source.names().filter((name) => name !== target);
  return names.map((name) => {
    const cell = source.column(name);
    const told = Object.hasOwn(kinds, name);
    if (told && kinds[name] === 'ignore') return { name, kind: 'ignore', features: 0, missing: false, reason: 'as told' };
    const tally = tallyColumn(where, name, source.rows, cell);
    const column = { where, name, rows: source.rows, cell, tally, told, warn };
    const kind = told ? kinds[name] : kindOf(tally);
    if (kind === 'ignore' || tally.present === 0) return ignored({ ...column, told: false }, 'it has no values');
    return DESCRIBE[kind](column);
  });
}
