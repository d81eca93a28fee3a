// Small tables that tests learn from, and the warnings that a call gives. It knows the public names alone.
import type { Row, TableModel, TableOptions } from '../../src/tabular.js';
import { trainTable } from '../../src/tabular.js';

/** Random numbers in [0, 1) (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Flowers of two kinds: long petals or short ones, and a colour that says little. */
export function flowers(count: number, seed = 1): Row[] {
  const random = uniform(seed);
  return Array.from({ length: count }, (_, row) => {
    const long = row % 2 === 1;
    return {
      petal: Number((2 + 3 * Number(long) + 1.5 * random()).toFixed(2)),
      sepal: Number((4 + random()).toFixed(2)),
      colour: ['red', 'white', 'blue'][Math.floor(3 * random())],
      species: long ? 'iris' : 'rose',
    };
  });
}

/** Houses whose price follows from size and place. */
export function houses(count: number, seed = 2): Row[] {
  const random = uniform(seed);
  return Array.from({ length: count }, () => {
    const size = 40 + Math.floor(160 * random());
    const place = ['city', 'village'][Math.floor(2 * random())];
    return { size, place, price: 50_000 + 3000 * size + (place === 'city' ? 100_000 : 0) + Math.floor(5000 * random()) };
  });
}

/** A short run, enough for what a test looks at. */
export const QUICK = { hidden: [8], epochs: 5, seed: 1, numerics: 'reproducible' } as const;

/** A model, and the warnings of its training. */
export async function trained(
  table: readonly Row[] | Readonly<Record<string, ArrayLike<unknown> & object>>,
  options: TableOptions,
): Promise<{ model: TableModel; warnings: string[] }> {
  const warnings: string[] = [];
  const model = await trainTable(table, { ...QUICK, onWarning: (message) => warnings.push(message), ...options });
  return { model, warnings };
}

/** What a column was found to be when a table has it beside a number and a target. */
export async function columnOf(cells: readonly unknown[], options: Partial<TableOptions> = {}) {
  const rows = cells.map((cell, row) => ({ cell, number: (row * 7) % 11, target: row % 2 ? 'a' : 'b' }));
  const { model, warnings } = await trained(rows, { target: 'target', epochs: 1, ...options });
  const column = model.columns.find(({ name }) => name === 'cell');
  if (!column) throw new Error('the column is lost');
  return { column, model, warnings: warnings.filter((message) => message.includes("'cell'")) };
}

/** Inputs of one cell: those of a row whose other column is taken away. */
export function inputsOf(model: TableModel, cell: unknown): number[] {
  const { data } = model.encode([{ cell, number: 0 }]);
  return Array.from(data).slice(0, model.columns[0].features);
}

/** `count` cells, made by row. */
export const repeat = <T>(count: number, make: (row: number) => T): T[] => Array.from({ length: count }, (_, row) => make(row));
