/** Tables in one form, whether they came as rows or as columns: cells by column and row. Knows nothing of what cells mean. */
import { plural, show } from '../check.js';
import type { Columns, Row, Table } from './types.js';

/** A table whose cells can be asked for. */
export interface Source {
  readonly rows: number;
  /** Names of all columns, in their order. */
  names(): string[];
  /** Whether any row has a cell of that name. */
  has(name: string): boolean;
  /** The cells of a column; undefined where a row has none. */
  column(name: string): (row: number) => unknown;
}

const isObject = (value: unknown): value is object => value !== null && typeof value === 'object';

function isArrayLike(value: unknown): value is ArrayLike<unknown> & object {
  return isObject(value) && (Array.isArray(value) || ArrayBuffer.isView(value));
}

/** Whether an object is a table by columns; otherwise it is a row. */
export function isColumns(value: object): value is Columns {
  const columns = Object.values(value);
  return columns.length > 0 && columns.every(isArrayLike);
}

function fromRows(where: string, rows: readonly unknown[]): Source {
  for (const [index, row] of rows.entries()) {
    if (isObject(row) && !isArrayLike(row)) continue;
    const remedy = isArrayLike(row) ? '; give rows as objects with the names of the columns as keys' : '';
    throw new TypeError(`${where}: expected rows such as { name: value }, got ${show(row)} at row ${index}${remedy}`);
  }
  const checked = rows as readonly Row[];
  return {
    rows: checked.length,
    names() {
      const names = new Set<string>();
      for (const row of checked) for (const name of Object.keys(row)) names.add(name);
      return [...names];
    },
    has: (name) => checked.some((row) => Object.hasOwn(row, name)),
    column: (name) => (row) => (Object.hasOwn(checked[row], name) ? checked[row][name] : undefined),
  };
}

function fromColumns(where: string, columns: Columns): Source {
  const names = Object.keys(columns);
  const rows = columns[names[0]].length;
  for (const name of names) {
    if (columns[name].length === rows) continue;
    const first = `${show(names[0])} has ${plural(rows, 'row')}`;
    throw new RangeError(`${where}: expected columns of one length, but ${first} and ${show(name)} has ${columns[name].length}`);
  }
  return {
    rows,
    names: () => [...names],
    has: (name) => Object.hasOwn(columns, name),
    column(name) {
      const cells = Object.hasOwn(columns, name) ? columns[name] : [];
      return (row) => cells[row];
    },
  };
}

/**
 * A table of any form.
 * @throws TypeError for what is no table; RangeError for columns of different lengths
 */
export function openTable(where: string, table: Table): Source {
  if (Array.isArray(table)) return fromRows(where, table);
  if (isObject(table) && isColumns(table)) return fromColumns(where, table);
  const forms = 'an array of rows { name: value }, or columns { name: [values] }';
  throw new TypeError(`${where}: expected a table: ${forms}; got ${show(table)}`);
}

/** Some rows of a table, in the order given. */
export function pickRows(source: Source, picked: ArrayLike<number>): Source {
  return {
    rows: picked.length,
    names: () => source.names(),
    has: (name) => source.has(name),
    column(name) {
      const cell = source.column(name);
      return (row) => cell(picked[row]);
    },
  };
}
