/**
 * What users hand over as samples, in one form: a table of rows and columns that can copy its rows into the core's memory.
 * Checks kind, shape and finiteness, with the place of what is wrong. Knows no networks.
 */
import { plural, show } from '../check.js';

/** A numeric typed array of any kind but the 64-bit integers. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

/** One row, or a whole table row-major. */
export type Numbers = NumericArray | readonly number[];

/** Rows of numbers: flat and row-major, an array of rows, or with their shape spelled out. */
export type Samples = Numbers | readonly Numbers[] | { readonly data: Numbers; readonly rows: number; readonly columns: number };

/** Samples in one form. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  /** All numbers row-major, or one array a row. */
  readonly flat?: Numbers;
  readonly nested?: readonly Numbers[];
  /** Bytes that the core converts itself (0 … 255). */
  readonly bytes: boolean;
}

/** Kind of a typed array by its tag, which holds for arrays of other realms (frames, vm contexts), too. */
function kindOf(value: unknown): string {
  return ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice('[object '.length, -1) : '';
}

const BYTES = new Set(['Uint8Array', 'Uint8ClampedArray']);
/** Kinds that hold nothing but whole numbers. */
const INTEGERS = new Set([...BYTES, 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array']);
const NUMERIC = new Set([...INTEGERS, 'Float16Array', 'Float32Array', 'Float64Array']);

function isNumericArray(value: unknown): value is NumericArray {
  return NUMERIC.has(kindOf(value));
}

function isBytes(value: unknown): value is Uint8Array | Uint8ClampedArray {
  return BYTES.has(kindOf(value));
}

function isNested(value: readonly unknown[]): value is readonly Numbers[] {
  return typeof value[0] === 'object' && value[0] !== null;
}

const KINDS = 'a typed array, an array of numbers, an array of rows, or { data, rows, columns }';

/**
 * A table from samples. `columns` is the width to cut flat samples into: a number, or a function of their length.
 * @throws TypeError for what is no samples; RangeError for ragged rows or a length that is no multiple of the columns
 */
export function toTable(where: string, samples: Samples, columns: number | ((length: number) => number)): Table {
  if (isNumericArray(samples)) return flatTable(where, samples, columns);
  if (Array.isArray(samples)) {
    if (!isNested(samples)) return flatTable(where, samples as readonly number[], columns);
    return nestedTable(where, samples);
  }
  if (samples !== null && typeof samples === 'object' && 'data' in samples) return shapedTable(where, samples);
  throw new TypeError(`${where}: expected ${KINDS}, got ${show(samples)}`);
}

function flatTable(where: string, flat: Numbers, columns: number | ((length: number) => number)): Table {
  const width = typeof columns === 'number' ? columns : columns(flat.length);
  if (flat.length === 0) throw new RangeError(`${where} is empty; expected at least one row of ${plural(width, 'number')}`);
  if (flat.length % width)
    throw new RangeError(`${where} has ${plural(flat.length, 'number')}, which is no multiple of ${plural(width, 'column')}`);
  return { rows: flat.length / width, columns: width, flat, bytes: isBytes(flat) };
}

function shapedTable(where: string, { data, rows, columns }: { data: Numbers; rows: number; columns: number }): Table {
  if (!isNumericArray(data) && !Array.isArray(data))
    throw new TypeError(`${where}.data: expected a typed array or an array of numbers, got ${show(data)}`);
  for (const [name, value] of Object.entries({ rows, columns })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${where}.${name}: expected a whole number of at least 1, got ${show(value)}`);
  }
  if (data.length !== rows * columns) {
    throw new RangeError(
      `${where}.data has ${plural(data.length, 'number')}, but rows · columns is ${rows} · ${columns} = ${rows * columns}`,
    );
  }
  return { rows, columns, flat: data, bytes: isBytes(data) };
}

function nestedTable(where: string, nested: readonly Numbers[]): Table {
  const columns = nested[0].length;
  let bytes = true;
  for (let row = 0; row < nested.length; row++) {
    const numbers = nested[row];
    if (!isNumericArray(numbers) && !Array.isArray(numbers)) {
      throw new TypeError(`${where}[${row}]: expected a row of numbers, got ${show(numbers)}`);
    }
    if (numbers.length !== columns) {
      throw new RangeError(
        `${where}[${row}] has ${plural(numbers.length, 'column')}, but ${where.replace(/^.*[ .]/, '')}[0] has ${columns}`,
      );
    }
    bytes &&= isBytes(numbers);
  }
  if (columns === 0) throw new RangeError(`${where} has rows without columns`);
  return { rows: nested.length, columns, nested, bytes };
}

/** Checks that every number is one, and finite as f32; `firstRow` is what the table's first row is called. Typed integer arrays need no look. */
export function checkFinite(where: string, table: Table, firstRow = 0): void {
  if (table.flat) checkNumbers(where, table.flat, table.columns, firstRow);
  else for (const [index, row] of (table.nested as readonly Numbers[]).entries()) checkNumbers(where, row, table.columns, firstRow + index);
}

/** Index of the first number that is not finite as f32, or -1: x - x is 0 for finite x alone. Measured: worth a loop of its own. */
function firstNonFinite(numbers: Float32Array): number {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] - numbers[i] !== 0) return i;
  return -1;
}

/** The same for f64 and arrays of numbers; fround brings what only f64 can hold to infinity. */
function firstUnfit(numbers: Float64Array | readonly number[]): number {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    if (typeof value !== 'number' || Math.fround(value) - Math.fround(value) !== 0) return i;
  }
  return -1;
}

function checkNumbers(where: string, numbers: Numbers, columns: number, firstRow: number): void {
  if (INTEGERS.has(kindOf(numbers))) return;
  const at = numbers instanceof Float32Array ? firstNonFinite(numbers) : firstUnfit(numbers as Float64Array | readonly number[]);
  if (at < 0) return;
  const value: unknown = numbers[at];
  const place = `row ${firstRow + Math.floor(at / columns)}, column ${at % columns}`;
  if (typeof value !== 'number') throw new TypeError(`${where}: expected numbers, got ${show(value)} at ${place}`);
  throw new RangeError(
    `${where}: expected finite numbers, got ${value} at ${place}${Number.isFinite(value) ? ' (too large for 32 bits)' : '; remove such rows or fill them in'}`,
  );
}

/** Whether all numbers come from typed arrays, so that they are numbers indeed. */
export function isTyped({ flat, nested }: Table): boolean {
  return flat ? ArrayBuffer.isView(flat) : (nested as readonly Numbers[]).every((row) => ArrayBuffer.isView(row));
}

/** Checks that arrays of numbers hold nothing else; NaN and infinity pass. */
export function checkNumeric(where: string, table: Table): void {
  const check = (numbers: Numbers, firstRow: number): void => {
    if (ArrayBuffer.isView(numbers)) return;
    for (let i = 0; i < numbers.length; i++) {
      if (typeof numbers[i] === 'number') continue;
      const place = `row ${firstRow + Math.floor(i / table.columns)}, column ${i % table.columns}`;
      throw new TypeError(`${where}: expected numbers, got ${show(numbers[i])} at ${place}`);
    }
  };
  if (table.flat) check(table.flat, 0);
  else table.nested?.forEach(check);
}

/** Rows `from … to - 1`, without a copy where the array allows it. */
export function cutTable(table: Table, from: number, to: number): Table {
  const { flat, nested, columns } = table;
  if (!flat) return { ...table, rows: to - from, nested: nested?.slice(from, to) };
  const part = 'subarray' in flat ? flat.subarray(from * columns, to * columns) : flat.slice(from * columns, to * columns);
  return { ...table, rows: to - from, flat: part };
}

/** Something to copy numbers into: a typed array, or a view of the core's memory. */
interface Target {
  set(from: ArrayLike<number>, at: number): void;
  [index: number]: number;
}

/** Copies rows `first` … `first + count - 1` to `at` (an index into `to`), row-major without gaps. */
export function copyRows(table: Table, first: number, count: number, to: Target, at: number): void {
  const { columns, flat, nested } = table;
  if (flat) {
    const from = first * columns;
    if (from === 0 && count === table.rows) to.set(flat, at);
    else if (ArrayBuffer.isView(flat)) to.set(flat.subarray(from, from + count * columns), at);
    else for (let i = 0; i < count * columns; i++) to[at + i] = flat[from + i];
    return;
  }
  for (let row = 0; row < count; row++) to.set((nested as readonly Numbers[])[first + row], at + row * columns);
}

/** Copies the rows named by `order[from … from + count - 1]`. */
export function copyPicked(table: Table, order: Int32Array, from: number, count: number, to: Target, at: number): void {
  for (let i = 0; i < count; i++) copyRows(table, order[from + i], 1, to, at + i * table.columns);
}

/** A fresh Int32Array of class labels from a table of one column, each from 0 to below `classes`. */
export function toLabels(where: string, table: Table, classes: number): Int32Array {
  if (table.columns !== 1)
    throw new RangeError(`${where} has ${plural(table.columns, 'column')}; sparseCategoricalCrossentropy takes one class index a row`);
  const labels = new Int32Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const label = table.flat ? table.flat[row] : (table.nested as readonly Numbers[])[row][0];
    if (typeof label !== 'number') throw new TypeError(`${where}: expected class indices, got ${show(label)} at row ${row}`);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`${where}: expected class indices from 0 to ${classes - 1}, got ${label} at row ${row}`);
    }
    labels[row] = label;
  }
  return labels;
}
