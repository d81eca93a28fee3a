// Data sets for the comparison with scikit-learn, as columns, and their folds. It must not know models.
import { readFileSync } from 'node:fs';
import { readTable } from '../../learning/data.mjs';
import { stratifiedFolds } from '../../learning/folds.mjs';

export const FOLDS = 5;
export const SEEDS = [1, 2, 3];

/**
 * @typedef {object} DataSet
 * @property {string} name
 * @property {'classification' | 'regression'} task
 * @property {Record<string, number[]>} columns the target is called 'target'
 */

/** @param {string} name */
function classes(name) {
  const { x, y, rows, columns } = readTable(name);
  const named = Array.from({ length: columns }, (_, column) => [
    `x${column + 1}`,
    Array.from({ length: rows }, (_, row) => x[row * columns + column]),
  ]);
  return { name, task: 'classification', columns: { ...Object.fromEntries(named), target: Array.from(y) } };
}

function diabetes() {
  const [header, ...lines] = readFileSync(new URL('data/diabetes.csv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const columns = header.map((name, column) => [name, lines.map((fields) => Number(fields[column]))]);
  return { name: 'diabetes', task: 'regression', columns: Object.fromEntries(columns) };
}

/** Random numbers in [0, 1) (mulberry32). @param {number} seed */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Friedman #1 (J. H. Friedman, 1991): 10 sin(π x1 x2) + 20 (x3 − ½)² + 10 x4 + 5 x5 + noise of deviation 1, and five columns of no use. */
function friedman() {
  const random = uniform(1);
  const names = [...Array.from({ length: 10 }, (_, column) => `x${column + 1}`), 'target'];
  const columns = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let row = 0; row < 1000; row++) {
    const x = Array.from({ length: 10 }, random);
    const noise = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const value = 10 * Math.sin(Math.PI * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4] + noise;
    for (const [index, name] of names.entries()) columns[name].push(Number([...x, value][index].toFixed(6)));
  }
  return { name: 'friedman-1', task: 'regression', columns };
}

/** @type {readonly DataSet[]} */
export const DATA = [...['iris', 'wine', 'breast-cancer', 'digits'].map(classes), diabetes(), friedman()];

/**
 * For each row its fold. Labels are in proportion in each fold; rows of a regression are dealt out as if of one label.
 * @param {DataSet} data
 * @param {number} seed
 */
export function foldsOf({ task, columns: { target } }, seed) {
  const labels = Int32Array.from(target, (value) => (task === 'classification' ? value : 0));
  const folds = new Int32Array(target.length);
  for (const [fold, rows] of stratifiedFolds(labels, FOLDS, seed).entries()) for (const row of rows) folds[row] = fold;
  return folds;
}

/**
 * Rows of all columns.
 * @param {Record<string, number[]>} columns
 * @param {(row: number) => boolean} wanted
 */
export function pick(columns, wanted) {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.filter((_, row) => wanted(row))]));
}
