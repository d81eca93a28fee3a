/** Row weights: of samples, of classes, and both. Knows no networks. */
import { checkNumber, plural, show } from '../check.js';
import { checkFinite, type Numbers, type Samples, type Table, toTable } from '../data/samples.js';
import type { Targets } from './feed.js';

/** Weight of each class; 1 for those not named. */
export type ClassWeight = Readonly<Record<number, number>>;

function at({ flat, nested, columns }: Table, row: number, column: number): number {
  return flat ? flat[row * columns + column] : (nested as readonly Numbers[])[row][column];
}

/** A row's class: its label, its largest column, or for one column whether it is above a half. */
function classOf(targets: Targets, row: number): number {
  if ('labels' in targets) return targets.labels[row];
  const { table } = targets;
  if (table.columns === 1) return at(table, row, 0) > 0.5 ? 1 : 0;
  let best = 0;
  for (let column = 1; column < table.columns; column++) if (at(table, row, column) > at(table, row, best)) best = column;
  return best;
}

/** Checks class weights against the number of classes (one sigmoid unit has two). */
export function checkClassWeight(where: string, given: ClassWeight, units: number): Map<number, number> {
  if (given === null || typeof given !== 'object')
    throw new TypeError(`${where}: expected an object such as { 0: 1, 1: 5 }, got ${show(given)}`);
  const classes = units === 1 ? 2 : units;
  return new Map(
    Object.entries(given).map(([name, weight]) => {
      const index = Number(name);
      if (!Number.isInteger(index) || index < 0 || index >= classes) {
        throw new RangeError(`${where}: expected classes from 0 to ${classes - 1}, got ${show(name)}`);
      }
      return [index, checkNumber(`${where}: ${name}`, weight, { min: 0 })];
    }),
  );
}

/** Weights as given, one a row. */
function sampleWeights(where: string, given: Samples, rows: number): Float32Array {
  const table = toTable(where, given, 1);
  if (table.columns !== 1) throw new RangeError(`${where} has ${plural(table.columns, 'column')}; expected one number a row`);
  if (table.rows !== rows) throw new RangeError(`${where} has ${plural(table.rows, 'number')}, but there are ${plural(rows, 'row')}`);
  checkFinite(where, table);
  const weights = Float32Array.from({ length: rows }, (_, row) => at(table, row, 0));
  const bad = weights.findIndex((weight) => weight < 0);
  if (bad >= 0) throw new RangeError(`${where}: expected weights of at least 0, got ${weights[bad]} at row ${bad}`);
  return weights;
}

/** Weight of each row, or undefined where all count the same. */
export function rowWeights(
  where: string,
  sampleWeight: Samples | undefined,
  classWeight: Map<number, number> | undefined,
  targets: Targets,
  rows: number,
): Float32Array | undefined {
  const weights = sampleWeight === undefined ? undefined : sampleWeights(`${where}sampleWeight`, sampleWeight, rows);
  if (!classWeight) return weights;
  return Float32Array.from({ length: rows }, (_, row) => (weights ? weights[row] : 1) * (classWeight.get(classOf(targets, row)) ?? 1));
}
